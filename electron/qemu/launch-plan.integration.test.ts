import { mkdtemp, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseXml, readDomain } from '../../shared/domain-xml/index.ts';
import { CapabilitiesStore } from './capabilities/store.ts';
import type { QemuCapabilities } from './capabilities/capabilities.ts';
import { firmwareFilesOf } from './firmware/firmware-files.ts';
import { filesThere, gatherPlanHost } from './gather-plan-host.ts';
import { planLaunch, readForLaunch } from './launch-plan.ts';
import type { LaunchPlan } from './plan/launch-plan.types.ts';
import type { PlanHost } from './plan/plan-input.ts';
import { openMonitor } from './qmp/open-monitor.ts';
import { argvOf } from './command-line/argv.ts';
import { domainXml } from './testing/plan-of.ts';

const emulator = '/usr/bin/qemu-system-x86_64';

let folder: string;
let capabilities: QemuCapabilities;
let host: PlanHost;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tp-plan-'));
  capabilities = await new CapabilitiesStore(join(folder, 'cache')).of(emulator);
  host = await gatherPlanHost(emulator);
  await writeFile(join(folder, 'disk.img'), Buffer.alloc(1024 * 1024));
  await writeFile(join(folder, 'cd.iso'), Buffer.alloc(64 * 1024));
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plan = (xml: string, on = host): LaunchPlan => {
  const document = parseXml(xml);
  return planLaunch({
    document,
    domain: readForLaunch(document),
    capabilities,
    purpose: 'start',
    paths: { runtime: folder, nvram: folder },
    host: on,
  });
};

/** Runs QEMU with a plan, any file standing for each descriptor, and returns what its monitor answers. */
const run = async (planned: LaunchPlan, queries: readonly (readonly [string, Record<string, unknown>?])[]): Promise<unknown[]> => {
  const files: FileHandle[] = [];
  for (const wanted of planned.descriptors) {
    expect(['file', 'recorder']).toContain(wanted.kind);
    files.push(await open(join(folder, 'log'), 'a'));
  }
  const child: ChildProcess = spawn(emulator, argvOf(planned), { stdio: ['ignore', 'ignore', 'pipe', ...files.map((file) => file.fd)] });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
  const ended = new AbortController();
  const closed = once(child, 'close').then(() => ended.abort());
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await closed;
    await Promise.all(files.map((file) => file.close()));
    await rm(planned.monitorPath, { force: true });
  });
  const monitor = await openMonitor(planned.monitorPath, { deadline: 60_000, signal: ended.signal }).catch((cause: unknown) => {
    throw new Error(`QEMU refused the command line: ${words}`, { cause });
  });
  cleanups.push(() => Promise.resolve(monitor.close()));
  const answers: unknown[] = [];
  for (const [command, args] of queries) answers.push(await monitor.execute(command, args));
  return answers;
};

const disks = () =>
  `<disk type='file' device='disk'><driver name='qemu' type='raw' cache='writeback' discard='unmap'/><source file='${folder}/disk.img'/><target dev='vda' bus='virtio'/></disk>` +
  `<disk type='file' device='cdrom'><source file='${folder}/cd.iso'/><target dev='sda' bus='sata'/><readonly/></disk>`;

const cases: [name: string, xml: () => string][] = [
  [
    'a q35 machine with everything that a usual guest has',
    () =>
      `<domain type='qemu'><name>full, really</name><uuid>a75aca4b-a02f-2bcb-4a91-c93cd848c34b</uuid><memory unit='MiB'>256</memory><vcpu>2</vcpu><iothreads>1</iothreads>
        <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/><bootmenu enable='yes' timeout='100'/></os>
        <features><acpi/><apic/><vmport state='off'/></features><cpu mode='maximum'><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>
        <clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>
        <on_reboot>destroy</on_reboot><pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>
        <devices>${disks()}<disk type='file' device='disk'><source file='${folder}/cd.iso'/><target dev='sdb' bus='scsi'/><readonly/></disk>
        <disk type='file' device='disk'><source file='${folder}/cd.iso'/><target dev='sdc' bus='usb'/><readonly/></disk>
        <controller type='scsi' model='virtio-scsi'><driver iothread='1'/></controller>
        <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
        <interface type='user'><mac address='52:54:00:00:00:02'/><model type='rtl8139'/></interface>
        <interface type='user'><mac address='52:54:00:00:00:03'/><model type='e1000e'/></interface>
        <serial type='pty'/><serial type='file'><source path='${folder}/serial.txt' append='on'/></serial><serial type='null'/>
        <console type='pty'><target type='serial'/></console><console type='null'><target type='virtio'/></console>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        <input type='tablet' bus='usb'/><input type='keyboard' bus='virtio'/><graphics type='vnc'/>
        <video><model type='virtio' heads='1'/></video><sound model='ich9'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
        <crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/><driver packed='on'/></crypto>
        <watchdog model='i6300esb' action='reset'/><memballoon model='virtio'/><panic model='isa'/></devices></domain>`,
  ],
  [
    'a pc machine with IDE, floppy, LSI SCSI, USB2, sound, CCID and PCI bridges',
    () =>
      `<domain type='qemu'><name>old</name><uuid>a75aca4b-a02f-2bcb-4a91-c93cd848c34c</uuid><memory unit='MiB'>128</memory><vcpu current='1'>4</vcpu>
        <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='fd'/><boot dev='cdrom'/></os><features><acpi/></features>
        <sysinfo type='smbios'><system><entry name='manufacturer'>A, Inc.</entry></system></sysinfo>
        <devices><disk type='file' device='floppy'><source file='${folder}/cd.iso'/><target dev='fda' bus='fdc'/></disk>
        <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
        <disk type='file' device='disk'><source file='${folder}/disk.img'/><target dev='hda' bus='ide'/><shareable/></disk>
        <disk type='file' device='disk'><source file='${folder}/disk.img'/><target dev='sda' bus='scsi'/><shareable/><serial>abc</serial></disk>
        <controller type='usb' model='ich9-ehci1'/><controller type='usb' model='ich9-uhci1'/><controller type='usb' model='ich9-uhci2'/>
        <controller type='pci' index='1' model='pci-bridge'/><controller type='virtio-serial' ports='16'/>
        <interface type='user'><model type='e1000'/></interface><interface type='user'><ip address='172.17.2.0' prefix='24'/></interface>
        <smartcard mode='passthrough' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/><protocol type='raw'/></smartcard>
        <serial type='tcp'><source mode='bind' host='127.0.0.1' service='0'/><protocol type='telnet'/></serial>
        <parallel type='null'/><input type='mouse' bus='usb'/><hub type='usb'/><video><model type='vga'/></video>
        <sound model='ac97'/><sound model='ich6'/><memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory></devices></domain>`
        .replace('<vcpu', `<maxMemory slots='4' unit='GiB'>1</maxMemory><vcpu`)
        .replace('<devices>', "<cpu><numa><cell id='0' cpus='0-3' memory='128' unit='MiB'/></numa></cpu><devices>"),
  ],
];

describe('the installed QEMU takes our command lines', () => {
  test.each(cases)('%s', async (_name, xml) => {
    const planned = plan(xml());
    const [status, peripheral, chardevs, blocks] = await run(planned, [
      ['query-status'],
      ['qom-list', { path: '/machine/peripheral' }],
      ['query-chardev'],
      ['query-block'],
    ]);
    expect(status).toMatchObject({ status: 'prelaunch', running: false });
    // QEMU has every device under the alias that the live XML gives it.
    const { domain } = readDomain(parseXml(planned.liveXml), { live: true });
    const ids = JSON.stringify(peripheral);
    for (const { address, alias } of [...domain.devices.interfaces, ...domain.devices.videos, ...domain.devices.sounds]) {
      expect(address).toMatchObject({ type: 'pci' });
      expect(ids).toContain(`"name":"${alias}"`);
    }
    for (const { alias } of domain.devices.disks) expect(ids).toContain(`"name":"${alias}"`);
    for (const serial of domain.devices.serials) expect(JSON.stringify(chardevs)).toContain(`"char${serial.alias}"`);
    expect(JSON.stringify(blocks)).toContain('libvirt-1-format');
  });

  test('UEFI from the installed firmware, by automatic selection', async ({ skip }) => {
    if (!host.firmwares.some((firmware) => firmware['interface-types'].includes('uefi'))) skip('no UEFI firmware is installed');
    const planned = plan(domainXml('', { machine: 'q35' }).replace('<os>', "<os firmware='efi'>"));
    expect(planned.nvram?.path).toBe(join(folder, 'demo_VARS.fd'));
    await writeFile(planned.nvram?.path ?? '', await readFile(planned.nvram?.template ?? ''));
    const [status] = await run(planned, [['query-status']]);
    expect(status).toMatchObject({ status: 'prelaunch' });
  });

  const flash = "<loader readonly='yes' type='pflash'>";
  test.for([
    ['the code that libvirt chose, without its format', "<os firmware='efi'>", `${flash}/usr/share/OVMF/OVMF_CODE_4M.fd</loader>`],
    ['secure="no" alone', "<os firmware='efi'>", "<loader secure='no'/>"],
    ['the template alone', "<os firmware='efi'>", "<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>"],
    ['a path without a template', '<os>', `${flash}/usr/share/OVMF/OVMF_CODE.fd</loader>`],
    ['another distribution’s path', '<os>', `${flash}/usr/share/edk2/ovmf/OVMF_CODE.fd</loader>`],
    ['Secure Boot by its path', '<os>', `${flash}/usr/share/OVMF/OVMF_CODE_4M.secboot.fd</loader>`],
  ] as const)('UEFI: %s', async ([, os, inside], { skip }) => {
    if (!host.firmwares.some((firmware) => firmware['interface-types'].includes('uefi'))) skip('no UEFI firmware is installed');
    const xml = domainXml('', { machine: 'q35' }).replace('<os>', os).replace('</os>', `${inside}</os>`);
    const files = await filesThere(firmwareFilesOf(readDomain(parseXml(xml)).domain.os));
    const planned = plan(xml, { ...host, firmwareFiles: files });
    const { path = '', template = '' } = planned.nvram ?? {};
    await writeFile(path, await readFile(template));
    cleanups.push(() => rm(path));
    const [status] = await run(planned, [['query-status']]);
    expect(status).toMatchObject({ status: 'prelaunch' });
  });

  const limited = (target: string, bus: string, more = '', device = 'disk') =>
    `<disk type='file' device='${device}'><source file='${folder}/${device === 'disk' ? 'disk.img' : 'cd.iso'}'/><target dev='${target}' bus='${bus}'/><${device === 'disk' ? 'shareable' : 'readonly'}/>` +
    `<iotune><total_iops_sec>100</total_iops_sec>${more}</iotune></disk>`;
  test.each([
    [
      'q35',
      ['vda', 'virtio'],
      ['sda', 'sata'],
      ['sdb', 'scsi'],
      ['sdc', 'usb'],
      ['sdd', 'sata', '', 'cdrom'],
      ['sde', 'usb', '', 'cdrom'],
      ['sdf', 'scsi', '', 'cdrom'],
    ],
    [
      'pc',
      ['hda', 'ide'],
      ['hdc', 'ide', '', 'cdrom'],
      ['fda', 'fdc', '', 'floppy'],
      ['vda', 'virtio', '<group_name>g</group_name>'],
      ['vdb', 'virtio', '<group_name>g</group_name>'],
    ],
  ] as const)(
    'limits reach the back end of a disk on every bus of %s, and can be taken away',
    async (machine, ...which: readonly (readonly [string, string, string?, string?])[]) => {
      const xml = domainXml(which.map(([target, bus, more = '', device = 'disk']) => limited(target, bus, more, device)).join(''), {
        machine,
      }).replace(
        "<controller type='usb' model='none'/>",
        "<disk type='file' device='cdrom'><target dev='sdg' bus='scsi'/><iotune><read_iops_sec>1</read_iops_sec></iotune></disk>",
      );
      const planned = plan(xml);
      // A drive without a medium takes none.
      expect(planned.monitorCommands).toHaveLength(which.length);
      const commands = (planned.monitorCommands ?? []).map(({ command, arguments: args }) => [command, args] as const);
      const none = commands.map(([command, args]) => [command, { ...args, iops: 0 }] as const);
      const answers = await run(planned, [...commands, ['query-block'], ...none, ['query-block']]);
      const iops = (answer: unknown) =>
        z
          .array(z.looseObject({ inserted: z.looseObject({ iops: z.number() }).optional() }))
          .parse(answer)
          .flatMap(({ inserted }) => inserted?.iops ?? []);
      expect(iops(answers[commands.length]).filter((n) => n === 100)).toHaveLength(which.length);
      expect(iops(answers.at(-1)).every((n) => n === 0)).toBe(true);
    },
  );

  test('what a disk may say of itself is taken on every bus that it is taken for', async () => {
    const one = (target: string, bus: string, more: string, device = 'disk') =>
      `<disk type='file' device='${device}'><source file='${folder}/${device === 'disk' ? 'disk.img' : 'cd.iso'}'/>` +
      `<target dev='${target}' bus='${bus}'${bus === 'usb' || bus === 'scsi' ? (device === 'disk' ? " removable='on'" : '') : bus === 'virtio' || device !== 'disk' ? '' : " rotation_rate='7200'"}/>` +
      `${device === 'disk' ? '<shareable/>' : ''}${more}</disk>`;
    const said = '<serial>abc</serial><wwn>5000c50015ea71ad</wwn>';
    const planned = plan(
      domainXml(
        "<controller type='scsi' index='0' model='virtio-scsi'/>" +
          one('vda', 'virtio', '<serial>abc</serial>') +
          one('sda', 'sata', `${said}<product>a product</product>`) +
          one('sdb', 'sata', '<product>a drive</product>', 'cdrom') +
          one('sdc', 'scsi', `${said.replace('71ad', '71ae')}<vendor>v</vendor><product>a product</product>`) +
          one('sdd', 'scsi', '<vendor>v</vendor><product>a drive</product>', 'cdrom') +
          one('sde', 'usb', '<serial>abc</serial>'),
        { machine: 'q35' },
      ).replace("<controller type='usb' model='none'/>", ''),
    );
    const [model, removable] = await run(planned, [
      ['qom-get', { path: '/machine/peripheral/sata0-0-0', property: 'model' }],
      ['qom-get', { path: '/machine/peripheral/scsi0-0-0-2', property: 'removable' }],
    ]);
    expect(model).toBe('a product');
    expect(removable).toBe(true);
  });

  test('a live XML plans to the same machine again', () => {
    for (const [, xml] of cases) {
      const first = plan(xml());
      expect(argvOf(plan(first.liveXml))).toEqual(argvOf(first));
    }
  });
});
