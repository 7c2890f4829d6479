import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { contract } from '../../shared/contract/index.ts';
import { root } from './say.mjs';

const text = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');

/** All that stands in backticks, with its line; blocks of code and drawings aside. */
const named = text
  .replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''))
  .split('\n')
  .flatMap((line, index) => [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, line: index + 1 })));

const isPath = (name: string): boolean => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(name) && /\/|\.(tsx?|mjs|md|c)$/.test(name);

/** The text of a file, or of all files of a folder. */
const textOf = (name: string): string => {
  const at = path.join(root, name);
  const files = statSync(at).isDirectory() ? globSync('**/*.{ts,tsx,c,h,mjs}', { cwd: at }).map((file) => path.join(at, file)) : [at];
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
};

test('every file and folder that the architecture names is there', () => {
  const paths = named.filter(({ name }) => isPath(name));
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter(({ name }) => !existsSync(path.join(root, name)))).toEqual([]);
});

test('every function, type and method that it names is in the file that it names before', () => {
  const missing: { name: string; line: number; file: string }[] = [];
  let file = '';
  let checked = 0;
  for (const { name, line } of named) {
    if (isPath(name)) {
      file = name;
      continue;
    }
    const symbol = /^([A-Za-z_]\w*)(\(\))?$/.exec(name)?.[1];
    if (symbol === undefined || file === '') continue;
    checked += 1;
    if (!new RegExp(`\\b${symbol}\\b`).test(textOf(file))) missing.push({ name, line, file });
  }
  expect(checked).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test('every method of the API that it names is in the contract', () => {
  const methods = named
    .map(({ name }) => name)
    .filter((name) => /^(machines|consoles|screens|networks|storage|host|computer|jobs|connections|os)\.[a-zA-Z.]+$/.test(name));
  expect(methods.length).toBeGreaterThan(5);
  expect(methods.filter((name) => !(name in contract))).toEqual([]);
});
