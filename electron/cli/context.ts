import type { Api } from '../../shared/contract/index.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';
import type { Runtime } from '../host/runtime.ts';

/** What commands print to and read from. */
export interface CliStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a command works with. The backend is opened when a command first asks for it: help and pure commands need none. */
export interface CliContext extends CliStreams {
  runtime(host?: 'cli' | 'browser'): Promise<Runtime>;
  api(): Promise<Api>;
  /** The exit status of a command that went through and yet found something wrong. */
  readonly exit: { status: 0 | 1 };
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** A failure with virsh's line about what was being done. `status` is the exit status. */
export class CliError extends Error {
  readonly data: ErrorData;
  readonly heading: string | undefined;

  constructor(data: ErrorData, heading?: string) {
    super(data.message);
    this.data = data;
    this.heading = heading;
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
  const api = await context.api();
  try {
    return await api['machines.get']({ machine: ref });
  } catch (error) {
    if (error instanceof TapestryError && error.code === 'not-found')
      throw new CliError({ code: 'not-found', message: `failed to get domain '${ref}'` });
    throw error;
  }
}

/** Prints a result: JSON with `--json`, else the plain form and, as virsh does, an empty line. */
export function print(context: CliContext, options: CommonOptions, json: unknown, plain: string): void {
  if (options.json === true) context.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else context.stdout.write(`${plain}${plain === '' || plain.endsWith('\n') ? '' : '\n'}\n`);
}
