import { ownPaths, tapestryVersion } from '../computer/paths.ts';
import { within } from '../processes/within.ts';
import { openClient, type Client } from '../runtime/client.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { CliContext } from './context.ts';
import { connectionOf, isEmbedded } from './connect-option.ts';
import { runProgram } from './program.ts';
import { visibleLines } from './visible-text.ts';

/** How long a job may take to be done before it is spoken of, ms. */
const soon = 500;

const debug = process.env['TAPESTRY_DEBUG'] !== undefined;

/** Defects go to standard error: in full for whoever asks, else one line. */
const log = (error: unknown, where: string): void => {
  const text = error instanceof Error ? (debug ? (error.stack ?? error.message) : error.message) : String(error);
  process.stderr.write(visibleLines(`tapestry: ${where}: ${text}\n`));
};

const words = process.argv.slice(2);
let connect: string | undefined;

let opening: Promise<Runtime> | undefined;
let role: 'cli' | 'browser' | undefined;
/** A host in this process, with all that it is made of: loaded when it is needed. */
const runtime = (host: 'cli' | 'browser' = 'cli', others?: readonly string[]): Promise<Runtime> =>
  (opening ??= (async () => {
    role = host;
    const [{ hostConnections }, { openRuntime }] = await Promise.all([
      import('../runtime/host-connections.ts'),
      import('../runtime/runtime.ts'),
    ]);
    // Where no host runs, the command is one that is connected to what it asks for.
    const own = connect !== undefined && connect.includes(':') && !isEmbedded(connect) ? [connect] : [];
    return await openRuntime({ host, connections: hostConnections({ host, connect: others ?? own, log }), log });
  })());
const hosted = async () => (await runtime()).api;
let attaching: Promise<Client | undefined> | undefined;
/** Most commands find a host that runs, and only ask it. */
const asked = async () => {
  if (opening !== undefined) return await hosted();
  return (await (attaching ??= openClient(ownPaths(), hosted)))?.api ?? (await hosted());
};
const context: CliContext = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  runtime,
  api: asked,
  connection: () => connectionOf(connect, asked),
  exit: { status: 0 },
};

// `tapestry list | head -1`: the reader has what it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Nobody reads the complaints any more; the status still tells.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

/** Waits for jobs that others began in this process; Ctrl+C cancels them. */
const othersJobs = async (host: Runtime): Promise<void> => {
  const idle = host.idle();
  if (await within(idle, soon)) return;
  process.stderr.write('Others’ jobs go on in this command: it ends when they have. Ctrl+C cancels them.\n');
  const { promise: told, resolve } = Promise.withResolvers<void>();
  process.once('SIGINT', resolve);
  await Promise.race([idle, told]);
  process.off('SIGINT', resolve);
};

const version = await tapestryVersion();
const status = await runProgram({ context, version, log, connect: (uri) => (connect = uri) }, words);
try {
  const attached = await attaching?.catch(() => undefined); // nothing to close, and the command that wanted it has told why
  attached?.close();
  const opened = await opening?.catch(() => undefined); // as above
  // A browser host ends when it is told to; a command is done, and what others began in it meanwhile is theirs.
  if (opened !== undefined && role === 'cli') await othersJobs(opened);
  await opened?.close();
} catch (error) {
  log(error, 'closing');
}
// Nothing is left to do; what a library still holds (a timer, standard input) must not keep a command alive. What a pipe had no room
// for yet would be lost with the process: both streams are written out first.
for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => stream.write('', () => resolve()));
process.exit(status);
