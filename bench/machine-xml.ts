import type { BuiltGuest } from '../electron/guest/build-guest.ts';

/** What a machine for measuring has besides one serial port. */
export interface MachineParts {
  readonly guest?: { readonly files: BuiltGuest; readonly cmdline: string };
  /** A virtio NIC on this bridge. */
  readonly bridge?: string;
  /** Besides the serial port on a terminal: ports as unix sockets that QEMU listens on, a second serial one and a virtio console. */
  readonly sockets?: { readonly serial: string; readonly virtio: string };
  /** Sends a port's output to a FIFO that the recorder reads: QEMU writes its log there. */
  readonly logged?: boolean;
}

const port = (kind: 'serial' | 'console', target: string, file?: string): string =>
  file === undefined
    ? `<${kind} type='pty'>${target}</${kind}>`
    : `<${kind} type='unix'><source mode='bind' path='${file}'/>${target}</${kind}>`;

const consolesOf = ({ sockets, logged = false }: MachineParts): string => {
  if (logged) return "<serial type='null'><target port='0'/></serial>";
  const onTerminal = port('serial', "<target port='0'/>");
  if (sockets === undefined) return onTerminal;
  const second = port('serial', "<target port='1'/>", sockets.serial);
  return `${onTerminal}${second}${port('console', "<target type='virtio' port='1'/>", sockets.virtio)}`;
};

/** A machine for measuring: software emulation, so that every computer can run it. */
export function machineXml(name: string, parts: MachineParts = {}): string {
  const { guest, bridge } = parts;
  const boot =
    guest === undefined
      ? ''
      : `<kernel>${guest.files.kernel}</kernel><initrd>${guest.files.initrd}</initrd><cmdline>${guest.cmdline}</cmdline>`;
  const nic =
    bridge === undefined
      ? ''
      : `<interface type='bridge'><mac address='52:54:00:e4:2e:c1'/><source bridge='${bridge}'/><model type='virtio'/></interface>`;
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type>${boot}</os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    ${nic}
    ${consolesOf(parts)}
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
