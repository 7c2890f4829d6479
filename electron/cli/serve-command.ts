import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { ownPaths, programRoot } from '../computer/paths.ts';
import { startBrowserHost } from '../serve.ts';
import { requireConnections } from '../runtime/host-connections.ts';
import type { CliContext } from './context.ts';
import { spawnProcess } from '../processes/spawn-process.ts';
import { withCallersUmask } from './umask.ts';

interface ServeOptions {
  readonly port?: number;
  readonly open?: boolean;
  readonly page?: string;
  readonly connect: readonly string[];
}

/** serve: the browser host, until SIGINT or SIGTERM. */
export function addServeCommand(program: Command, context: CliContext, log: (error: unknown, where: string) => void): void {
  program
    .command('serve')
    .description('serve the window to a browser on this computer; prints the address to open')
    .option('--port <number>', 'TCP port on 127.0.0.1; 0 takes a free one (the last one while it is free)', portNumber)
    .option('--open', 'open the default browser (the default when there is a display and a terminal)')
    .option('--no-open', 'print the address only')
    .option('--page <directory>', 'serve another build of the window')
    .option('--connect <uri>', 'connect to this too, beside this computer (test:///default); may be given more than once', also, [])
    .action(async (options: ServeOptions) => {
      const ended = untilSignal();
      const runtime = await context.runtime('browser', options.connect);
      requireConnections(options.connect, await runtime.api['connections.list']({}));
      const host = await startBrowserHost({
        serve: (transport) => runtime.serve(transport),
        page: options.page ?? path.join(programRoot(), 'dist/renderer'),
        port: options.port,
        remembered: path.join(ownPaths().state, 'browser-host.json'),
        log,
      });
      context.stdout.write(`${host.url}\n`);
      const hasDisplay = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
      const page = (options.open ?? (hasDisplay && context.stdout.isTTY)) ? await openBrowser(host.url, context) : undefined;
      await ended;
      if (page !== undefined) await rm(page, { force: true });
      await host.close();
    });
}

/** Gathers an option that may be given more than once. */
function also(uri: string, before: readonly string[]): readonly string[] {
  return [...before, uri];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

/** Resolves at the first signal to end; a second one ends the process at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

/**
 * Opens the user's browser. The address goes by a file that only the user can read: the arguments of a process can be read by
 * everybody on the computer, and the address holds the key.
 */
async function openBrowser(url: string, context: CliContext): Promise<string> {
  const page = path.join(ownPaths().runtime, `open-${process.pid}.html`);
  const quoted = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  await writeFile(
    page,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${quoted}"><a href="${quoted}">Open Tapestry</a>\n`,
    { mode: 0o600 },
  );
  const failed = () => context.stderr.write('No browser could be opened: open the address yourself.\n');
  try {
    const child = withCallersUmask(() => spawnProcess('xdg-open', [page], { stdio: 'ignore', detached: true }));
    child.once('error', failed);
    child.unref();
  } catch {
    failed(); // the window is served all the same
  }
  return page;
}
