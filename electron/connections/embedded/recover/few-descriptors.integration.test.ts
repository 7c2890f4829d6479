import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { errorCodes } from '../../../../shared/errors.ts';
import { Fixture } from '../testing/fixture.ts';

const scenario = new URL('../testing/few-descriptors.ts', import.meta.url).pathname;

it.each([28, 33, 38])('a host with %i descriptors refuses what it can’t start, goes on, and keeps what runs', async (limit) => {
  await using fixture = await Fixture.make();
  const words = ['-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, scenario, JSON.stringify(fixture.directories), '8'];
  const { stdout, stderr, status, signal } = spawnSync('sh', words, { encoding: 'utf8' });
  expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
  const { outcomes, running } = JSON.parse(stdout) as { outcomes: string[]; running: number };
  expect(outcomes).toHaveLength(8);
  const refused = outcomes.filter((outcome) => outcome !== 'running');
  // The limit was reached, or this proves nothing.
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter((code) => !errorCodes.some((one) => one === code) || code === 'internal')).toEqual([]);
  expect(running).toBe(outcomes.length - refused.length);
  // With descriptors enough all of them are there, and nothing else.
  const machines = await fixture.open();
  const found = machines.all().filter(({ state }) => state.state === 'running');
  expect(found.map(({ facts }) => facts.name)).toEqual(
    outcomes.flatMap((outcome, number) => (outcome === 'running' ? [`m${number}`] : [])),
  );
});
