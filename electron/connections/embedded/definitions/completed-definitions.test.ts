import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { randomFrom } from '../../../../shared/domain-xml/testing/random.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { conformanceFolder, conformanceMissing } from '../../../qemu/testing/recordings.ts';
import { checkedBackend } from '../testing/checked-backend.ts';
import type { MachinePaths } from '../ports/ports.ts';

const backend = checkedBackend();
const paths = { runtime: '/run/tapestry/x', persistent: '/var/lib/tapestry/x' } as MachinePaths;

/** What a start refuses of this text, apart from what this computer lacks; undefined when it can be planned. */
const refusalOf = async (xml: string): Promise<string | undefined> => {
  try {
    await backend.prepare(xml, paths);
    return undefined;
  } catch (error) {
    if (error instanceof TapestryError) return `${error.data.path ?? ''}: ${error.message}`;
    throw error;
  }
};

/** Errors that a define refuses. */
const errorsOf = (xml: string): string[] =>
  readDomain(parseXml(xml)).problems.flatMap(({ severity, path, message }) => (severity === 'error' ? [`${path}: ${message}`] : []));

/** Defines a text as the store would have it, and looks at it as a later start does. */
const lookAt = async (xml: string, name: string): Promise<'refused' | 'kept'> => {
  if (errorsOf(xml).length > 0) return 'refused';
  const completed = backend.complete(xml);
  const stored = await backend.place(completed);
  expect(errorsOf(stored), name).toEqual([]);
  expect(backend.complete(stored), name).toBe(stored);
  expect(await backend.place(stored), name).toBe(stored);
  const before = await refusalOf(completed);
  // What could be started before its places were written down can be afterwards; what couldn't has the same reason.
  if (before === undefined) expect(await refusalOf(stored), name).toBeUndefined();
  return before === undefined ? 'kept' : 'refused';
};

/** Devices with which people fill machines, and those that say that there is none, with and without an address that was left at them. */
const devices: readonly ((pci: () => string, n: number) => string)[] = [
  (pci) => `<controller type='usb' model='none'>${pci()}</controller>`,
  (pci) => `<controller type='usb' index='0' model='none'>${pci()}</controller>`,
  (pci) => `<controller type='usb' index='0' model='qemu-xhci'>${pci()}</controller>`,
  (pci) => `<controller type='scsi' index='0' model='virtio-scsi'>${pci()}</controller>`,
  (pci) => `<controller type='virtio-serial' index='0'>${pci()}</controller>`,
  (pci) => `<video><model type='none'/>${pci()}</video>`,
  (pci) => `<video><model type='vga'/>${pci()}</video><graphics type='vnc'/>`,
  (pci) => `<video><model type='virtio'/>${pci()}</video>`,
  (pci) => `<memballoon model='none'>${pci()}</memballoon>`,
  (pci) => `<memballoon model='virtio'>${pci()}</memballoon>`,
  (pci) => `<interface type='user'><model type='virtio'/>${pci()}</interface>`,
  (pci) => `<interface type='user'><model type='e1000'/>${pci()}</interface>`,
  (pci, n) =>
    `<disk type='file' device='disk'><source file='/i/${n}'/><target dev='vd${String.fromCodePoint(97 + n)}' bus='virtio'/>${pci()}</disk>`,
  (_pci, n) => `<disk type='file' device='cdrom'><target dev='sd${String.fromCodePoint(97 + n)}' bus='sata'/></disk>`,
  (_pci, n) =>
    `<disk type='file' device='disk'><source file='/s/${n}'/><target dev='sd${String.fromCodePoint(97 + n)}' bus='scsi'/></disk>`,
  (pci) => `<rng model='virtio'><backend model='random'>/dev/urandom</backend>${pci()}</rng>`,
  (pci) => `<sound model='ich6'>${pci()}</sound>`,
  (pci) => `<watchdog model='i6300esb' action='reset'>${pci()}</watchdog>`,
  () => "<input type='tablet' bus='usb'/>",
  () => "<serial type='pty'/>",
  () => "<console type='pty'><target type='virtio'/></console>",
  (_pci, n) => `<channel type='unix'><target type='virtio' name='org.example.${n}'/></channel>`,
];

const machine = (seed: number): string => {
  const pick = randomFrom(seed);
  const pci = (): string =>
    pick(2) === 0 ? '' : `<address type='pci' domain='0x0000' bus='0x00' slot='0x${(1 + pick(7)).toString(16)}' function='0x0'/>`;
  const chosen = Array.from({ length: 1 + pick(9) }, (_, n) => devices[pick(devices.length)]?.(pci, n) ?? '');
  const type = pick(2) === 0 ? 'pc' : 'q35';
  return `<domain type='qemu'><name>m${seed}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='${type}'>hvm</type></os><features><acpi/></features><devices>${chosen.join('')}</devices></domain>`;
};

describe('a definition that is completed passes its own checks', () => {
  test('for random devices', async () => {
    const first = Number(process.env['TAPESTRY_SEED'] ?? '20260801');
    let kept = 0;
    for (let seed = first; seed < first + 400; seed += 1) if ((await lookAt(machine(seed), `seed ${seed}`)) === 'kept') kept += 1;
    expect(kept).toBeGreaterThan(100);
  });

  test('for every domain of the corpus', async ({ skip }) => {
    skip(conformanceMissing !== undefined, conformanceMissing);
    const folder = join(conformanceFolder, 'corpus');
    let kept = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.xml'))) {
      const xml = readFileSync(join(folder, file), 'utf8');
      if (/arch='(?:x86_64|i686)'/.test(xml) && (await lookAt(xml, file)) === 'kept') kept += 1;
    }
    expect(kept).toBeGreaterThan(100);
  });

  test.each([
    ['pc', 1],
    ['pc', 2],
    ['pc', 3],
    ['pc', 4],
    ['pc', 5],
    ['q35', 1],
    ['q35', 2],
  ])('also where an address was left at a device that is not there: %s, slot %i', async (type, slot) => {
    const at = `<address type='pci' domain='0x0000' bus='0x00' slot='0x0${slot}' function='0x0'/>`;
    const xml = `<domain type='qemu'><name>a</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='${type}'>hvm</type></os><features><acpi/></features><devices><controller type='usb' index='0' model='none'>${at}</controller><memballoon model='none'>${at}</memballoon><video><model type='none'/>${at}</video><graphics type='vnc'/><interface type='user'><model type='virtio'/></interface></devices></domain>`;
    expect(await lookAt(xml, type)).toBe('kept');
    expect(await backend.place(backend.complete(xml))).not.toContain(`model='none'>\n<address`);
    expect((await backend.problems(xml)).map(({ severity }) => severity)).toEqual(['note', 'note', 'note']);
  });
});

describe('numbers that size what is made', () => {
  const refused = async (inside: string) =>
    (
      await backend.problems(
        `<domain type='qemu'><name>a</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>${inside}</devices></domain>`,
      )
    ).filter(({ severity }) => severity !== 'warning');
  test.each([
    [
      "<interface type='bridge'><source bridge='lo'/><model type='virtio'/><driver queues='1000000000'/></interface>",
      '/domain/devices/interface',
    ],
    [
      "<interface type='direct'><source dev='lo'/><model type='virtio'/><driver queues='257'/></interface>",
      '/domain/devices/interface/driver',
    ],
    ["<controller type='pci' index='1000000000' model='pcie-root-port'/>", '/domain/devices/controller/@index'],
    ["<controller type='pci' index='256' model='pcie-root-port'/>", '/domain/devices/controller/@index'],
    [
      "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><address type='drive' controller='1000000000' bus='0' target='0' unit='0'/></disk>",
      '/domain/devices/disk/address/@controller',
    ],
    ["<disk type='file' device='cdrom'><target dev='sdzzzzzz' bus='scsi'/></disk>", '/domain/devices/disk'],
    [
      "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.1992-01.com.example'><host name='h' port='3260'/></source><address type='drive' controller='1000000000' bus='0' target='0' unit='0'/></hostdev>",
      '/domain/devices/hostdev',
    ],
    [
      "<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci' domain='0' bus='1000000000' slot='1' function='0'/></rng>",
      '/domain/devices/rng',
    ],
  ])('are refused by path: %s', async (xml, path) => {
    const problems = await refused(xml);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.path.startsWith(path), problem.path).toBe(true);
  });
});
