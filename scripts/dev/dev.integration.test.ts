import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

const at = (file: string): string => path.join(import.meta.dirname, '../..', file);

/** `npm run dev` on machines in memory, with directories of its own. @returns the address that it prints */
const openDev = async (): Promise<URL> => {
  const home = await mkdtemp(path.join(tmpdir(), 'tapestry-dev-'));
  const directories = Object.fromEntries(
    ['CONFIG_HOME', 'DATA_HOME', 'STATE_HOME', 'CACHE_HOME', 'RUNTIME_DIR'].map((name) => [`XDG_${name}`, path.join(home, name)]),
  );
  const child = spawn(process.execPath, [at('scripts/dev.mjs'), '--fake'], {
    env: { ...process.env, ...directories },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(home, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line)?.[0];
    if (address !== undefined) return new URL(address);
  }
  throw new Error('it ended without an address');
};

test('the window comes from its sources, behind the guard of a build', async () => {
  const url = await openDev();
  const page = new URL('/', url);
  const token = url.hash.replace('#token=', '');
  expect((await fetch(new URL('/main.tsx', url))).status).toBe(401);

  const signedOn = await fetch(new URL('/session', url), { method: 'POST', body: token, headers: { origin: url.origin } });
  const cookie = signedOn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const html = await (await fetch(page, { headers: { cookie } })).text();
  expect(html).toContain('/@vite/client');
  const script = await fetch(new URL('/main.tsx', url), { headers: { cookie } });
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(script.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await script.text()).toContain('startServices');
});
