import { describe, expect, it } from 'vitest';
import { identifiedWords, osIdWords, osSizeWords, reasonWords, systemWords } from './os-words.ts';

const nothing = {
  path: '/x',
  kind: 'unknown',
  size: 1,
  format: null,
  partitions: null,
  compression: null,
  iso: null,
  systems: [],
  database: 'there',
} as const;

describe('words for files and systems', () => {
  it.each([
    [{ ...nothing, kind: 'disk', format: 'qcow2' }, 'Disk image (qcow2)'],
    [{ ...nothing, kind: 'disk', format: 'raw', partitions: 'gpt' }, 'Disk image (raw, GPT)'],
    [{ ...nothing, kind: 'compressed', compression: 'xz' }, 'Compressed file (xz)'],
    [{ ...nothing, kind: 'iso' }, 'ISO image'],
    [{ ...nothing, kind: 'ova' }, 'Virtual appliance (OVA)'],
    [nothing, 'Unknown content'],
  ] as const)('%o', (found, words) => expect(identifiedWords({ ...found, systems: [] })).toBe(words));

  it.each([
    ['http://debian.org/debian/12', 'Debian 12'],
    ['http://archlinux.org/archlinux/rolling', 'Arch Linux'],
    ['http://microsoft.com/win/11', 'Windows 11'],
    ['http://microsoft.com/win/2k12r2', 'Windows Server 2012 R2'],
    ['http://microsoft.com/win/2k8', 'Windows Server 2008'],
    ['http://centos.org/centos-stream/9', 'CentOS Stream 9'],
    ['something else', 'something else'],
  ])('%s is %s', (id, words) => expect(osIdWords(id)).toBe(words));

  it('names several, what they are known by, and what they need', () => {
    const system = {
      id: 'x',
      shortId: 'x',
      arch: 'all',
      live: false,
      installer: true,
      variants: [],
      source: 'osinfo-db',
      by: [] as never[],
    } as const;
    const named = (...names: string[]) => systemWords({ systems: names.map((name) => ({ ...system, variants: [], by: [], name })) });
    expect([named(), named('A'), named('A', 'B'), named('A', 'B', 'C')]).toEqual([undefined, 'A', 'A or B', 'A, B or C']);
    expect(reasonWords({ by: ['volume-id', 'publisher-id'], source: 'osinfo-db' })).toBe('by its volume name and publisher, in osinfo-db');
    expect(osSizeWords({ cpus: 1, memory: 1.5 * 1024 ** 3, disk: 512 * 1024 ** 2 })).toBe('1 vCPU, 1.5 GiB of memory, 512 MiB of disk');
    expect(osSizeWords({})).toBe('-');
  });
});
