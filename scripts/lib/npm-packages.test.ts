import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ensureNpmPackages, environment, node24 } from './npm-packages.mjs';

/** What a program says when it is asked for its version. */
const version = (program: string, env: NodeJS.ProcessEnv = process.env): string =>
  spawnSync(program, ['--version'], { env, encoding: 'utf8' }).stdout.trim();

describe('Node 24', () => {
  it('is there by its path', () => {
    expect(version(node24())).toMatch(/^v(2[4-9]|[3-9]\d)\./);
  });

  it('is what `node` means to npm and to the programs that are started', () => {
    ensureNpmPackages();
    expect(version('node', { PATH: environment()['PATH'] })).toBe(version(node24()));
  });
});
