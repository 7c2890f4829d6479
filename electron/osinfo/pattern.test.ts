import { describe, expect, it } from 'vitest';
import { patternOf } from './pattern.ts';

/** Patterns as osinfo-db has them, and the parts of PCRE's syntax that they are made of. */
const patterns = [
  'Debian 11.\\d+.\\d+ amd64 n',
  'Ubuntu-Server 22.04(.\\d\\+?)?(.\\d\\+?)? LTS amd64',
  '^(J_)?(CCSN?A|C?CCOMA)_X64FREE?_',
  'RHEL[_-]7[_-]3[_-](([0-9]|[1-9][0-9])[_-])?BaseOS[_-]x86_64',
  '^8.([0-9]|[1-9][0-9])(.([0-9]|[1-9][0-9]))?$',
  '\\D+-8-4-\\d+',
  'Fedora-WS-Live-37.*',
  '[^a-z]+$',
  'a{2,3}b{2}c{1,}',
  '(?:ab|cd)+?e??',
  '[\\d.]+',
  '^$',
  '(a*)*b',
  '(|a)+c',
  'x{,3}',
  'Server (7 (?!SP[123])|(4 (?!SP[67]))).+',
  'a(?=ab)',
  '^(?!Debian).*[0-9]$',
];
const texts = [
  '',
  'Debian 11.6.0 amd64 n',
  'Debian 11.6.0 amd64 1',
  'Ubuntu-Server 22.04.3 LTS amd64',
  'CCCOMA_X64FRE_EN-US_DV9',
  'J_CCSA_X64FREE_DE',
  'RHEL-7_3-10_BaseOS-x86_64',
  '8.10',
  '8.10.2',
  'Red-8-4-12',
  'xFedora-WS-Live-37-1-7',
  'AB12',
  'aabbc',
  'aaaabbccc',
  'cdabe',
  '-x',
  ']x',
  '3.18',
  'aaaab',
  'aac',
  'x{,3}',
  'b',
  'Server 7 SP4',
  'Server 7 SP2',
  'Server 4 SP2 x',
];

describe('patternOf', () => {
  it.each(patterns)('finds with %s what RegExp finds', (pattern) => {
    const other = new RegExp(pattern);
    const own = patternOf(pattern);
    expect(texts.filter((text) => own.test(text))).toEqual(texts.filter((text) => other.test(text)));
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a|aa)+$', '(.*a){20}$', '^a*a*a*a*a*a*a*a*a*a*$', '^((a*)*)*$'])(
    'comes to an end with %s, for which RegExp would take years',
    (pattern) => {
      expect(patternOf(pattern).test(`${'a'.repeat(127)}!`)).toBe(false);
    },
  );

  it('takes a bracket that a set begins with for a character, as PCRE does', () => {
    const pattern = patternOf('[]-]x');
    expect([']x', '-x', 'ax'].filter((text) => pattern.test(text))).toEqual([']x', '-x']);
  });

  it.each([
    ['(', /not closed/],
    [')', /not opened/],
    ['[a', /not closed/],
    ['*a', /repeats nothing/],
    ['a\\', /ends with a backslash/],
    ['(?=a(?=b))', /looks ahead itself/],
    [`(?=${'a'.repeat(250)})`, /ahead for too much/],
    ['(?=a)(?=a)(?=a)(?=a)(?=a)', /ahead for too much/],
    ['(?<=a)b', /not understood/],
    ['\\bword', /not understood/],
    ['[[:alpha:]]', /not understood/],
    ['[z-a]', /empty/],
    ['a{300}', /too long/],
    ['((((a{99}){99}){99}){99}){99}', /too large/],
    ['a'.repeat(600), /longer than 512/],
  ])('refuses %s', (pattern, why) => {
    expect(() => patternOf(pattern)).toThrow(why);
    expect(() => patternOf(pattern)).toThrow(SyntaxError);
  });
});
