import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { challengeHeader, resumeMessage } from '../../shared/resume-message.ts';
import { startBrowserHost, type BrowserHost } from '../serve.ts';
import { maxRememberedRuns, rememberedRuns, rememberedRunsText } from './remembered-runs.ts';

let folder: string;
let file: string;
let hosts: BrowserHost[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tap-runs-'));
  file = path.join(folder, 'browser-host.json');
  await mkdir(path.join(folder, 'page'));
  await writeFile(path.join(folder, 'page/index.html'), 'one build');
  hosts = [];
});
afterEach(async () => {
  for (const host of hosts) await host.close();
  await rm(folder, { recursive: true, force: true });
});

const start = async (port?: number): Promise<BrowserHost> => {
  const host = await startBrowserHost({
    serve: () => undefined,
    page: path.join(folder, 'page'),
    port,
    remembered: file,
    log: () => undefined,
  });
  hosts.push(host);
  return host;
};
const remembered = async () => (await rememberedRuns(file).read()).value;
const end = async (): Promise<void> => {
  await hosts.pop()?.close();
};
const post = (host: BrowserHost, target: string, body: string, headers: Record<string, string> = {}): Promise<Response> => {
  const { origin } = new URL(host.url);
  return fetch(`${origin}${target}`, { method: 'POST', body, headers: { origin, ...headers } });
};
const tokenOf = (host: BrowserHost): string => new URL(host.url).hash.slice('#token='.length);
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
const challengeOf = async (host: BrowserHost): Promise<string> =>
  (await fetch(new URL('/session', host.url))).headers.get(challengeHeader) ?? '';
/** What a window has after it was opened: its cookie, and the key for the next run. */
const openWindow = async (host: BrowserHost): Promise<{ cookie: string; key: string }> => {
  const cookie = cookieOf(await post(host, '/session', tokenOf(host)));
  return { cookie, key: (await (await post(host, '/session/key', '', { cookie })).text()).trim() };
};
const sign = (key: string, origin: string, challenge: string): string =>
  createHmac('sha256', key).update(resumeMessage(origin, challenge)).digest('hex');
const resume = async (host: BrowserHost, key: string): Promise<Response> =>
  post(host, '/session/resume', sign(key, new URL(host.url).origin, await challengeOf(host)));

describe('the next run of the browser host', () => {
  it('takes the same port, and signs on a window that has a key of the last one; its old cookie is worth nothing', async () => {
    const first = await start();
    const { cookie, key } = await openWindow(first);
    await end();
    const second = await start();
    expect(second.port).toBe(first.port);
    expect(tokenOf(second)).not.toBe(tokenOf(first));
    expect((await fetch(new URL('/session', second.url), { headers: { cookie } })).status).toBe(401);
    const answer = await resume(second, key);
    expect(answer.status).toBe(204);
    const session = { cookie: cookieOf(answer) };
    expect((await fetch(new URL('/session', second.url), { headers: session })).status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('knows windows of the runs before the last', async () => {
    const { key } = await openWindow(await start());
    for (let run = 0; run < 3; run += 1) {
      await end();
      await start();
    }
    const [host] = hosts;
    if (host === undefined) throw new Error('no host');
    expect((await resume(host, key)).status).toBe(204);
  });

  it('takes no signature of another challenge, origin or key, and none that was used in another run', async () => {
    const { key } = await openWindow(await start());
    await end();
    const second = await start();
    const { origin } = new URL(second.url);
    const challenge = await challengeOf(second);
    const good = sign(key, origin, challenge);
    for (const wrong of [
      '',
      key,
      sign(key, origin, `${challenge}x`),
      sign(key, `http://localhost:${second.port}`, challenge),
      sign(tokenOf(second), origin, challenge),
      good.slice(1),
    ]) {
      const answer = await post(second, '/session/resume', wrong);
      expect([wrong, answer.status, answer.headers.get('set-cookie')]).toEqual([wrong, 401, null]);
    }
    expect((await post(second, '/session/resume', good, { origin: 'https://evil.example' })).status).toBe(403);
    await end();
    expect((await post(await start(), '/session/resume', good)).status).toBe(401);
  });

  it('does not know windows of another build', async () => {
    const { key } = await openWindow(await start());
    await end();
    await writeFile(path.join(folder, 'page/index.html'), 'another build');
    expect((await resume(await start(), key)).status).toBe(401);
  });

  it('takes another port where somebody has the last one, and leaves that one’s windows alone', async () => {
    const first = await start();
    const { key } = await openWindow(first);
    await end();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const second = await start();
      expect(second.port).not.toBe((squatter.address() as AddressInfo).port);
      expect((await resume(second, key)).status).toBe(401);
    } finally {
      squatter.close();
      await once(squatter, 'close');
    }
  });

  it('takes a free port when told to, and its refusal names the one asked for', async () => {
    const first = await start();
    expect((await start(0)).port).not.toBe(first.port);
    await expect(start(first.port)).rejects.toMatchObject({ code: 'io', message: `The port ${first.port} can’t be listened on.` });
  });

  it('keeps its file to its user, bounded, and goes on without a broken one', async () => {
    await start();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [run] = (await remembered()) ?? [];
    if (run === undefined) throw new Error('no run');
    const many = Array.from({ length: 20 }, () => run);
    await writeFile(file, rememberedRunsText(run, many));
    expect(await remembered()).toHaveLength(maxRememberedRuns);
    for (const broken of [
      '',
      '{',
      '[]x',
      '{"port":1}',
      JSON.stringify([{ ...run, port: 0 }]),
      JSON.stringify([{ ...run, key: 'short' }]),
    ]) {
      await writeFile(file, broken);
      expect(await remembered()).toBeUndefined();
    }
    await writeFile(file, 'somebody’s own words');
    await start();
    expect(await remembered()).toHaveLength(1);
    expect(await readFile(`${file}.broken-7`, 'utf8')).toBe('somebody’s own words');
  });

  it('opens beside a folder or a link to nothing that has its file’s name, and leaves both as they are', async () => {
    await mkdir(file);
    await (await start()).close();
    expect((await stat(file)).isDirectory()).toBe(true);
    await rm(file, { recursive: true });
    await symlink('nowhere', file);
    await start();
    expect(await readlink(file)).toBe('nowhere');
  });
});
