import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageHeaders } from '../browser-host/page-headers.ts';
import { servePage } from './protocol.ts';

const contentSecurityPolicy = pageHeaders("'none'")['content-security-policy'] ?? '';

let folder: string;
let serve: ReturnType<typeof servePage>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-page-'));
  const page = path.join(folder, 'page');
  await mkdir(path.join(page, 'assets'), { recursive: true });
  await mkdir(path.join(folder, 'page-of-another'));
  await writeFile(path.join(page, 'index.html'), '<!doctype html>');
  await writeFile(path.join(page, 'assets/a b.js'), 'export {};');
  await writeFile(path.join(page, 'assets/core.bin'), Uint8Array.of(0, 255));
  await writeFile(path.join(folder, 'secret'), 'secret');
  await writeFile(path.join(folder, 'page-of-another/secret'), 'secret');
  serve = servePage(page);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const get = (url: string, init?: RequestInit) => serve(new Request(url, init));

it.each([
  ['app://bundle/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://bundle/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://bundle/index.html?x=1#top', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://bundle/assets/a%20b.js', 'text/javascript; charset=utf-8', 'export {};'],
])('serves %s as %s', async (url, type, text) => {
  const response = await get(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect(await response.text()).toBe(text);
});

it('serves a file of an unknown kind as bytes', async () => {
  const response = await get('app://bundle/assets/core.bin');
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
});

it.each(['app://bundle/index.html', 'app://bundle/missing'])('sends the policy with %s', async (url) => {
  const { headers } = await get(url);
  expect(headers.get('content-security-policy')).toBe(contentSecurityPolicy);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
});

it('allows scripts of the build only, and no network', () => {
  const policy = new Map(contentSecurityPolicy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
  expect(policy.get('default-src')).toBe("'none'");
  expect(policy.get('script-src')).toBe("'self'");
  expect(policy.get('connect-src')).toBe("'none'");
  expect(policy.get('frame-ancestors')).toBe("'none'");
  expect(policy.get('base-uri')).toBe("'none'");
});

it.each([
  'app://bundle/../secret',
  'app://bundle/%2e%2e/secret',
  'app://bundle/..%2fsecret',
  'app://bundle/assets/..%2f..%2fsecret',
  'app://bundle/..%2fpage-of-another%2fsecret',
  'app://bundle/%2fetc/passwd',
  'app://bundle/assets',
  'app://bundle/index.html/more',
  'app://bundle/%00',
  'app://bundle/%E0%A4%A',
  'app://elsewhere/index.html',
  'https://bundle/index.html',
])('does not serve %s', async (url) => {
  const response = await get(url);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('not found');
});

it.each(['POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
  expect((await get('app://bundle/index.html', { method })).status).toBe(405);
});
