import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { embeddedConnection } from '../../../shared/contract/embedded-connection.ts';
import { hostConnections } from '../../runtime/host-connections.ts';
import { openRuntime, type Runtime } from '../../runtime/runtime.ts';
import { scratch } from '../../network/testing/tools.ts';
import { runProgram } from '../program.ts';

/** A host of its own, and command lines in this process. */
export interface Cli {
  /** Writes a file for the commands. @returns its path */
  readonly file: (name: string, text: string) => string;
  /** Runs a command that goes well. @returns what it printed */
  readonly run: (...args: string[]) => Promise<string>;
  /** Runs a command that fails. @returns its words */
  readonly fails: (...args: string[]) => Promise<string>;
  /** Runs a command that asks on a terminal, and fails after this answer. @returns its words */
  readonly failsAnswered: (answer: string, ...args: string[]) => Promise<string>;
  /** Its directory. */
  readonly home: string;
  readonly api: Runtime['api'];
  /** Ends the host's life; machines go on. */
  readonly close: () => Promise<void>;
}

/** Opens a host in a directory of its own ({@link scratch}); the environment's XDG directories point there from then on. */
export async function openCli(home = scratch()): Promise<Cli> {
  const of = (name: string) => path.join(home, name);
  for (const name of ['c', 's', 'd', 'k', 'r']) mkdirSync(of(name), { recursive: true, mode: 0o700 });
  const directories = { HOME: home, XDG_CONFIG_HOME: of('c'), XDG_STATE_HOME: of('s'), XDG_DATA_HOME: of('d'), XDG_CACHE_HOME: of('k') };
  Object.assign(process.env, directories, { XDG_RUNTIME_DIR: of('r') });
  const log = (error: unknown) => assert.equal(error, undefined);
  const runtime = await openRuntime({ host: 'cli', connections: hostConnections({ host: 'cli', log }), log });
  const tell = async (args: readonly string[], answer?: string) => {
    const written = { out: '', err: '' };
    const sink = (name: 'out' | 'err') =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          written[name] += chunk.toString();
          done();
        },
      }) as unknown as NodeJS.WriteStream;
    const context = {
      stdin: Object.assign(Readable.from(answer === undefined ? [] : [answer]), {
        isTTY: answer !== undefined,
      }) as unknown as NodeJS.ReadStream,
      stdout: sink('out'),
      stderr: sink('err'),
      runtime: () => Promise.resolve(runtime),
      api: () => Promise.resolve(runtime.api),
      connection: () => Promise.resolve(embeddedConnection),
      exit: { status: 0 as const },
    };
    return { status: await runProgram({ context, version: '0.0.0', log }, args), ...written };
  };
  return {
    file: (name, text) => {
      writeFileSync(of(name), text);
      return of(name);
    },
    run: async (...args) => {
      const { status, out, err } = await tell(args);
      assert.equal(status, 0, `${args.join(' ')}: ${err}`);
      return out;
    },
    fails: async (...args) => {
      const { status, out, err } = await tell(args);
      assert.equal(status, 1, `${args.join(' ')}: ${out}`);
      return err;
    },
    failsAnswered: async (answer, ...args) => {
      const { status, out, err } = await tell(args, answer);
      assert.equal(status, 1, `${args.join(' ')}: ${out}`);
      return err;
    },
    home,
    api: runtime.api,
    close: () => runtime.close(),
  };
}
