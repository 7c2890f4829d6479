import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { TapestryError } from '../../shared/errors.ts';

/** How far a download is. */
export interface AptNews {
  /** Of the whole, 0..1, as apt tells it. */
  readonly part: number;
}

/** How apt is run. */
export interface AptOptions {
  /** Folder that it works in. */
  readonly cwd?: string;
  readonly signal: AbortSignal;
  /** Called whenever it tells how far it is. */
  readonly tell?: (news: AptNews) => void;
  /** How long it may be silent, ms: then it is ended. */
  readonly patience: number;
  /** Where it fetches from, as the error names it. */
  readonly from: string;
}

/** What to do where packages can't be fetched. */
export const withoutNetwork =
  'Check this computer’s way to the internet (or apt’s proxy), then try again. A machine of an ISO image or a disk that is here needs no download.';

/** Lines that tell of progress (apt's README.progress-reporting): `dlstatus:1:12.5:Retrieving file 1 of 2`. Pure. */
export function partOf(line: string): number | undefined {
  const percent = /^(?:dlstatus|pmstatus):[^:]*:([\d.]+):/.exec(line)?.[1];
  return percent === undefined ? undefined : Math.min(1, Number(percent) / 100);
}

/**
 * Runs apt-get for what it fetches, and follows it. It is ended when it tells nothing for too long: a network that swallows everything would
 * hold it for minutes.
 *
 * @param args after those that have it tell of its progress
 * @returns what it wrote to stderr: also a run that ended well may have left something out
 * @throws TapestryError `deadline` when it was silent for too long; the abort's reason; an Error with apt's own words when it failed
 */
export async function runApt(args: readonly string[], options: AptOptions): Promise<string> {
  const { cwd, signal, tell, patience, from } = options;
  signal.throwIfAborted();
  const silent = new AbortController();
  const child = spawn('apt-get', ['-o', 'APT::Status-Fd=3', ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, silent.signal]),
  });
  const deadline = setTimeout(() => silent.abort(), patience);
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const status = child.stdio[3] as Readable;
  createInterface({ input: status }).on('line', (line) => {
    deadline.refresh();
    const part = partOf(line);
    if (part !== undefined) tell?.({ part });
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const words = said.join('').trim();
    if (code !== 0) throw new Error(words === '' ? `apt-get ended with ${String(code)}` : words);
    return words;
  } catch (cause) {
    signal.throwIfAborted();
    if (!silent.signal.aborted) throw cause;
    throw new TapestryError('deadline', `${from} sent nothing for ${String(Math.round(patience / 1000))} s.`, {
      next: withoutNetwork,
      ...(said.length === 0 ? {} : { detail: said.join('').trim() }),
      cause,
    });
  } finally {
    clearTimeout(deadline);
  }
}
