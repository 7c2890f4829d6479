import { describe, expect, it } from 'vitest';
import { autostartFinding, autostartWhen, type AutostartFacts } from './autostart-facts.ts';

const facts: AutostartFacts = {
  file: '/home/u/.config/systemd/user/tapestry-autostart.service',
  unit: 'current',
  enabled: true,
  command: true,
  systemd: true,
  lingering: true,
  user: 'u',
};

/** What keeps the unit from starting anything, each with a word of what the doctor says. */
const obstacles: readonly (readonly [Partial<AutostartFacts>, string])[] = [
  [{ systemd: false }, 'systemd doesn’t run'],
  [{ command: false }, 'without its window'],
  [{ unit: 'foreign' }, 'left alone'],
  [{ unit: 'missing' }, 'missing'],
  [{ unit: 'stale' }, 'another place'],
  [{ enabled: false }, 'disabled'],
];

describe('when marked machines are started', () => {
  it('is said from what there is', () => {
    expect(autostartWhen(facts, true)).toBe('boot');
    expect(autostartWhen({ ...facts, lingering: false }, true)).toBe('login');
    for (const [obstacle] of obstacles) expect(autostartWhen({ ...facts, ...obstacle }, true)).toBe('window');
  });

  it('is foretold while none is marked and no unit is there', () => {
    expect(autostartWhen({ ...facts, unit: 'missing', enabled: false }, false)).toBe('boot');
    expect(autostartWhen({ ...facts, unit: 'missing', enabled: false, lingering: false }, false)).toBe('login');
    expect(autostartWhen({ ...facts, unit: 'missing', enabled: false, systemd: false }, false)).toBe('window');
  });

  it('is told by the doctor, with what mends it', () => {
    expect(autostartFinding(facts, 1)).toMatchObject({ status: 'ok', message: expect.stringContaining('with this computer') });
    expect(autostartFinding({ ...facts, lingering: false }, 1)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('after you log in'),
      command: 'loginctl enable-linger u',
    });
    for (const [obstacle, words] of obstacles)
      expect(autostartFinding({ ...facts, ...obstacle }, 2)).toMatchObject({ status: 'warning', message: expect.stringContaining(words) });
    // Nobody is warned of what they don't use.
    for (const [obstacle] of obstacles) expect(autostartFinding({ ...facts, ...obstacle }, 0).status).toBe('ok');
  });
});
