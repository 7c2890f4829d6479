import { Option, type Command } from 'commander';
import type { Api } from '../../shared/contract/index.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { TapestryError } from '../../shared/errors.ts';
import { TerminalQueries } from '../../shared/terminal-queries.ts';
import { CliError, machineOf, type CliContext } from './context.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { makeRaw } from './raw-terminal.ts';
import { visible } from './visible-text.ts';

/** Ctrl+], as virsh and telnet. */
const escapeByte = 0x1d;

/**
 * Gives a terminal back as a shell wants it, whatever the guest wished of it: the usual screen, no mouse, focus or paste reports, usual
 * cursor keys and colours, a cursor that is seen.
 */
const modesOff =
  [47, 1000, 1002, 1003, 1004, 1006, 2004, 1].map((mode) => `\u001b[?${String(mode)}l`).join('') +
  '\u001b>\u001b7\u001b[r\u001b8\u001b[m\u001b[?25h';

interface ConsoleOptions {
  readonly devname?: string;
  readonly from?: 'start' | 'end';
  readonly readonly?: boolean;
  readonly follow?: boolean;
}

/** console: a serial port of a machine on this terminal, until Ctrl+] or the end of standard input. */
export function addConsoleCommand(program: Command, context: CliContext): void {
  program
    .command('console <domain>')
    .description('connect to the guest console (leave with Ctrl+])')
    .option('--devname <alias>', 'serial port to open', 'serial0')
    .addOption(
      new Option('--from <place>', 'begin with all that was recorded since power-on, or with what comes now')
        .choices(['start', 'end'])
        .default('start'),
    )
    .option('--readonly', 'look, but don’t type')
    .option('--follow', 'stay after the end of standard input')
    .option('--force', 'accepted for virsh’s sake: several viewers are no conflict here')
    .option('--safe', 'accepted for virsh’s sake')
    .action(async (ref: string, options: ConsoleOptions) => {
      const machine = await machineOf(context, ref);
      if (machine.id === null) throw new CliError({ code: 'wrong-state', message: 'The domain is not running' });
      await runConsole(context, machine, options);
    });
}

/** The console of a running machine on this terminal: its first serial port from power-on, where nothing else is asked for. */
export async function runConsole(context: CliContext, machine: MachineSummary, options: ConsoleOptions = {}): Promise<void> {
  const connected = (): void =>
    void context.stderr.write(`Connected to domain '${visible(machine.name)}'\nEscape character is ^] (Ctrl + ])\n`);
  // A console wants a host of this process: it goes on at the next owner from the byte where the last one ended.
  await joinConsole(context, (await context.runtime()).api, refOf(machine), options, connected);
}

/**
 * Joins the port and the terminal. The terminal is raw meanwhile, and is given back whatever happens. When the host that
 * serves the port goes away, the port is opened again at the next one from the very byte where the first one ended.
 * At the end of standard input what was typed is delivered and what is recorded by then is shown.
 * @param connected called when the port was found, before anything of it is shown
 */
async function joinConsole(
  context: CliContext,
  api: Api,
  machine: MachineRef,
  options: ConsoleOptions,
  connected: () => void,
): Promise<void> {
  const { stdin, stdout } = context;
  const port = { machine, alias: options.devname ?? 'serial0' };
  let position = await placeOf(api, port, options.from ?? 'start');
  connected();
  // A terminal on both sides may be asked by the guest. One that only shows must not: its answer would be typed into the shell after us.
  const viewer = stdout.isTTY && stdin.isTTY ? 'terminal' : 'program';
  const queries = stdout.isTTY && viewer === 'program' ? new TerminalQueries() : undefined;
  let until = Infinity;
  let left = false;
  const opened = Promise.withResolvers<void>();
  let channel: ByteChannel | undefined;
  const leave = (): void => {
    left = true;
    opened.resolve();
    channel?.close();
  };

  const type = async (): Promise<void> => {
    for await (const data of stdin as AsyncIterable<Buffer>) {
      const end = data.indexOf(escapeByte);
      const keys = end < 0 ? data : data.subarray(0, end);
      await opened.promise;
      if (keys.byteLength > 0 && options.readonly !== true) await channel?.write(keys).catch(closedOnly);
      if (end >= 0) return leave();
    }
    if (options.follow === true) return;
    await opened.promise;
    until = await placeOf(api, port, 'end');
    if (position >= until) leave();
  };
  let failed: { error: unknown } | undefined;
  const giveBack = await takeTerminal(stdin, stdout);
  // What ends us by a signal gives the terminal back as leaving does; the status says that it was a signal.
  const onSignal = (signal: NodeJS.Signals): void => {
    failed = { error: new CliError({ code: 'cancelled', message: `The console was left because of ${signal}.` }) };
    leave();
  };
  for (const signal of endingSignals) process.on(signal, onSignal);
  const typing = type().catch((error: unknown) => {
    // What ends the loop from below is the end of standard input after leaving.
    if (!left) failed = { error };
    leave();
  });
  try {
    while (!left) {
      channel = api['consoles.open']({ ...port, from: position, readOnly: options.readonly === true, viewer });
      opened.resolve();
      try {
        for await (const chunk of channel.incoming) {
          await write(stdout, queries?.pass(chunk, true) ?? chunk);
          position += chunk.byteLength;
          if (position >= until) leave();
        }
        await channel.closed;
        left = true;
      } catch (error) {
        if (!left) closedOnly(error);
      }
    }
  } finally {
    left = true;
    for (const signal of endingSignals) process.off(signal, onSignal);
    await giveBack();
    stdin.destroy();
    await typing;
  }
  if (failed !== undefined) throw failed.error;
}

/** Signals that end a process and that it can answer (signal(7)); the terminal's own Ctrl+C goes to the guest. */
const endingSignals = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/**
 * Makes the terminal raw, both ways, as virsh does: the guest gets the keys as they are typed, and its bytes are shown unaltered.
 * @returns gives it back as it was
 */
async function takeTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Promise<() => Promise<void>> {
  const farewell = stdout.isTTY ? modesOff : '';
  if (!stdin.isTTY) return async () => await write(stdout, Buffer.from(farewell));
  const giveBack = await makeRaw(0, farewell);
  if (giveBack !== undefined)
    return async () => {
      await giveBack();
      stdout.write('\n');
    };
  // Without stty: as raw as Node can.
  stdin.setRawMode(true);
  return async () => {
    stdin.setRawMode(false);
    await write(stdout, Buffer.from(`${farewell}\r\n`));
  };
}

/** The offset of the first byte to show: the recording's oldest, or its end. */
async function placeOf(api: Api, port: { machine: MachineRef; alias: string }, from: 'start' | 'end'): Promise<number> {
  for await (const state of api['consoles.watch'](port)) return from === 'start' ? state.start : state.end;
  throw new TapestryError('closed', 'The console’s state could not be read.');
}

function closedOnly(error: unknown): void {
  if (!(error instanceof TapestryError && error.code === 'closed')) throw error;
}

/** Writes and waits until the terminal (or the pipe) took it: so a slow reader holds the guest’s output back, not our memory. */
function write(stream: NodeJS.WriteStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
