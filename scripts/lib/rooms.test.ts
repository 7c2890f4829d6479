import { expect, test } from 'vitest';
import { faultOf, importsOf, roomFaults, rooms } from './rooms.mjs';

test('no import of the sources runs up or sideways, types included, and every room has its place', () => {
  expect(roomFaults()).toEqual([]);
});

test('an import is one in every spelling', () => {
  const text = [
    `import './a.ts';`,
    `import type { B } from '../b.ts';`,
    `export * from './c.ts';`,
    `export type { D } from './d.ts';`,
    `const e = import('./e.ts');`,
    `let f: import('./f.ts').F;`,
    `import { readFile } from 'node:fs';`,
  ].join('\n');
  expect(importsOf('electron/qemu/x.ts', text)).toEqual([
    { line: 1, to: 'electron/qemu/a.ts' },
    { line: 2, to: 'electron/b.ts' },
    { line: 3, to: 'electron/qemu/c.ts' },
    { line: 4, to: 'electron/qemu/d.ts' },
    { line: 5, to: 'electron/qemu/e.ts' },
    { line: 6, to: 'electron/qemu/f.ts' },
  ]);
});

test.each([
  ['down', 'electron/api/a.ts', 'electron/files/b.ts', undefined],
  ['down two floors deep', 'electron/connections/embedded/run/a.ts', 'electron/qemu/plan/b.ts', undefined],
  ['within a room', 'electron/api/a.ts', 'electron/api/b.ts', undefined],
  ['up', 'electron/files/a.ts', 'electron/api/b.ts', 'electron/api/ is above electron/files/'],
  ['sideways', 'renderer/devices/cpu/a.ts', 'renderer/devices/disk/b.ts', 'renderer/devices/disk/ is beside renderer/devices/cpu/'],
  [
    'up to the folder around it',
    'renderer/devices/cpu/a.ts',
    'renderer/devices/b.ts',
    'renderer/devices/ itself is above renderer/devices/cpu/',
  ],
  ['down from it', 'renderer/devices/a.ts', 'renderer/devices/cpu/b.ts', undefined],
  ['from a room that isn’t known', 'electron/new/a.ts', 'electron/files/b.ts', 'electron/ has no room new in scripts/lib/rooms.mjs'],
  [
    'in a folder without an order',
    'electron/files/x/a.ts',
    'electron/files/y/b.ts',
    'the rooms of electron/files/ have no order in scripts/lib/rooms.mjs',
  ],
  ['of a test', 'electron/api/a.ts', 'electron/api/testing/b.ts', 'it belongs to the tests'],
])('an import %s', (_what, from, to, fault) => {
  expect(faultOf(from, to)).toBe(fault);
});

test('no room has two places', () => {
  for (const floors of Object.values(rooms)) expect(new Set(floors.flat()).size).toBe(floors.flat().length);
});
