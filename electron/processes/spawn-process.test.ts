import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { spawnProcess } from './spawn-process.ts';

it('starts a process with its streams', async () => {
  const child = spawnProcess('sh', ['-c', 'echo there'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toBe('there\n');
});

it('throws where no descriptors are left, and ends nobody', () => {
  const code = `
    import { openSync, closeSync } from 'node:fs';
    const { spawnProcess } = await import(process.argv[1]);
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    const outcomes = [];
    // Each number of free descriptors: the pipes of a spawn fail one after the other.
    for (let free = 0; free < 30; free++) {
      try {
        const child = spawnProcess('true', [], { stdio: ['pipe', 'pipe', 'pipe'] });
        child.on('error', (error) => outcomes.push(error.code));
        for (const stream of child.stdio) stream.on('error', () => {});
        await new Promise((resolve) => { child.once('close', resolve); child.once('error', resolve); });
        outcomes.push('started');
      } catch (error) { outcomes.push(error.code + ': ' + error.message); }
      closeSync(taken.pop());
    }
    console.log(JSON.stringify(outcomes));`;
  const module = new URL('./spawn-process.ts', import.meta.url).href;
  const shell = ['-c', 'ulimit -n 80; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', code, module];
  const { stdout, stderr, status } = spawnSync('sh', shell, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const outcomes = JSON.parse(stdout) as string[];
  expect(outcomes[0]).toMatch(/^limit: true can’t be started/);
  expect(outcomes.at(-1)).toBe('started');
});
