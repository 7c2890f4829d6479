import { describe, expect, it } from 'vitest';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { readDomain } from '../../shared/domain-xml/read/read-domain.ts';
import { readPlace } from '../xml/edits.ts';
import { choiceErrors, choiceWarnings, nameFromFile, newMachineXml, type NewMachineChoices } from './new-machine-plan.ts';

const choices: NewMachineChoices = {
  source: 'iso',
  name: 'debian-13',
  iso: '/iso/debian & co.iso',
  disk: '',
  diskFormat: 'qcow2',
  isoFormat: 'raw',
  kernel: '',
  initrd: '',
  cmdline: '',
  newDisk: false,
  diskGib: '20',
  vcpus: '2',
  memoryMib: '2048',
  network: 'user',
  firmware: 'bios',
  accelerator: 'kvm',
  arch: 'x86_64',
};
const world = { taken: ['web-01'], cpus: 8, memoryKiB: 32 * 1024 ** 2, freeBytes: 10 * 1024 ** 3 };

describe('newMachineXml', () => {
  const sources: Partial<NewMachineChoices>[] = [
    {},
    { source: 'disk', disk: '/d.raw', diskFormat: 'raw', network: 'bridge:br0', firmware: 'efi' },
    { source: 'kernel', kernel: '/k', initrd: '/i', cmdline: 'console=ttyS0 quiet', network: 'none', accelerator: 'qemu' },
    { arch: 'aarch64' },
  ];
  it.each(sources)('makes a definition without errors: %o', (part) => {
    const xml = newMachineXml({ ...choices, ...part }, '/images/debian-13.qcow2');
    expect(readDomain(parseXml(xml)).problems.filter((problem) => problem.severity === 'error')).toEqual([]);
  });
  it('escapes paths, makes the disk first and boots it before the medium', () => {
    const xml = newMachineXml(choices, '/images/debian-13.qcow2');
    expect(xml).toContain(`<source file='/iso/debian &amp; co.iso'/>`);
    expect(xml.indexOf('debian-13.qcow2')).toBeLessThan(xml.indexOf('.iso'));
    expect(xml).toMatch(/<boot dev='hd'\/>\s*<boot dev='cdrom'\/>/);
  });
  it('never asks TCG for the host’s CPU', () => {
    const root = parseXml(newMachineXml({ ...choices, accelerator: 'qemu' }, '/d')).root;
    expect(readPlace(root, '@type')).toBe('qemu');
    expect(readPlace(root, 'cpu/@mode')).toBe('maximum');
  });
});

describe('choiceErrors', () => {
  it.each<[Partial<NewMachineChoices>, string, string]>([
    [{ diskGib: '-5' }, 'diskGib', 'The size is at least 1 GiB.'],
    [{ diskGib: '0' }, 'diskGib', 'The size is at least 1 GiB.'],
    [{ diskGib: '70000' }, 'diskGib', 'The size is at most 65536 GiB.'],
    [{ diskGib: 'big' }, 'diskGib', 'The size is a whole number.'],
    [{ memoryMib: '-1' }, 'memoryMib', 'The memory is at least 1 MiB.'],
    [{ vcpus: '0' }, 'vcpus', 'The number of vCPUs is at least 1.'],
  ])('says of %o what would be right', (part, field, words) => {
    expect(choiceErrors({ ...choices, ...part }, world).get(field)).toBe(words);
  });
  it('finds nothing wrong with good choices', () => expect(choiceErrors(choices, world).size).toBe(0));
  it.each<[Partial<NewMachineChoices>, string]>([
    [{ iso: '' }, 'iso'],
    [{ iso: 'relative.iso' }, 'iso'],
    [{ name: '' }, 'name'],
    [{ name: 'web-01' }, 'name'],
    [{ name: 'a/b' }, 'name'],
    [{ vcpus: '0' }, 'vcpus'],
    [{ vcpus: '1.5' }, 'vcpus'],
    [{ memoryMib: 'much' }, 'memoryMib'],
    [{ diskGib: '0' }, 'diskGib'],
    [{ source: 'kernel', kernel: '' }, 'kernel'],
  ])('%o is told at %s', (part, field) => expect([...choiceErrors({ ...choices, ...part }, world).keys()]).toEqual([field]));
  it('warns without stopping', () => {
    expect([...choiceWarnings({ ...choices, vcpus: '16', memoryMib: '99999999' }, world).keys()]).toEqual([
      'vcpus',
      'memoryMib',
      'diskGib',
    ]);
  });
});

describe('nameFromFile', () => {
  it.each([
    ['/a/debian-13.2.0-amd64-netinst.iso', 'debian-13'],
    ['/a/ubuntu-24.04.1-live-server-amd64.iso', 'ubuntu-24'],
    ['/a/My Disk.qcow2', 'my-disk'],
    ['/a/noble-server-cloudimg-amd64.img', 'noble-server-cloudimg'],
    ['/a/cirros-0.6.2-x86_64-disk.img', 'cirros-0'],
    ['/a/appliance.vmdk', 'appliance'],
    ['', ''],
  ])('%s', (file, name) => expect(nameFromFile(file)).toBe(name));
});
