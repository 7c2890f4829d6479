import { describe, expect, it } from 'vitest';
import { shellQuote } from './shell-quote.ts';

describe('shellQuote', () => {
  it.each([
    ['plain-1.0,x=y:z/@%+_', 'plain-1.0,x=y:z/@%+_'],
    ['', "''"],
    ['two words', "'two words'"],
    ['{"a":1}', `'{"a":1}'`],
    ["it's", `'it'\\''s'`],
    ['$(x)`y`\n', "'$(x)`y`\n'"],
  ])('%j', (given, expected) => {
    expect(shellQuote(given)).toBe(expected);
  });
});
