import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { contract } from '../shared/contract/index.ts';
import { portChannel } from '../shared/desktop-bridge.ts';
import { connect } from '../shared/rpc/client.ts';
import { portTransport } from '../shared/rpc/port-transport.ts';
import { seeds } from './connections/test/seeds.ts';
import { testHost } from './testing/test-host.ts';
import { app, pageSends, reset, state } from './testing/electron-double.ts';

vi.mock('./runtime/host-connections.ts', () => ({ hostConnections: () => testHost() }));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tm-'));
  reset();
  state.userData = folder;
  for (const name of ['CONFIG', 'DATA', 'STATE', 'CACHE']) vi.stubEnv(`XDG_${name}_HOME`, path.join(folder, name));
  vi.stubEnv('XDG_RUNTIME_DIR', path.join(folder, 'run'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

it('boots, serves the API to its page, and ends', async () => {
  // The shell asks once, at the start, whether it runs as root; the backend's own questions get the truth.
  vi.spyOn(process, 'getuid').mockReturnValueOnce(1000);
  await import('./main.ts');
  await vi.waitFor(() => expect(state.windows).toHaveLength(1), { timeout: 20_000 });
  const { page } = pageSends(portChannel, { parent: null, origin: 'app://bundle', url: 'app://bundle/index.html' });
  const [port] = page;
  if (port === undefined) throw new Error('no port');
  const link = connect(contract, portTransport(port));
  expect(await link.api['machines.list']({ connection: 'test' })).toEqual(
    seeds.map(({ definition: { name } }) => expect.objectContaining({ name }) as unknown),
  );
  link.close();
  app.emit('window-all-closed');
  await vi.waitFor(() => expect(state.log.at(-1)).toBe('quit'), { timeout: 20_000 });
});
