import { describe, expect, it } from 'vitest';
import type { QmpEvent } from '../../../qemu/qmp/messages.ts';
import { describeEvent, followEvent, startingUp, stateAfterEnd, stateOfStatus, type RunFacts } from './domain-state.ts';

const event = (name: string, data: Record<string, unknown> = {}): QmpEvent => ({
  event: name,
  data,
  timestamp: { seconds: 0, microseconds: 0 },
});

const follow = (facts: RunFacts, ...events: QmpEvent[]) => events.reduce((now, next) => followEvent(now, next).facts, facts);

const running = follow(startingUp, event('RESUME'));

describe('followEvent', () => {
  it('is running (booted) after the first RESUME, running (unpaused) after later ones', () => {
    expect(running).toMatchObject({ state: 'running', reason: 'booted' });
    expect(follow({ ...running, pauseReason: 'user' }, event('STOP'))).toMatchObject({ state: 'paused', reason: 'user' });
    expect(follow(running, event('STOP'), event('RESUME'))).toMatchObject({ state: 'running', reason: 'unpaused' });
    expect(follow(running, event('STOP'))).toMatchObject({ state: 'paused', reason: 'unknown' });
  });

  it('knows why QEMU stopped by itself', () => {
    expect(follow(running, event('BLOCK_IO_ERROR', { action: 'stop' }), event('STOP'))).toMatchObject({
      state: 'paused',
      reason: 'I/O error',
    });
    expect(follow(running, event('BLOCK_IO_ERROR', { action: 'report' }))).toEqual(running);
    expect(follow(running, event('WATCHDOG', { action: 'pause' }), event('STOP'))).toMatchObject({ state: 'paused', reason: 'watchdog' });
  });

  it('goes through "in shutdown" to shut off (shutdown), the STOP between them notwithstanding', () => {
    const step = followEvent(running, event('SHUTDOWN', { guest: true, reason: 'guest-shutdown' }));
    expect(step).toMatchObject({ consequence: 'guest-off', facts: { state: 'in shutdown', shutdown: 'guest-shutdown' } });
    const stopped = follow(step.facts, event('STOP'));
    expect(stopped.state).toBe('in shutdown');
    expect(stateAfterEnd(stopped, false)).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  it('is running again when a guest that was off is reset and continued', () => {
    const off = follow(running, event('SHUTDOWN', { guest: true, reason: 'guest-shutdown' }), event('STOP'));
    const again = follow(
      { ...off, resumeReason: 'booted' },
      event('RESET', { guest: false, reason: 'host-qmp-system-reset' }),
      event('RESUME'),
    );
    expect(again).toMatchObject({ state: 'running', reason: 'booted', shutdown: undefined });
    expect(stateAfterEnd(again, false)).toEqual({ state: 'shut off', reason: 'crashed' });
  });

  it('shows a panic as crashed until the end', () => {
    const step = followEvent(running, event('GUEST_PANICKED', { action: 'pause' }));
    expect(step).toMatchObject({ consequence: 'guest-panicked', facts: { state: 'crashed', reason: 'panicked' } });
    const after = followEvent(follow(step.facts, event('STOP')), event('SHUTDOWN', { guest: true, reason: 'guest-panic' }));
    expect(after).toMatchObject({ consequence: 'none', facts: { state: 'crashed' } });
    expect(stateAfterEnd(after.facts, false)).toEqual({ state: 'shut off', reason: 'crashed' });
  });

  it('follows suspend to memory and waking up', () => {
    const asleep = follow(running, event('SUSPEND'));
    expect(asleep).toMatchObject({ state: 'pmsuspended' });
    expect(follow(asleep, event('WAKEUP'))).toMatchObject({ state: 'running', reason: 'event wakeup' });
  });

  it('keeps the state over a reset and over events it does not know', () => {
    expect(follow(running, event('RESET', { guest: true }), event('SOMETHING_NEW'))).toEqual(running);
  });

  it('calls an end without SHUTDOWN a crash, and a forced one destroyed', () => {
    expect(stateAfterEnd(running, false)).toEqual({ state: 'shut off', reason: 'crashed' });
    expect(stateAfterEnd(running, true)).toEqual({ state: 'shut off', reason: 'destroyed' });
  });
});

describe('stateOfStatus', () => {
  it.each([
    ['running', 'running', 'unknown'],
    ['paused', 'paused', 'user'],
    ['prelaunch', 'paused', 'starting up'],
    ['io-error', 'paused', 'I/O error'],
    ['watchdog', 'paused', 'watchdog'],
    ['shutdown', 'in shutdown', 'user'],
    ['guest-panicked', 'crashed', 'panicked'],
    ['suspended', 'pmsuspended', 'unknown'],
    ['something-new', 'paused', 'unknown'],
  ])('reads %s', (status, state, reason) => {
    expect(stateOfStatus(status, undefined)).toMatchObject({ state, reason });
  });

  it('keeps the reason that was known where the state is the same', () => {
    expect(stateOfStatus('running', { state: 'running', reason: 'booted' })).toMatchObject({ reason: 'booted' });
    expect(stateOfStatus('paused', { state: 'running', reason: 'booted' })).toMatchObject({ reason: 'user' });
    expect(stateOfStatus('running', { state: 'paused', reason: 'starting up' })).toMatchObject({ reason: 'booted' });
  });
});

describe('describeEvent', () => {
  it('says in words what a person can use', () => {
    expect(describeEvent(event('BLOCK_IO_ERROR', { device: 'drive0', reason: 'No space left on device', action: 'stop' }))).toBe(
      'I/O error on drive0: No space left on device (stop)',
    );
    expect(describeEvent(event('DEVICE_DELETED', { path: '/x' }))).toBeUndefined();
    expect(describeEvent(event('VNC_CONNECTED'))).toBeUndefined();
  });
});
