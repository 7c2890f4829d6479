import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** QEMU as a person would start it: spawned, its monitor connected, told to go. Nothing of ours is in between. */
export interface BareQemu<T> extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Runs a command of the monitor; one at a time. Returns its answer. */
  execute(command: string): Promise<unknown>;
  /** What was made between the monitor's handshake and `cont`. */
  readonly extra: T;
}

const running = new Set<ChildProcess>();

/** Ends those that run: the bench was interrupted. */
export function killBareQemus(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Spawns QEMU stopped (`-S`), connects to its monitor and lets it go.
 * @param monitor path of the unix socket that the arguments make it listen on
 * @param before done while the guest is still stopped (connecting to its ports); may ask the monitor
 */
export async function startBareQemu<T = undefined>(
  emulator: string,
  argv: readonly string[],
  monitor: string,
  before?: (execute: BareQemu<T>['execute']) => Promise<T>,
): Promise<BareQemu<T | undefined>> {
  const process = spawn(emulator, [...argv], { stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(process);
  process.once('exit', () => running.delete(process));
  const exited = once(process, 'exit');
  const socket = await connected(monitor, process);
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const execute = async (command: string): Promise<unknown> => {
    socket.write(`${JSON.stringify({ execute: command })}\n`);
    for (;;) {
      const line = await replies.next();
      if (line.done === true) throw new Error('QEMU closed its monitor');
      const reply: unknown = JSON.parse(line.value);
      if (typeof reply === 'object' && reply !== null && 'return' in reply) return reply.return;
      if (typeof reply === 'object' && reply !== null && 'error' in reply) throw new Error(line.value);
    }
  };
  await replies.next(); // the greeting
  await execute('qmp_capabilities');
  const extra = await before?.(execute);
  await execute('cont');
  return {
    process,
    execute,
    extra,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      process.kill('SIGKILL');
      await exited;
    },
  };
}

/** Connects as soon as the socket is there. There is no event for a file that another process makes: looked for every ms. */
const connected = async (file: string, process: ChildProcess): Promise<Socket> => {
  for (;;) {
    if (process.exitCode !== null) throw new Error(`QEMU ended with ${process.exitCode}`);
    try {
      await access(file);
      const socket = connect(file);
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && ['ENOENT', 'ECONNREFUSED'].includes(String(error.code)))) throw error;
      await pause(1);
    }
  }
};
