import type { Api } from '../../shared/contract/index.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

/** What commands print to and read from. */
export interface CliStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a command works with. The backend is opened when a command first asks for it: help and pure commands need none. */
export interface CliContext extends CliStreams {
  runtime(host?: 'cli' | 'browser', connect?: readonly string[]): Promise<Runtime>;
  api(): Promise<Api>;
  /** Id of the connection that the command is about (`--connect`). @throws CliError where there is none such */
  connection(): Promise<string>;
  /** The exit status of a command that went through and yet found something wrong. */
  readonly exit: { status: 0 | 1 };
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** A failure with virsh's line about what was being done, before the reason or, for some commands, behind it. */
export class CliError extends Error {
  readonly data: ErrorData;
  readonly heading: string | undefined;
  readonly trailer: string | undefined;

  constructor(data: ErrorData, heading?: string, trailer?: string) {
    super(data.message);
    this.data = data;
    this.heading = heading;
    this.trailer = trailer;
  }
}

/** Runs a step; a failure gets the heading that virsh prints for it. */
export async function during<T>(heading: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof TapestryError) throw new CliError(error.data, heading);
    throw error;
  }
}

/** The machine that a name, UUID or id means. Unknown: virsh's one line. */
export async function machineOf(context: CliContext, ref: string): Promise<MachineSummary> {
  if (ref === '') throw new CliError({ code: 'invalid', message: "Failed to get option 'domain': Option argument is empty" });
  const api = await context.api();
  try {
    return await api['machines.get']({ machine: { connection: await context.connection(), called: ref } });
  } catch (error) {
    if (error instanceof TapestryError && error.code === 'not-found')
      throw new CliError({ code: 'not-found', message: `failed to get domain '${ref}'` });
    throw error;
  }
}

/** virsh's words for what needs a running machine. */
export const notRunning: ErrorData = { code: 'wrong-state', message: 'Requested operation is not valid: domain is not running' };

/** Options that exclude each other, for `Option.conflicts`' cousins that have values. @throws CliError */
export function exclusive(...pair: readonly (readonly [flag: string, given: unknown])[]): void {
  const given = pair.filter(([, value]) => value !== undefined && value !== false).map(([flag]) => flag);
  if (given.length > 1) throw new CliError({ code: 'invalid', message: `Options ${given[0]} and ${given[1]} are mutually exclusive` });
}

/** Prints text that virsh ends with a line break of its own: no empty line follows it. */
export function printBare(context: CliContext, options: CommonOptions, json: unknown, plain: string): void {
  if (options.json === true) print(context, options, json, plain);
  else context.stdout.write(`${visibleLines(plain)}\n`);
}

/** Prints a result: JSON with `--json`, else the plain form and, as virsh does, an empty line. */
export function print(context: CliContext, options: CommonOptions, json: unknown, plain: string): void {
  if (options.json === true) context.stdout.write(`${visibleJson(json, 2)}\n`);
  else context.stdout.write(`${visibleLines(plain)}${plain === '' || plain.endsWith('\n') ? '' : '\n'}\n`);
}

/**
 * {@link print} for a text that another program reads back (XML, a command line): into a file or a pipe it goes as it is. Only a terminal
 * gets what it would obey escaped.
 * @param end what follows the text; by default what {@link print} adds
 */
export function printExact(
  context: CliContext,
  options: CommonOptions,
  json: unknown,
  text: string,
  end = text.endsWith('\n') ? '\n' : '\n\n',
): void {
  if (options.json === true) return print(context, options, json, text);
  context.stdout.write(context.stdout.isTTY ? visibleLines(text + end) : text + end);
}
