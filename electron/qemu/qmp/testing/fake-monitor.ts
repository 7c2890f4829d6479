import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What QEMU 7.2 greets with. */
export const sampleGreeting = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: 'Debian 1:7.2' }, capabilities: ['oob'] },
};

/** A command as the peer sees it. */
export interface SeenCommand {
  readonly execute: string;
  readonly arguments?: unknown;
  readonly id: string;
}

/** A peer on a unix socket whose every byte the test decides. */
export interface FakeMonitor extends AsyncDisposable {
  readonly path: string;
  /** All commands seen so far, of all connections. */
  readonly commands: SeenCommand[];
  /** Writes to the present client. */
  send(...messages: unknown[]): void;
  sendRaw(bytes: string | Buffer): void;
  /** Waits until a command with this name was seen (again, `count` times in all). */
  seen(name: string, count?: number): Promise<SeenCommand>;
  hangUp(): void;
  connections(): number;
}

/**
 * Starts a fake monitor.
 *
 * @param behaviour `greeting`: what to send at connect (`undefined` = nothing); `answer`: gives the reply for a command
 *   (`undefined` = none); `qmp_capabilities` is answered by itself
 */
export async function startFakeMonitor(
  behaviour: { greeting?: string | undefined; answer?: (command: SeenCommand, monitor: FakeMonitor) => unknown } = {},
): Promise<FakeMonitor> {
  const directory = await mkdtemp(join(tmpdir(), 'tap-qmp-'));
  const path = join(directory, 'monitor');
  const commands: SeenCommand[] = [];
  const waiters = new Set<() => void>();
  let client: Socket | undefined;
  let connections = 0;
  const greeting = 'greeting' in behaviour ? behaviour.greeting : `${JSON.stringify(sampleGreeting)}\r\n`;
  const server = createServer((socket) => {
    client = socket;
    connections += 1;
    let text = '';
    if (greeting !== undefined) socket.write(greeting);
    socket.on('error', () => undefined); // a client that hangs up on garbage is what some tests are about
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const command = JSON.parse(text.slice(0, end)) as SeenCommand;
        text = text.slice(end + 1);
        commands.push(command);
        const reply = command.execute === 'qmp_capabilities' ? { return: {}, id: command.id } : behaviour.answer?.(command, monitor);
        if (reply !== undefined) monitor.send(reply);
        for (const waiter of waiters) waiter();
      }
    });
  });
  const monitor: FakeMonitor = {
    path,
    commands,
    connections: () => connections,
    send: (...messages) => monitor.sendRaw(messages.map((message) => `${JSON.stringify(message)}\r\n`).join('')),
    sendRaw: (bytes) => void client?.write(bytes),
    hangUp: () => client?.destroy(),
    seen: (name, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          const found = commands.filter((command) => command.execute === name)[count - 1];
          if (found === undefined) return;
          waiters.delete(look);
          resolve(found);
        };
        waiters.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      client?.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(directory, { recursive: true, force: true });
    },
  };
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return monitor;
}
