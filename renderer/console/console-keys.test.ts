import { describe, expect, it } from 'vitest';
import { consoleKey } from './console-keys.ts';

const key = (text: string) => {
  const parts = text.split('+');
  const last = parts.at(-1) ?? '';
  return {
    key: last === 'Plus' ? '+' : last,
    ctrlKey: parts.includes('Ctrl'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
    metaKey: false,
  };
};

describe('keys in the terminal', () => {
  it.each([
    ['Ctrl+Shift+C', 'copy'],
    ['Ctrl+Shift+v', 'paste'],
    ['Ctrl+Shift+F', 'search'],
    ['Ctrl+Plus', 'bigger'],
    ['Ctrl+=', 'bigger'],
    ['Ctrl+-', 'smaller'],
    ['Ctrl+0', 'usual-size'],
    ['Ctrl+Shift+F6', 'leave'],
  ])('%s is ours', (text, what) => expect(consoleKey(key(text))).toBe(what));
  it.each(['Ctrl+c', 'Ctrl+v', 'Ctrl+f', 'Ctrl+]', 'F6', 'Ctrl+Alt+0', 'Ctrl+Shift+Z', 'a'])('%s is the guest’s', (text) =>
    expect(consoleKey(key(text))).toBeUndefined(),
  );
});
