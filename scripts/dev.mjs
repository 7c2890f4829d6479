// `npm run dev`: the window from its sources, renewed in the open page when a file of it changes, on this computer's machines; the host begins
// anew when one of its own files changes, and open windows go on with the next one. `npm run dev -- --connect test:///default`: machines in
// memory beside them; `--fake`: those alone.
import { createServer as createSocketServer } from 'node:net';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { environment, node24 } from './lib/npm-packages.mjs';
import { at, become, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

/** A TCP port of loopback that is free now. @returns {Promise<number>} */
const freePort = async () => {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

await script(async () => {
  setUp({ build: false });
  mkdirSync(at('build'), { recursive: true });
  const { createServer } = await import('vite'); // only now: it may have been installed just before
  const port = await freePort();
  const vite = await createServer({
    configFile: at('vite.config.ts'),
    logLevel: 'warn',
    server: { host: '127.0.0.1', port, strictPort: true, hmr: { host: '127.0.0.1', clientPort: port } },
  });
  await vite.listen();
  try {
    const args = process.argv.slice(2);
    // Chosen once: the windows that are open find the host again after a restart.
    const own = args.some((arg) => arg === '--port' || arg.startsWith('--port=')) ? [] : ['--port', String(await freePort())];
    const host = [at('scripts/dev/host.ts'), '--window', `http://127.0.0.1:${port}/`, ...own, ...args];
    return await become(node24(), ['--watch', '--watch-preserve-output', ...host], { env: environment() });
  } finally {
    await vite.close();
  }
});
