import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from '../files/if-there.ts';

const noDescriptors = (program: string): TapestryError =>
  new TapestryError('limit', `${program} can’t be started: Tapestry has no file descriptors left.`, {
    next: 'End machines or close windows, or raise the limit of open files (ulimit -n) for the shell or service that Tapestry runs in.',
  });

/** What a spawn takes besides two descriptors for each stream: a pipe that tells of its exec, and /dev/null. */
const besides = 4;

/**
 * Are there `count` descriptors to be had? A spawn that runs out of them halfway costs the process those that it had already (Node gives up on
 * EMFILE without closing the streams that libuv opened), so it is found out before. In the kernel's memory only: nothing is waited for.
 */
const descriptorsLeft = (count: number): boolean => {
  const taken: number[] = [];
  try {
    while (taken.length < count) taken.push(openSync('/dev/null', 'r'));
    return true;
  } catch (error) {
    if (['EMFILE', 'ENFILE'].includes(errnoOf(error) ?? '')) return false;
    return true; // no /dev/null here: the spawn will tell
  } finally {
    for (const fd of taken) closeSync(fd);
  }
};

const start = (...args: Parameters<typeof spawn>): ChildProcess => {
  const { stdio } = args[2];
  const streams = Array.isArray(stdio) ? stdio.filter((one) => one === 'pipe' || one === undefined || one === null).length : 3;
  if (!descriptorsLeft(besides + 2 * streams)) throw noDescriptors(args[0]);
  const child = spawn(...args);
  // Where another thread took the last one meanwhile, Node gives a child without streams, which its types don't know, and tells it a turn later.
  if ((child as { stdio?: unknown }).stdio === undefined) {
    child.once('error', () => undefined); // thrown here and now instead
    throw noDescriptors(args[0]);
  }
  return child;
};

/**
 * Starts a process as node:child_process's `spawn`, with what that leaves to its callers: a child that is returned has its streams. Attach a
 * listener for `error` at once all the same: a missing program is told there.
 *
 * @throws TapestryError `limit` when there are no file descriptors left; the system's error for other reasons why nothing can be started (ENOMEM)
 */
export const spawnProcess = start as typeof spawn;
