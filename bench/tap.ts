import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Comparison } from './measure.ts';

const run = promisify(execFile);
const samples = z.object({ ours: z.array(z.number()), bare: z.array(z.number()), bridgeHelper: z.array(z.number()) });

/** An access list for QEMU's bridge helper, in an /etc of the namespace only. */
const script = `cp -a /etc/. "$0/etc" && mkdir -p "$0/etc/qemu" && echo 'allow all' > "$0/etc/qemu/bridge.conf" && mount --bind "$0/etc" /etc && exec "$@"`;

/**
 * TAP ready — made, MAC, MTU, on the bridge, up, descriptor in hand — from the call to its end, against a C program that makes the same
 * system calls and nothing else, and against QEMU's own bridge helper; each spawned by Node. In a namespace of its own.
 */
export async function measureTap(runs: number, signal: AbortSignal): Promise<Comparison> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-bench-tap-'));
  try {
    const bare = path.join(folder, 'bare-tap');
    await run('cc', ['-O2', '-o', bare, path.join(import.meta.dirname, 'bare-tap.c')]);
    await run('mkdir', [path.join(folder, 'etc')]);
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const inside = [process.execPath, '--no-warnings', path.join(import.meta.dirname, 'tap-inside.ts'), bare, String(runs)];
    // The signal ends unshare, and what runs in the namespaces ends with it.
    const words = [...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, folder, ...inside];
    const { stdout } = await run('unshare', words, { signal, killSignal: 'SIGKILL' });
    const found = samples.parse(JSON.parse(stdout));
    return {
      title: 'TAP on a bridge: call to descriptor in hand',
      unit: 'ms',
      ours: { name: 'Tapestry', samples: found.ours },
      others: [
        { name: 'bare C program', samples: found.bare },
        ...(found.bridgeHelper.length > 0 ? [{ name: 'qemu-bridge-helper', samples: found.bridgeHelper }] : []),
      ],
      targets: [{ against: 'bare C program', most: 1.5 }],
      notes: ['Each is one process spawned by Node; ours also sets the owner, the namespace check, the label and the limits.'],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
