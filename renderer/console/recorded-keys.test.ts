import { beforeEach, describe, expect, it } from 'vitest';
import { combinationLabel, linuxKey, useRecordedKeys } from './recorded-keys.ts';

beforeEach(() => {
  localStorage.clear();
  useRecordedKeys.setState({ combinations: [] });
});

describe('keys by Linux’ names', () => {
  it.each([
    ['KeyQ', 'KEY_Q'],
    ['Digit7', 'KEY_7'],
    ['F12', 'KEY_F12'],
    ['Numpad3', 'KEY_KP3'],
    ['ControlLeft', 'KEY_LEFTCTRL'],
    ['PrintScreen', 'KEY_SYSRQ'],
    ['PageUp', 'KEY_PAGEUP'],
    ['Space', 'KEY_SPACE'],
  ])('%s is %s', (code, name) => expect(linuxKey(code)).toBe(name));

  it('one that isn’t known is none', () => {
    expect(linuxKey('BrowserBack')).toBeUndefined();
    expect(linuxKey('')).toBeUndefined();
  });
});

it('combinations are written as people say them', () => {
  expect(combinationLabel(['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_F3'])).toBe('Ctrl+Alt+F3');
  expect(combinationLabel(['KEY_RIGHTALT', 'KEY_SYSRQ'])).toBe('AltGr+Print');
});

it('one’s own are remembered, once each, and forgotten', () => {
  const { add, remove } = useRecordedKeys.getState();
  add(['KEY_LEFTALT', 'KEY_X']);
  add(['KEY_LEFTMETA', 'KEY_L']);
  add(['KEY_LEFTALT', 'KEY_X']);
  expect(useRecordedKeys.getState().combinations).toEqual([
    ['KEY_LEFTMETA', 'KEY_L'],
    ['KEY_LEFTALT', 'KEY_X'],
  ]);
  remove(['KEY_LEFTMETA', 'KEY_L']);
  expect(JSON.parse(localStorage.getItem('tapestry.key-combinations') ?? '')).toEqual([['KEY_LEFTALT', 'KEY_X']]);
});
