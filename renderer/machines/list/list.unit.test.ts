import { expect, test } from 'vitest';
import type { MachineSummary } from '../../../shared/contract/machines.ts';
import { filterMachines, networksOf } from '../../machine/machine-filter.ts';
import { asksForAddress, matchesSearch } from '../../machine/search.ts';
import { moved, readColumns, toggled, usualColumns } from './list-columns.ts';
import { noSelection, onlyShown, select, selectAll } from './selection.ts';
import { nextSort, sortMachines, type Sort } from './sort-machines.ts';

const machine = (name: string, more: Partial<MachineSummary> = {}): MachineSummary => ({
  connection: 'embedded',
  uuid: `0000-${name}`,
  name,
  state: 'shut off',
  reason: 'unknown',
  id: null,
  pid: null,
  startedAt: null,
  autostart: false,
  persistent: true,
  vcpus: 1,
  memoryKiB: 1024,
  maxMemoryKiB: 1024,
  type: 'kvm',
  arch: 'x86_64',
  machine: 'q35',
  pending: false,
  macs: [],
  consoles: [],
  ...more,
});
const facts = { address: () => undefined, cpu: () => undefined };
const names = (machines: readonly MachineSummary[]) => machines.map(({ name }) => name).join(' ');

test('names are sorted as people do, up, down, and as they came', () => {
  const machines = ['vm-10', 'vm-9', 'VM-1'].map((name) => machine(name));
  expect(names(sortMachines(machines, { by: 'name', down: false }, facts))).toBe('VM-1 vm-9 vm-10');
  expect(names(sortMachines(machines, { by: 'name', down: true }, facts))).toBe('vm-10 vm-9 VM-1');
  expect(sortMachines(machines, undefined, facts)).toBe(machines);
  const turns: (Sort | undefined)[] = [undefined];
  for (let n = 0; n < 3; n += 1) turns.push(nextSort(turns.at(-1), 'cpu'));
  expect(turns.slice(1)).toEqual([{ by: 'cpu', down: false }, { by: 'cpu', down: true }, undefined]);
  expect(nextSort({ by: 'cpu', down: true }, 'name')).toEqual({ by: 'name', down: false });
});

test('addresses are sorted by their numbers; what has none stands last, either way', () => {
  const machines = ['a', 'b', 'c', 'd'].map((name) => machine(name));
  const known: Record<string, string> = { '0000-a': '10.0.0.10', '0000-b': '10.0.0.9', '0000-d': 'fe80::1' };
  const by = (down: boolean) => names(sortMachines(machines, { by: 'address', down }, { ...facts, address: ({ uuid }) => known[uuid] }));
  expect(by(false)).toBe('b a d c');
  expect(by(true)).toBe('d a b c');
});

test('trouble stands first when one sorts by state', () => {
  const machines = [
    machine('off'),
    machine('on', { state: 'running', id: 1 }),
    machine('failed', { lastError: { code: 'io', message: '' } }),
    machine('crashed', { state: 'crashed' }),
  ];
  expect(names(sortMachines(machines, { by: 'state', down: false }, facts))).toBe('crashed failed on off');
});

test('a range goes from the anchor to the row, both ways, in the order in which rows stand', () => {
  const shown = ['a', 'b', 'c', 'd'];
  const first = select(noSelection, 'c', 'only', shown);
  expect([...select(first, 'a', 'range', shown).chosen]).toEqual(['a', 'b', 'c']);
  expect([...select(select(first, 'a', 'range', shown), 'd', 'range', shown).chosen]).toEqual(['c', 'd']);
  const two = select(first, 'a', 'toggle', shown);
  expect([...two.chosen]).toEqual(['c', 'a']);
  expect([...select(two, 'c', 'toggle', shown).chosen]).toEqual(['a']);
  expect([...select(noSelection, 'b', 'range', shown).chosen]).toEqual(['b']);
  expect(select(two, 'gone', 'range', shown)).toBe(two);
});

test('all, none, and never what isn’t in sight', () => {
  const all = selectAll(noSelection, ['a', 'b']);
  expect([...all.chosen]).toEqual(['a', 'b']);
  expect(selectAll(all, ['a', 'b']).chosen.size).toBe(0);
  expect([...onlyShown(all, ['b', 'c']).chosen]).toEqual(['b']);
  expect(onlyShown(all, ['a', 'b'])).toBe(all);
});

test('columns that were remembered by another version do no harm', () => {
  expect(readColumns(['cpu', 'nonsense', 'cpu', 7, 'state'])).toEqual(['cpu', 'state']);
  expect(readColumns({})).toBeUndefined();
  expect(toggled(['cpu'], 'mac')).toEqual(['cpu', 'mac']);
  expect(toggled(usualColumns, 'cpu')).not.toContain('cpu');
  expect(moved(['cpu', 'mac', 'notes'], 'notes', -2)).toEqual(['notes', 'cpu', 'mac']);
  expect(moved(['cpu', 'mac'], 'cpu', -1)).toEqual(['cpu', 'mac']);
  expect(moved(['cpu', 'mac'], 'cpu', 9)).toEqual(['mac', 'cpu']);
});

test('notes, addresses and networks are found', () => {
  const web = machine('web', { description: 'Moves on Friday', networks: [{ type: 'bridge', source: 'br0' }] });
  const db = machine('db', {
    networks: [
      { type: 'bridge', source: 'br10' },
      { type: 'user', source: null },
    ],
  });
  expect(matchesSearch(web, 'friday web')).toBe(true);
  expect(matchesSearch(web, '10.0.2', ['10.0.2.15'])).toBe(true);
  expect(matchesSearch(web, '10.0.3', ['10.0.2.15'])).toBe(false);
  expect(names(filterMachines([web, db], 'all', '', { network: 'LAN br10' }))).toBe('db');
  expect(networksOf([db, web])).toEqual(['LAN br0', 'LAN br10', 'User mode']);
  expect(['10.0.2', '192', 'fe80::', ':1c:12'].map(asksForAddress)).toEqual([true, true, true, true]);
  expect(['web', 'br0', '', 'add'].map(asksForAddress)).toEqual([false, false, false, false]);
});
