/** Figures of the comparison with libvirt 11.3's tests; its test holds them to what comes out. */
export const newerFigures = { cases: 822, equal: 623, refused: 154 } as const;

/**
 * Cases of libvirt 11.3's tests whose command line isn't ours, by what makes it so: nothing that the XML says. A case with `(VERSION)` is the one
 * for that QEMU.
 */
export const newerDifferences: Readonly<Record<string, readonly string[]>> = {
  'The environment of the daemon, or a switch of qemu.conf, chooses where sound goes (QEMU_AUDIO_DRV, nographics_allow_host_audio, vnc_allow_host_audio). As in the tests of 9.0, SDL is taken for sound too.':
    ['audio-default-nographics', 'audio-default-vnc', 'graphics-sdl', 'graphics-sdl-fullscreen', 'video-virtio-gpu-sdl-gl'],
  'qemu.conf sets TLS, logins or sockets (chardev_tls and its directory of certificates, spice_sasl, spice_auto_unix_socket, vnc_sasl, vnc_tls, vnc_auto_unix_socket).':
    [
      'chardev-backends',
      'chardev-backends (9.1.0)',
      'graphics-spice-auto-socket-cfg',
      'graphics-spice-sasl',
      'graphics-vnc-auto-socket-cfg',
      'graphics-vnc-sasl',
      'graphics-vnc-tls',
      'graphics-vnc-tls-secret',
      'serial-tcp-tlsx509-chardev',
      'serial-tcp-tlsx509-chardev-verify',
      'serial-tcp-tlsx509-secret-chardev',
    ],
  'The same character devices in the spelling of the monitor’s chardev-add, which libvirt writes for a test of its own.': [
    'chardev-backends-json',
    'chardev-backends-json (9.1.0)',
  ],
  'Firmware files of the recorded host: its descriptors lead to other files than ours.': [
    'firmware-auto-efi',
    'firmware-auto-efi-enrolled-keys',
    'firmware-auto-efi-loader-insecure',
    'firmware-auto-efi-loader-secure',
    'firmware-auto-efi-no-enrolled-keys',
    'firmware-auto-efi-no-secboot',
    'firmware-auto-efi-nvram-file',
    'firmware-auto-efi-nvram-network-iscsi',
    'firmware-auto-efi-nvram-network-nbd',
    'firmware-auto-efi-nvram-path',
    'firmware-auto-efi-nvram-template',
    'firmware-auto-efi-secboot',
    'firmware-auto-efi-smm-off',
    'firmware-auto-efi-stateless',
  ],
  'libvirt reads these disks by nbdkit where that is installed; QEMU does by itself.': [
    'disk-cdrom-network-nbdkit',
    'disk-network-http-nbdkit',
    'disk-network-source-curl-nbdkit',
    'disk-network-source-curl-nbdkit-backing',
  ],
  'The made-up host has four NUMA nodes: threads that fill memory are kept to those of <vcpu cpuset>.': [
    'memory-hotplug-dimm',
    'memory-hotplug-dimm-addr',
  ],
  'The machine is the target of a migration, or is restored: libvirt says from where.': [
    'migrate',
    'migrate-numa-unaligned',
    'restore-v2',
    'restore-v2-fd',
  ],
  'libvirt’s own list of CPU models writes down what this model lacks in QEMU anyway.': ['cpu-Icelake-Server-pconfig'],
  'The made-up QEMU has no USB controller.': ['usb-controller-automatic-unavailable-q35'],
  'The number of the socket is one that is free on the host.': ['vhost-vsock-auto'],
};
