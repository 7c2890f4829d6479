import { describe, expect, it } from 'vitest';
import { qnumOf } from './key-codes.ts';

describe('a key', () => {
  it.each([
    ['linux', 'KEY_LEFTCTRL', 0x1d],
    ['linux', 111, 0xd3], // KEY_DELETE
    ['linux', 'KEY_SYSRQ', 0x54],
    ['linux', 'KEY_F12', 0x58],
    ['atset1', 0xe01d, 0x9d],
    ['xt', 0x1e, 0x1e],
    ['xt_kbd', 0x11d, 0x9d],
    ['atset2', 0x1c, 0x1e],
    ['atset3', 0x1c, 0x1e],
    ['usb', 4, 0x1e],
    ['win32', 'VK_LWIN', 0xdb],
    ['win32', 'VK_CONTROL', 0x1d],
    ['win32', 0xa4, 0x38], // VK_LMENU
    ['win32', 0x41, 0x1e],
    ['os_x', 'ANSI_A', 0x1e],
    ['os_x', 0, 0x1e],
    ['qnum', 0xd3, 0xd3],
    ['rfb', 0xd3, 0xd3],
  ] as const)('of the codeset %s: %s', (codeset, key, qnum) => {
    expect(qnumOf(key, codeset)).toBe(qnum);
  });

  it.each([
    ['linux', 'LEFTCTRL'],
    ['linux', 0],
    ['usb', 'KEY_A'],
    ['win32', 'KEY_A'],
    ['qnum', 0xffff],
  ] as const)('that the codeset hasn’t is refused: %s %s', (codeset, key) => {
    expect(() => qnumOf(key, codeset)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
