/** Definitions for tests and for looking at pages. */
export const runningXml = `<domain type='kvm'>
  <name>web-01</name>
  <uuid>11111111-2222-4333-8444-555555555501</uuid>
  <title>Front page</title>
  <memory unit='KiB'>2097152</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough' check='none'/>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/home/user/.local/share/tapestry/images/web-01.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='/home/user/iso/debian-13.iso'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <controller type='usb' model='qemu-xhci'/>
    <!-- the LAN -->
    <interface type='bridge'>
      <mac address='52:54:00:7a:1c:12'/>
      <source bridge='br0'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'>
      <target type='isa-serial' port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' port='-1' autoport='yes'/>
    <video>
      <model type='virtio' heads='1' primary='yes'/>
    </video>
    <memballoon model='virtio'/>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`;

/** The same machine under another name, as QEMU emulates it. */
export const xmlNamed = (name: string, uuid: string, type: 'kvm' | 'qemu' = 'kvm'): string =>
  runningXml
    .replaceAll('web-01', name)
    .replace(/<uuid>[^<]*/, `<uuid>${uuid}`)
    .replace("type='kvm'", `type='${type}'`)
    .replace(/\n {2}<title>[^\n]*/, '');
