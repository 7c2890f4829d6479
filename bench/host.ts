import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { socketTransport } from '../electron/rpc/socket-transport.ts';
import { contract, type Api } from '../shared/contract/index.ts';
import { connect } from '../shared/rpc/client.ts';
import { temporaryUser } from '../e2e/fixtures/temporary-user.ts';

/** The built host in a process of its own, and the API over its unix socket as any other host of the user would have it. */
export interface BenchHost extends AsyncDisposable {
  readonly api: Api;
  readonly pid: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts `tapestry serve` for a user who has nothing yet. */
export const openHost = async (): Promise<BenchHost> => {
  const user = await temporaryUser('bench');
  const cli = path.join(import.meta.dirname, '../dist/host/cli.js');
  const host = spawn(process.execPath, [cli, 'serve', '--port', '0', '--no-open'], {
    env: { ...user.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(host, 'exit');
  try {
    const lines = createInterface({ input: host.stdout });
    await Promise.race([
      once(lines, 'line'),
      exited.then(([code]) => Promise.reject(new Error(`tapestry serve ended with ${String(code)}`))),
    ]);
    const socket = connectSocket(path.join(user.environment['XDG_RUNTIME_DIR'] ?? '', 'tapestry/host.sock'));
    await once(socket, 'connect');
    const link = connect(contract, socketTransport(socket));
    return {
      api: link.api,
      pid: host.pid ?? 0,
      folder: user.folder,
      environment: user.environment,
      [Symbol.asyncDispose]: async () => {
        link.close();
        host.kill('SIGTERM');
        await exited;
        await user.remove();
      },
    };
  } catch (error) {
    host.kill('SIGKILL');
    await user.remove();
    throw error;
  }
};
