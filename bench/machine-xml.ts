import type { BuiltGuest } from '../electron/guest/build-guest.ts';

/** A machine for measuring: software emulation, so that every computer can run it, and one serial port. */
export const machineXml = (name: string, guest?: BuiltGuest, cmdline = 'console=ttyS0 quiet'): string => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>${
      guest === undefined
        ? ''
        : `
    <kernel>${guest.kernel}</kernel>
    <initrd>${guest.initrd}</initrd>
    <cmdline>${cmdline}</cmdline>`
    }
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <memballoon model='none'/>
  </devices>
</domain>
`;
