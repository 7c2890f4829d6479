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
  /** Address of the window, with its token. */
  readonly url: string;
  readonly folder: string;
  /** Where machines have their sockets and records while they run: `<runtime>/<uuid>`. */
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts `tapestry serve` for a user who has nothing yet.
 * @param inside words before the command, for a host in a namespace; they must end as the command's own process
 * @param prepare what the user has already, given the folder of everything of the user's
 */
export async function openHost(
  inside: readonly string[] = [],
  prepare: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<BenchHost> {
  const user = await temporaryUser('bench');
  await prepare(user.folder);
  const { environment } = user;
  const remove = () => user.remove();
  const cli = path.join(import.meta.dirname, '../dist/host/cli.js');
  // env runs the command as its own process, with or without words before it.
  const host = spawn('env', [...inside, process.execPath, cli, 'serve', '--port', '0', '--no-open'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(host, 'exit');
  try {
    const lines = createInterface({ input: host.stdout });
    const [url] = (await Promise.race([
      once(lines, 'line'),
      exited.then(([code]) => Promise.reject(new Error(`tapestry serve ended with ${String(code)}`))),
    ])) as [string];
    const runtime = path.join(user.folder, 'state/tapestry/run');
    const socket = connectSocket(path.join(user.folder, 'run/tapestry/host.sock'));
    await once(socket, 'connect');
    const link = connect(contract, socketTransport(socket));
    return {
      api: link.api,
      pid: host.pid ?? 0,
      url,
      folder: user.folder,
      runtime,
      environment,
      [Symbol.asyncDispose]: async () => {
        link.close();
        host.kill('SIGTERM');
        await exited;
        await remove();
      },
    };
  } catch (error) {
    host.kill('SIGKILL');
    await remove();
    throw error;
  }
}
