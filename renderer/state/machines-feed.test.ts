import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../shared/contract/machines.ts';
import { sampleMachine } from '../../shared/contract/testing/samples.ts';
import { applyMachineEvent, type Machines } from './machines-feed.ts';

const one = sampleMachine('one');
const twin = sampleMachine('one', { connection: 'test', state: 'running', id: 1 });
const two = sampleMachine('two', { connection: 'test' });

const after = (...events: readonly MachineEvent[]): Machines | undefined =>
  events.reduce<Machines | undefined>((known, event) => applyMachineEvent(known, event, 0), undefined);
const named = (machines: Machines | undefined) => machines?.machines.map(({ connection, name }) => `${connection}/${name}`).toSorted();

const both: readonly MachineEvent[] = [
  { kind: 'snapshot', connection: 'embedded', machines: [one], broken: [] },
  { kind: 'snapshot', connection: 'test', machines: [twin, two], broken: [] },
];

describe('news of several connections', () => {
  it('takes a snapshot for its own connection alone', () => {
    expect(named(after(...both))).toEqual(['embedded/one', 'test/one', 'test/two']);
    expect(named(after(...both, { kind: 'snapshot', connection: 'test', machines: [two], broken: [] }))).toEqual([
      'embedded/one',
      'test/two',
    ]);
    expect(Object.keys(after(...both)?.broken ?? {})).toEqual(['embedded', 'test']);
  });
  it('tells machines of the same UUID apart', () => {
    const changed = after(...both, { kind: 'changed', connection: 'test', machine: { ...twin, name: 'other' } });
    expect(named(changed)).toEqual(['embedded/one', 'test/other', 'test/two']);
    expect(named(after(...both, { kind: 'removed', connection: 'test', uuid: one.uuid }))).toEqual(['embedded/one', 'test/two']);
  });
});
