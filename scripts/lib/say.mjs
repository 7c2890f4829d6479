// What the set-up prints, and how it runs other programs. Node's own modules only: this runs before npm has installed anything.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The checkout's top folder. */
export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');

/** A path inside the checkout. @param {string[]} parts */
export const at = (...parts) => path.join(root, ...parts);

/** Says on stderr what is being done: stdout belongs to the program that was asked for. @param {string} text */
export const say = (text) => {
  process.stderr.write(`tapestry: ${text}\n`);
};

/** A failure of the set-up that a person can mend: printed as it is, without a stack. */
export class SetupError extends Error {}

/** Folders of programs that ordinary users' PATH leaves out. */
const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * The file that a program's name stands for, looked for in PATH and in folders that ordinary users' PATH leaves out.
 * @param {string} name
 * @param {readonly string[]} [folders]
 * @returns {string | undefined}
 */
export const which = (name, folders = sbin) => {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), ...folders]) {
    if (folder === '') continue;
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch (error) {
      if (error instanceof Error && 'code' in error) continue; // not there, or not ours to run: the next folder
      throw error;
    }
  }
  return undefined;
};

/**
 * Runs a program with our terminal. Its stdout goes to stderr, so that a command's own output stays clean.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {number} exit status; 128 + signal when it died of one
 */
export const run = (program, args, options = {}) => {
  const result = spawnSync(program, args, { cwd: root, stdio: ['inherit', 2, 'inherit'], ...options });
  if (result.error) throw new SetupError(`can't run ${program}: ${result.error.message}`);
  return result.status ?? 128;
};

/**
 * Becomes another program as far as Node can: same terminal, signals passed on, same exit status.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>}
 */
export const become = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    // The terminal sends SIGINT to the child itself: we only have to outlive it. The others come to us alone.
    const handlers = signals.map((signal) => {
      const handler = () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      };
      process.on(signal, handler);
      return /** @type {const} */ ([signal, handler]);
    });
    const done = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
    child.once('error', (error) => {
      done();
      reject(new SetupError(`can't run ${program}: ${error.message}`));
    });
    child.once('exit', (code) => {
      done();
      resolve(code ?? 128);
    });
  });

/**
 * Runs a script's main function: a SetupError is one line on stderr and exit status 1.
 * @param {() => Promise<number> | number} main
 */
export const script = async (main) => {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
};
