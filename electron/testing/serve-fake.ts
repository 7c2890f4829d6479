// The browser host over a connection in memory, for work on the window and for its tests:
//   npx node electron/testing/serve-fake.ts [--port N] [--empty] [--page dist/renderer]
import { parseArgs } from 'node:util';
import { contract } from '../../shared/contract/index.ts';
import { serve } from '../../shared/rpc/server.ts';
import { startBrowserHost } from '../serve.ts';
import { testHandlers } from './test-host.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    empty: { type: 'boolean', default: false },
    page: { type: 'string', default: 'dist/renderer' },
  },
});
const log = (error: unknown, where: string): void => console.error(where, error);
const handlers = await testHandlers(values.empty ? 'test:///empty' : 'test:///default', log);
const host = await startBrowserHost({
  serve: (transport) => serve(contract, handlers, transport, { log }),
  page: values.page,
  port: Number(values.port),
  log,
});
console.log(host.url);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void host.close().then(() => process.exit(0)));
