import { stat } from 'node:fs/promises';
import { TapestryError } from '../../../shared/errors.ts';
import { errnoOf, isMissing } from '../../files/if-there.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';

/** How long a script may run before it is killed, ms. */
export const scriptDeadline = 30_000;

/** Enough of stderr for a message. */
const maximumWords = 2000;

/** Why the system doesn't start a program (execve(2)), in words that name the file. */
const whyNotStarted = async (file: string, error: unknown): Promise<string> => {
  const found = await stat(file).catch((cause: unknown) => ({ cause }));
  if ('cause' in found)
    return isMissing(found.cause) || errnoOf(found.cause) === 'ENOTDIR'
      ? `${file} does not exist`
      : `${file} can’t be reached (${errnoOf(found.cause)})`;
  if (found.isDirectory()) return `${file} is a directory`;
  switch (errnoOf(error)) {
    case 'EACCES':
      return `${file} is not executable (chmod +x makes it so)`;
    case 'ENOENT':
      return `the interpreter that the first line of ${file} names does not exist`;
    default:
      return `${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** How a script ended: null when all was well, else what to tell. */
const runScript = (file: string, device: string, deadline: number): Promise<string | null> =>
  new Promise((resolve) => {
    const { HOME, USER, LOGNAME, TMPDIR, PATH } = process.env;
    const given = Object.entries({ LC_ALL: 'C', PATH: PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', HOME, USER, LOGNAME, TMPDIR });
    const env = Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
    // A group of its own, so that what the script starts ends with it at the deadline.
    const start = () => spawnProcess(file, [device], { cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    const notStarted = (error: unknown) => void whyNotStarted(file, error).then((why) => resolve(`it can’t be started, because ${why}`));
    let child: ReturnType<typeof start>;
    try {
      child = start();
    } catch (error) {
      notStarted(error); // for most reasons there is an event instead
      return;
    }
    let words = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        words += String(error); // the group ended by itself in this very moment
      }
    }, deadline);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (words.length < maximumWords) words += text;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      notStarted(error);
    });
    // 'exit', not 'close': a child that the script left in the background may hold stderr for ever.
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      child.stderr.destroy();
      if (late) resolve(`it ran longer than ${deadline / 1000} s and was ended`);
      else if (code === 0) resolve(null);
      else resolve(`it ended with ${signal === null ? `status ${code}` : `signal ${signal}`}${words === '' ? '' : `: ${words.trim()}`}`);
    });
  });

/**
 * Runs an up script (formatdomain, "Generic ethernet connection"): as the user, one argument, `/` as directory, a small environment.
 * @throws TapestryError script-failed when it can't be started, ends with another status than 0, or runs over `deadline` ms
 */
export async function runUpScript(file: string, device: string, path: string, deadline = scriptDeadline): Promise<void> {
  const wrong = await runScript(file, device, deadline);
  if (wrong === null) return;
  throw new TapestryError('script-failed', `The script ${file} for “${device}” failed: ${wrong.split('\n')[0]}`, {
    next: 'Mend the script, or take it out of the interface.',
    path: `${path}/script/@path`,
    detail: wrong,
  });
}

/** Runs a down script; its result changes nothing. Returns what went wrong, or null. */
export function runDownScript(file: string, device: string, deadline = scriptDeadline): Promise<string | null> {
  return runScript(file, device, deadline);
}
