import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCase, NamespaceCases } from './namespace.ts';
import { bare, helperFile, interfaces, ipLink, scratch, until, withTuns } from './tools.ts';

const bridges = ['br0', 'br1'].flatMap((name) => [
  ['ip', 'link', 'add', name, 'type', 'bridge'],
  ['ip', 'link', 'set', name, 'up'],
]);

/** Every system call of a run, as "the nth call of this name", to be killed at. */
const stepsOf = (args: readonly string[], fds: readonly number[]): readonly (readonly [call: string, nth: number])[] => {
  const trace = path.join(scratch(), 'trace');
  const { status, text } = bare(args, fds, ['strace', '-qq', '-o', trace]);
  assert.equal(status, 0, text);
  const counts = new Map<string, number>();
  return readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const call = /^([a-z_0-9]+)\(/.exec(line)?.[1];
      if (call === undefined || call === 'exit_group') return [];
      const nth = (counts.get(call) ?? 0) + 1;
      counts.set(call, nth);
      // strace itself begins with the first execve.
      return call === 'execve' ? [] : [[call, nth] as const];
    });
};

/** What the dynamic loader does before `main` is the same everywhere; the helper's own steps begin with its prctl. */
const own = (steps: readonly (readonly [string, number])[]) => steps.slice(steps.findIndex(([call]) => call === 'prctl'));

const killed = (args: readonly string[], fds: readonly number[], call: string, nth: number) =>
  bare(args, fds, ['strace', '-qq', '-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${nth}`]);

const failing = (args: readonly string[], fds: readonly number[], call: string, nth: number) =>
  bare(args, fds, ['strace', '-qq', '-o', '/dev/null', '-e', `inject=${call}:error=ENOMEM:when=${nth}`]);

const tapCase = (queues: number, args: readonly string[]): NamespaceCase => ({
  as: ['root'],
  needs: ['strace'],
  prepare: bridges,
  run: async () => {
    const fd = `fd=${Array.from({ length: queues }, (_entry, queue) => 3 + queue).join(',')}`;
    const steps = await withTuns(queues, (fds) => own(stepsOf([...args, fd], fds)));
    assert.ok(steps.length > 20);
    for (const [call, nth] of steps) {
      await withTuns(queues, (fds) => killed([...args, fd], fds, call, nth));
      assert.deepEqual(await interfaces(), ['br0', 'br1', 'lo'], `killed at ${call} ${nth}`);
    }
    // An error at any step: success is told only when all was done, and nothing stays when the descriptors close.
    for (const [call, nth] of steps) {
      await withTuns(queues, async (fds) => {
        const { status, signal, text } = failing([...args, fd], fds, call, nth);
        assert.equal(status === 0, text.startsWith('{"ok":true'), `${call} ${nth}: ${status} ${signal} ${text}`);
      });
      assert.deepEqual(await interfaces(), ['br0', 'br1', 'lo'], `error at ${call} ${nth}`);
    }
  },
});

export const cases: NamespaceCases = {
  'the application is killed at every step of a start': {
    needs: ['qemu-system-x86_64'],
    prepare: bridges,
    run: async () => {
      const folder = scratch();
      // A helper that begins when the application is gone.
      const late = path.join(folder, 'late-helper');
      const wait = 'while kill -0 "$PPID" 2>/dev/null; do sleep 0.02; done';
      const script = ['#!/bin/sh', `touch "${folder}/started"`, wait, `"${helperFile}" "$@"`, `touch "${folder}/done"`, ''].join('\n');
      writeFileSync(late, script, { mode: 0o755 });
      const app = (step: string, program: string) =>
        spawnSync(process.execPath, ['--no-warnings', path.join(import.meta.dirname, 'dying-app.ts'), step, folder, program], {
          stdio: ['ignore', 'inherit', 'inherit'],
        });

      assert.equal(app('helper runs', late).signal, 'SIGKILL');
      await until(() => existsSync(path.join(folder, 'done')), 'the helper has ended');
      assert.deepEqual(await interfaces(), ['br0', 'br1', 'lo'], 'the helper worked for nobody');

      assert.equal(app('acquired', helperFile).signal, 'SIGKILL');
      await until(async () => (await interfaces()).length === 3, 'the descriptors went with the application');

      for (const step of ['spawned', 'handed over']) {
        assert.equal(app(step, helperFile).signal, 'SIGKILL');
        assert.equal((await ipLink('app0'))['master'], 'br0', 'QEMU runs on with its TAP');
        process.kill(Number(readFileSync(path.join(folder, `${step}.pid`), 'utf8')), 'SIGKILL');
        await until(async () => (await interfaces()).length === 3, 'and the TAP goes with QEMU');
      }
    },
  },
  'tap with one queue': tapCase(1, ['tap', 'name=x0', 'bridge=br0', 'mac=52:54:00:00:00:01', 'isolated=1']),
  'tap with two queues': tapCase(2, ['tap', 'auto=vt', 'bridge=br0', 'mac=52:54:00:00:00:01']),
  'bridge-add: killed anywhere, a second run completes or finds it': {
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const steps = own(stepsOf(['bridge-add', 'name=b0'], []));
      assert.equal(bare(['bridge-del', 'name=b0']).status, 0);
      for (const [call, nth] of steps) {
        killed(['bridge-add', 'name=b0'], [], call, nth);
        const again = bare(['bridge-add', 'name=b0']);
        assert.ok(again.status === 0 || again.reply['error'] === 'name-in-use', again.text);
        assert.match(String((await ipLink('b0'))['ifalias']), /^tapestry uid=0 at=\d{13}$/, `killed at ${call} ${nth}`);
        assert.equal(bare(['bridge-del', 'name=b0']).status, 0);
      }
    },
  },
  'move: killed anywhere, the TAP is up on the one bridge or the other': {
    as: ['root'],
    needs: ['strace'],
    prepare: bridges,
    run: () =>
      withTuns(1, async (fds) => {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds).status, 0);
        const steps = own(stepsOf(['move', 'name=x0', 'bridge=br1'], []));
        for (const [place, [call, nth]] of steps.entries()) {
          killed(['move', 'name=x0', `bridge=br${place % 2}`], [], call, nth);
          const link = await ipLink('x0');
          assert.match(String(link['master']), /^br[01]$/, `killed at ${call} ${nth}`);
          assert.ok((link['flags'] as string[]).includes('UP'));
        }
      }),
  },
};
