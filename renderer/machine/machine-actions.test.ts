import { describe, expect, it } from 'vitest';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeTest } from '../testing/fake-support.ts';
import { connectionLost, type Standing } from '../state/use-link-status.ts';
import { allowedActions, harderStep } from './machine-actions.ts';
import { shownState } from './machine-state.ts';

const able = (machine: ReturnType<typeof fakeSummary>, standing?: Standing) =>
  Object.entries(allowedActions(machine, standing))
    .filter(([, { allowed }]) => allowed)
    .map(([action]) => action);

describe('what a state allows', () => {
  it.each([
    ['shut off', fakeSummary('a'), ['start', 'start-paused']],
    ['crashed', fakeSummary('a', { state: 'crashed' }), ['start', 'start-paused']],
    ['running', fakeSummary('a', running()), ['shutdown', 'reboot', 'reset', 'destroy', 'suspend']],
    ['paused', fakeSummary('a', running({ state: 'paused' })), ['reset', 'destroy', 'resume']],
    ['asleep', fakeSummary('a', running({ state: 'pmsuspended' })), ['shutdown', 'reboot', 'reset', 'destroy', 'resume']],
    ['starting', fakeSummary('a', { transition: { kind: 'starting', since: 0 } }), ['destroy']],
  ])('%s', (_word, machine, actions) => expect(able(machine)).toEqual(actions));
  it('is nothing while the link is lost, and each says why', () => {
    const lost = { away: connectionLost, connection: undefined };
    expect(able(fakeSummary('a', running()), lost)).toEqual([]);
    for (const { reason } of Object.values(allowedActions(fakeSummary('a'), lost))) expect(reason).toContain('lost');
  });
  it('leaves out what the connection can’t do, with its words, in whatever state the machine is', () => {
    const standing = { away: undefined, connection: fakeTest };
    expect(able(fakeSummary('a', running()), standing)).toEqual(['shutdown', 'reboot', 'destroy', 'suspend']);
    expect(allowedActions(fakeSummary('a', running()), standing).reset.reason).toBe('The test driver has no reset.');
    const one = fakeSummary('a', running({ support: { reset: 'yes', destroy: { no: 'backend', message: 'Not this one.' } } }));
    expect(able(one, standing), 'the machine’s own answer counts first').toEqual(['shutdown', 'reboot', 'reset', 'suspend']);
  });
  it('tells the reason of every refusal', () => {
    for (const machine of [fakeSummary('a'), fakeSummary('a', running()), fakeSummary('a', running({ state: 'paused' }))]) {
      for (const { allowed, reason } of Object.values(allowedActions(machine))) expect(allowed || reason !== undefined).toBe(true);
    }
  });
});

describe('a transition that lasts', () => {
  const stopping = fakeSummary('a', running({ transition: { kind: 'stopping', since: 1000 } }));
  it('offers the next harder step after ten seconds, not before', () => {
    expect(harderStep(stopping, 10_999)).toBeUndefined();
    expect(harderStep(stopping, 11_000)).toBe('destroy');
  });
});

describe('states', () => {
  it.each([
    [{ state: 'shut off', reason: 'saved' }, 'Saved', 'half'],
    [{ state: 'shut off', reason: 'destroyed' }, 'Shut off', 'ring'],
    [{ state: 'paused', reason: 'I/O error' }, 'Paused: I/O error', 'bars'],
    [{ state: 'pmsuspended', reason: '' }, 'Suspended', 'crescent'],
    [{ state: 'crashed', reason: 'panicked' }, 'Crashed', 'triangle'],
    [{ state: 'running', reason: 'booted' }, 'Running', 'disc'],
  ] as const)('%o is %s', (machine, word, glyph) => expect(shownState(machine)).toMatchObject({ word, glyph }));
  it('are unknown while the link is lost', () => expect(shownState({ state: 'running', reason: '' }, true).word).toBe('Unknown'));
});
