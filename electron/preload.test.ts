import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { createBuilder } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bridgeName, portChannel, portMessageType, type DesktopBridge } from '../shared/desktop-bridge.ts';

let folder: string;
let source: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-preload-'));
  const builder = await createBuilder({
    configFile: path.join(import.meta.dirname, '../vite.config.ts'),
    logLevel: 'silent',
    environments: { preload: { build: { outDir: folder } } },
  });
  const environment = builder.environments['preload'];
  if (environment === undefined) throw new Error('vite.config.ts builds no preload script');
  await builder.build(environment);
  source = await readFile(path.join(folder, 'preload.cjs'), 'utf8');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the built script as a sandboxed preload runs: one CommonJS file whose `require` knows Electron and little else. */
const run = () => {
  const exposed = new Map<string, unknown>();
  const required: string[] = [];
  const toMain: { channel: string; message: unknown; ports: unknown[] }[] = [];
  const toPage: { message: unknown; origin: string; ports: unknown[] }[] = [];
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, value: unknown) => exposed.set(name, value) },
    ipcRenderer: {
      postMessage: (channel: string, message: unknown, ports: unknown[]) => toMain.push({ channel, message, ports }),
    },
  };
  const window = {
    location: { origin: 'app://bundle' },
    postMessage: (message: unknown, origin: string, ports: unknown[]) => toPage.push({ message, origin, ports }),
  };
  const require = (name: string) => {
    required.push(name);
    if (name !== 'electron') throw new Error(`module not found: ${name}`);
    return electron;
  };
  class MessageChannel {
    readonly port1 = { end: 1 };
    readonly port2 = { end: 2 };
  }
  vm.runInNewContext(source, {
    require,
    module: { exports: {} },
    exports: {},
    window,
    MessageChannel,
    TypeError,
    process: { platform: 'linux' },
  });
  return { exposed, required, toMain, toPage, bridge: exposed.get(bridgeName) as DesktopBridge };
};

it('requires nothing but Electron', () => {
  expect(new Set(run().required)).toEqual(new Set(['electron']));
});

it('exposes three things and no more', () => {
  const { exposed, bridge } = run();
  expect([...exposed.keys()]).toEqual([bridgeName]);
  expect(Object.keys(bridge).sort()).toEqual(['connect', 'kind', 'platform']);
  expect(bridge).toMatchObject({ kind: 'electron', platform: 'linux' });
});

it('gives one end of a channel to main and the other to its own page', () => {
  const { bridge, toMain, toPage } = run();
  bridge.connect('first');
  expect(toMain).toEqual([{ channel: portChannel, message: null, ports: [{ end: 1 }] }]);
  expect(toPage).toEqual([{ message: { type: portMessageType, nonce: 'first' }, origin: 'app://bundle', ports: [{ end: 2 }] }]);
});

it.each([[''], ['x'.repeat(101)], [1], [null], [{}]])('refuses the nonce %j', (nonce) => {
  const { bridge, toMain } = run();
  expect(() => bridge.connect(nonce as string)).toThrow('nonce: 1 to 100 characters');
  expect(toMain).toEqual([]);
});
