import { expect, test } from 'vitest';
import { TapestryError } from '../../../shared/errors.ts';
import { GuestAgent, refreshAfter } from './guest-agent.ts';

/** An agent whose answers and clock the test decides. */
const controlled = () => {
  const waiting: PromiseWithResolvers<unknown>[] = [];
  const state = { at: 1_000_000, changes: 0, waiting };
  const agent = new GuestAgent('/nowhere', () => (state.changes += 1), {
    ask: () => {
      const next = Promise.withResolvers<unknown>();
      waiting.push(next);
      return next.promise;
    },
    now: () => state.at,
    firstPatience: 60_000,
  });
  return { agent, state };
};

test('asks at the first look, then when its answer is old and somebody looks, never twice at a time', async () => {
  const { agent, state } = controlled();
  const looks = [agent.look(), agent.look()];
  expect(state.waiting).toHaveLength(1);
  state.waiting[0]?.resolve([{ name: 'eth0' }]);
  const eth0 = { interfaces: [{ name: 'eth0', mac: null, addresses: [] }], at: 1_000_000 };
  expect(await Promise.all(looks)).toEqual([eth0, eth0]);
  expect(state.changes).toBe(1);

  state.at += refreshAfter - 1;
  expect(await agent.look()).toEqual(eth0);
  expect(state.waiting).toHaveLength(1);

  // Old: what is known is shown with its age at once, while the agent is asked again.
  state.at += 1;
  expect(await agent.look()).toEqual(eth0);
  expect(await agent.look()).toEqual(eth0);
  expect(state.waiting).toHaveLength(2);
  const joined = agent.ask();
  expect(state.waiting).toHaveLength(2);
  state.waiting[1]?.resolve([]);
  expect(await joined).toEqual({ interfaces: [], at: 1_000_000 + refreshAfter });
});

test('one that stops answering keeps its last word, with the reason; another answer takes the reason away', async () => {
  const { agent, state } = controlled();
  const first = agent.look();
  state.waiting[0]?.resolve([]);
  await first;
  const second = agent.ask();
  state.waiting[1]?.reject(new TapestryError('agent-failed', 'No.'));
  expect(await second).toMatchObject({ interfaces: [], at: 1_000_000, failure: { code: 'agent-failed' } });
  const third = agent.ask();
  state.waiting[2]?.resolve([{ name: 'eth0' }]);
  expect((await third).failure).toBeUndefined();
});

test('one that never answered is not waited for again and again', async () => {
  const { agent, state } = controlled();
  const first = agent.look();
  state.waiting[0]?.resolve('nonsense');
  expect(await first).toMatchObject({ failure: { code: 'agent-failed' } });
  state.at += refreshAfter;
  expect(await agent.look()).toMatchObject({ failure: { code: 'agent-failed' } });
  expect(state.waiting).toHaveLength(2);
  state.waiting[1]?.resolve([]);
});

test('the first look waits only so long', async () => {
  const agent = new GuestAgent('/nowhere', () => undefined, { ask: () => new Promise(() => undefined), firstPatience: 1 });
  expect(await agent.look()).toEqual({});
});
