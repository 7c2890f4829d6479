import { TapestryError } from '../../../shared/errors.ts';

/** One NIC of a fake machine's XML. */
export interface FakeNic {
  readonly type: string;
  readonly mac: string;
  readonly source: string | null;
  readonly target: string | null;
  readonly model: string;
  readonly down: boolean;
  /** The element's whole text. */
  readonly text: string;
}

/** Just enough of a reader for the fake: a real one is in shared/domain-xml. */
export function readFake(xml: string): {
  name: string;
  uuid: string | undefined;
  title: string | undefined;
  type: string;
  memoryKiB: number;
  vcpus: number;
  nics: FakeNic[];
  serials: number;
} {
  if (!/^\s*(<\?xml[^>]*\?>\s*)?<domain\b[\s\S]*<\/domain>\s*$/.test(xml)) {
    throw new TapestryError('xml-syntax', 'The XML is not well-formed.', { line: 1, column: 1, next: 'Correct it at the marked place.' });
  }
  const name = inner(xml, 'name');
  if (name === undefined || name === '') throw new TapestryError('xml-invalid', 'The machine has no name.', { path: '/domain/name' });
  const unit =
    { KiB: 1, k: 1, MiB: 1024, M: 1024, GiB: 1024 ** 2, G: 1024 ** 2, b: 1 / 1024 }[
      /<memory[^>]*unit=['"](\w+)['"]/.exec(xml)?.[1] ?? 'KiB'
    ] ?? 1;
  return {
    name,
    uuid: inner(xml, 'uuid'),
    title: inner(xml, 'title'),
    type: /<domain[^>]*type=['"](\w+)['"]/.exec(xml)?.[1] ?? 'kvm',
    memoryKiB: Math.round(Number(inner(xml, 'memory') ?? 0) * unit),
    vcpus: Number(inner(xml, 'vcpu') ?? 1),
    nics: [...xml.matchAll(/<interface\b[^>]*>[\s\S]*?<\/interface>/g)].map((match) => readNic(match[0])),
    serials: [...xml.matchAll(/<serial\b/g)].length,
  };
}

/** Reads one `<interface>` element. */
export function readNic(text: string): FakeNic {
  return {
    type: /<interface[^>]*type=['"](\w+)['"]/.exec(text)?.[1] ?? 'user',
    mac: /<mac[^>]*address=['"]([^'"]+)['"]/.exec(text)?.[1] ?? '52:54:00:00:00:01',
    source: /<source[^>]*(?:bridge|dev|network)=['"]([^'"]+)['"]/.exec(text)?.[1] ?? null,
    target: /<target[^>]*dev=['"]([^'"]+)['"]/.exec(text)?.[1] ?? null,
    model: /<model[^>]*type=['"]([^'"]+)['"]/.exec(text)?.[1] ?? 'rtl8139',
    down: /<link[^>]*state=['"]down['"]/.test(text),
    text,
  };
}

function inner(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}\\b[^>]*>([^<]*)</${element}>`).exec(xml)?.[1]?.trim();
}

/** The definition of a fake machine. */
export function fakeDomain(machine: {
  name: string;
  uuid: string;
  type?: string;
  title?: string;
  memoryGiB: number;
  vcpus: number;
  nics: string;
}): string {
  return `<domain type='${machine.type ?? 'kvm'}'>
  <name>${machine.name}</name>
  <uuid>${machine.uuid}</uuid>
${machine.title === undefined ? '' : `  <title>${machine.title}</title>\n`}  <memory unit='GiB'>${machine.memoryGiB}</memory>
  <vcpu placement='static'>${machine.vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough' check='none' migratable='on'/>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/>
    <timer name='hpet' present='no'/>
  </clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/home/user/.local/share/tapestry/images/${machine.name}.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <controller type='usb' index='0' model='qemu-xhci' ports='15'/>
${machine.nics}
    <serial type='pty'>
      <target type='isa-serial' port='0'>
        <model name='isa-serial'/>
      </target>
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
}

/** A NIC's element. */
export function fakeInterface(nic: { type: string; mac: string; source?: string; target?: string; model?: string }): string {
  const attribute = { bridge: 'bridge', network: 'network', direct: 'dev' }[nic.type];
  return [
    `    <interface type='${nic.type}'>`,
    `      <mac address='${nic.mac}'/>`,
    ...(nic.source === undefined || attribute === undefined ? [] : [`      <source ${attribute}='${nic.source}'/>`]),
    ...(nic.target === undefined ? [] : [`      <target dev='${nic.target}'/>`]),
    `      <model type='${nic.model ?? 'virtio'}'/>`,
    '    </interface>',
  ].join('\n');
}
