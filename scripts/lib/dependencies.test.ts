import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { at } from './say.mjs';

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
const versions = { ...manifest['dependencies'], ...manifest['devDependencies'], ...manifest['optionalDependencies'] };
const names = Object.keys(versions);

/** What docs/dependencies.md speaks of: names in the first column; `*` stands for all of a scope or prefix. */
const documented = readFileSync(at('docs/dependencies.md'), 'utf8')
  .split('\n')
  .flatMap((line) => (line.startsWith('| `') ? [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '') : []));

const speaksOf = (entry: string, name: string): boolean => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name);

it('pins every dependency to one version', () => {
  expect(names.length).toBeGreaterThan(20);
  expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('says of every dependency why it is there, and of none that isn’t', () => {
  expect(names.filter((name) => !documented.some((entry) => speaksOf(entry, name)))).toEqual([]);
  expect(documented.filter((entry) => !names.some((name) => speaksOf(entry, name)))).toEqual([]);
});
