// The browser host of `npm run dev`: its page is made from the sources. Started by scripts/dev.mjs, anew whenever a file of it changes.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contract } from '../../shared/contract/index.ts';
import { serve } from '../../shared/rpc/server.ts';
import type { Transport } from '../../shared/rpc/protocol.ts';
import { programRoot } from '../../electron/computer/paths.ts';
import { hostConnections } from '../../electron/runtime/host-connections.ts';
import { openRuntime } from '../../electron/runtime/runtime.ts';
import { startBrowserHost } from '../../electron/serve.ts';
import { testHandlers } from '../../electron/testing/test-host.ts';
import { windowFiles } from './window-files.ts';

const { values } = parseArgs({
  options: {
    /** TCP port of the page on 127.0.0.1. */
    port: { type: 'string' },
    /** Where Vite listens. */
    window: { type: 'string', default: '' },
    /** Machines in memory in place of this computer's. */
    fake: { type: 'boolean', default: false },
    /** Connections beside this computer's, as `tapestry serve` takes them. */
    connect: { type: 'string', multiple: true, default: [] },
  },
});
const log = (error: unknown, where: string): void => console.error(where, error);

interface Served extends AsyncDisposable {
  serve(transport: Transport): unknown;
}

const fake = async (): Promise<Served> => {
  const handlers = await testHandlers('test:///default', log);
  return { serve: (transport) => serve(contract, handlers, transport, { log }), [Symbol.asyncDispose]: () => Promise.resolve() };
};

const real = async (): Promise<Served> => {
  const runtime = await openRuntime({
    host: 'browser',
    connections: hostConnections({ host: 'browser', connect: values.connect, log }),
    log,
  });
  return {
    serve: (transport) => runtime.serve(transport),
    [Symbol.asyncDispose]: () => runtime.close(),
  };
};

const root = programRoot();
await using served = values.fake ? await fake() : await real();
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
const host = await startBrowserHost({
  serve: (transport) => served.serve(transport),
  page: windowFiles(new URL(values.window)),
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  remembered: path.join(root, 'build/dev-host.json'),
  log,
});
console.log(host.url);
await ended;
await host.close();
