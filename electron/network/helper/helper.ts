import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { TapestryError } from '../../../shared/errors.ts';
import { fromHelper, now } from './clock.ts';
import { findHelperProgram } from './helper-program.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';
import type { HelperSubject } from './helper-failure.ts';
import { helperError, helperReply, protocolVersion, type HelperSuccess } from './helper-reply.ts';

/** Longer than the helper gives itself (10 s): then it is stopped or stuck, and is killed. */
const deadline = 12_000;

/** A reply is one line of at most 512 bytes; `uplink-add` sends two. */
const maximumReply = 2048;

/** Values of a request, by key; absent values are left out. */
export type HelperValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** What goes with a request besides its values. */
export interface HelperOptions {
  /** Descriptors (or sockets) that the helper inherits; it is told their numbers as `fd=`. */
  readonly fds?: readonly (number | Socket)[];
  /** QEMU's monitor: the helper sends `getfd` with the descriptors on it. The caller reads the answers. */
  readonly qmp?: Socket;
  /** For error sentences. */
  readonly about?: Omit<HelperSubject, 'program'>;
}

/** A helper's answer, and which process gave it. */
export interface HelperAnswer extends Omit<HelperSuccess, 'at' | 'steps'> {
  readonly pid: number;
  /** By the helper's clock, ms since the epoch with fraction. */
  readonly at: number;
  /** When each step was done, by its name (`created`, `owner`, `configured`, `up`), by the same clock. */
  readonly steps: Readonly<Record<string, number>>;
}

/** An uplink that waits for its confirmation. */
export interface PendingUplink {
  readonly pid: number;
  /** Keeps the uplink. Rejects when it was rolled back meanwhile. */
  confirm(): Promise<void>;
  /** Takes the uplink back at once. */
  cancel(): Promise<void>;
  /** Settles when the helper has ended: true when the uplink stays. */
  readonly ended: Promise<boolean>;
}

const parse = (line: string) => {
  try {
    return helperReply.safeParse(JSON.parse(line));
  } catch (cause) {
    return { success: false as const, error: cause };
  }
};

const died = (child: string, detail: string): TapestryError =>
  new TapestryError('helper-failed', 'The network helper ended without an answer; whatever it had begun goes away with the descriptors.', {
    next: 'Try again; if it happens again, run tapestry doctor.',
    detail: `${child}: ${detail}`,
  });

const argument = (value: string | number | boolean): string => (typeof value === 'boolean' ? (value ? '1' : '0') : String(value));

/** The client of the privileged helper: one process per act; nothing here has a privilege. */
export class NetworkHelper {
  readonly #locate: () => Promise<string>;
  #program: Promise<string> | undefined;

  readonly #deadline: number;

  /**
   * @param program path of the helper; without it, it is looked for at the first act
   * @param patience how long an act may take, ms
   */
  constructor(program?: string, patience = deadline) {
    this.#deadline = patience;
    this.#locate = program === undefined ? () => findHelperProgram() : () => Promise.resolve(program);
  }

  /** Path of the helper. @throws TapestryError helper-missing */
  program(): Promise<string> {
    this.#program ??= this.#locate().catch((error: unknown) => {
      this.#program = undefined; // it may be built meanwhile
      throw error;
    });
    return this.#program;
  }

  /**
   * Is the helper there and able to do its work?
   * @throws TapestryError helper-missing, helper-unprivileged, helper-denied (its access list is wrong), helper-failed
   */
  async check(): Promise<{ readonly program: string; readonly tun: boolean; readonly taps: boolean }> {
    const answer = await this.run('check', {});
    const program = await this.program();
    if (answer.proto !== protocolVersion) {
      throw new TapestryError('helper-failed', `The network helper ${program} is of another version of Tapestry.`, {
        next: 'Install both from the same package, or run npm run setup.',
      });
    }
    if (answer.privilege !== true)
      throw helperError({ ok: false, error: 'no-privilege', what: 'check', errno: 1, errname: 'EPERM' }, { program });
    return { program, tun: answer.tun === true, taps: answer.taps !== false };
  }

  /**
   * One act. Whatever isn't a valid success line with exit status 0 is a failure; the caller then closes its descriptors, which removes
   * a TAP that may have been begun.
   * @throws TapestryError see helper-reply.ts
   */
  async run(verb: string, values: HelperValues, options: HelperOptions = {}): Promise<HelperAnswer> {
    const program = await this.program();
    const { child, lines, exited } = this.#spawn(program, verb, values, options);
    // A socket that is given to a child stops reading here: without this, QEMU's answers would never arrive.
    options.qmp?.resume();
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // A second process of the helper may hold it open, and be stopped.
      child.stdout?.destroy();
    }, this.#deadline);
    try {
      const [text, end] = await Promise.all([lines.all, exited]);
      return this.#understand(program, text, end, child, options);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Lends a host interface to a bridge for `within` seconds; unless confirmed by then, or when this process ends, the helper takes
   * everything back by itself.
   * @param made the bridge was made for it, and goes with it when nothing else is on it
   */
  async addUplink(bridge: string, lower: string, within: number, made = false): Promise<PendingUplink> {
    const program = await this.program();
    const about = { bridge, lower };
    const child = spawnProcess(
      program,
      ['uplink-add', `bridge=${bridge}`, `lower=${lower}`, `within=${within}`, 'confirm=3', ...(made ? ['made=1'] : [])],
      {
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
        env: {},
      },
    );
    const { lines, exited } = watch(child);
    const pipe = child.stdio[3] as Socket;
    pipe.on('error', () => undefined); // a helper that has ended: `ended` tells
    const ended = Promise.all([lines.all, exited]).then(([text, end]) => {
      pipe.destroy();
      return end === 'code 0' && text.includes('"confirmed":true');
    });
    const first = await lines.first;
    const parsed = first === undefined ? undefined : parse(first);
    if (parsed?.success !== true || !parsed.data.ok || child.pid === undefined) {
      await ended;
      if (parsed?.success === true && !parsed.data.ok) throw helperError(parsed.data, { program, ...about });
      throw died(program, first ?? (await exited));
    }
    return {
      pid: child.pid,
      confirm: async () => {
        pipe.write('y');
        if (!(await ended)) {
          throw helperError({ ok: false, error: 'rolled-back', what: 'confirm', errno: 0, errname: '' }, { program, ...about });
        }
      },
      cancel: async () => {
        pipe.end();
        await ended;
      },
      ended,
    };
  }

  #spawn(program: string, verb: string, values: HelperValues, { fds = [], qmp }: HelperOptions) {
    const given = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${argument(value)}`]));
    if (fds.length > 0) given.push(`fd=${fds.map((_fd, place) => 3 + place).join(',')}`);
    if (qmp !== undefined) given.push(`qmp=${3 + fds.length}`);
    const child = spawnProcess(program, [verb, ...given], {
      stdio: ['ignore', 'pipe', 'ignore', ...fds, ...(qmp === undefined ? [] : [qmp])],
      env: {},
    });
    return { child, ...watch(child) };
  }

  #understand(program: string, text: string, end: string, child: ChildProcess, options: HelperOptions): HelperAnswer {
    const parsed = parse(text.trimEnd());
    if (!parsed.success) throw died(program, end === 'code 0' ? text.slice(0, 200) : end);
    if (!parsed.data.ok) throw helperError(parsed.data, { program, ...options.about });
    if (end !== 'code 0' || child.pid === undefined) throw died(program, end);
    const { at, steps, ...told } = parsed.data;
    const times = Object.fromEntries(Object.entries(steps ?? {}).map(([name, time]) => [name, fromHelper(time)]));
    return { ...told, pid: child.pid, at: at === undefined ? now() : fromHelper(at), steps: times };
  }
}

/** Output of a helper: its first line as soon as it is there, all of it, and how it ended. */
const watch = (child: ChildProcess) => {
  const { promise: first, resolve: gotFirst } = Promise.withResolvers<string | undefined>();
  const { promise: all, resolve: gotAll } = Promise.withResolvers<string>();
  const { promise: exited, resolve: gotExit } = Promise.withResolvers<string>();
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (part: string) => {
    if (text.length < maximumReply) text += part;
    const end = text.indexOf('\n');
    if (end >= 0) gotFirst(text.slice(0, end));
  });
  for (const end of ['end', 'close'] as const)
    child.stdout?.on(end, () => {
      gotFirst(undefined);
      gotAll(text);
    });
  child.on('exit', (code, signal) => gotExit(signal === null ? `code ${code}` : `signal ${signal}`));
  child.on('error', (error) => {
    gotExit(error.message);
    gotFirst(undefined);
    gotAll(text);
  });
  return { lines: { first, all }, exited };
};
