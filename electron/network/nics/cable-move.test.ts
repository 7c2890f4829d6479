import { describe, expect, it } from 'vitest';
import { cableMove } from './cable-move.ts';

const made = { mac: '52:54:00:00:00:01', at: 1000, flapped: true };
const moved = { ...made, from: 'br0', to: 'br1', at: 500, flapped: false };

describe('cableMove', () => {
  it('knows the bridge that a cable came from', () => {
    expect(cableMove(undefined, ['br0', 'br1'], made)).toEqual({ ...made, from: 'br0', to: 'br1' });
  });

  it('stays what it was where something else is changed', () => {
    expect(cableMove(moved, ['br1', 'br1'], made)).toBe(moved);
    expect(cableMove(undefined, [null, null], made)).toBeUndefined();
  });

  it('is over when the cable is back', () => {
    expect(cableMove(moved, ['br1', 'br0'], made)).toBeUndefined();
  });

  it('is the last of several', () => {
    expect(cableMove(moved, ['br1', 'br2'], made)).toEqual({ ...made, from: 'br1', to: 'br2' });
  });

  it('has no way back to or from what is no bridge', () => {
    expect(cableMove(moved, ['br1', null], made)).toBeUndefined();
    expect(cableMove(undefined, [null, 'br1'], made)).toBeUndefined();
  });
});
