import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DefinitionFacts } from '../ports/ports.ts';

/** Reads definitions outside of the host's own heap. */
export interface DefinitionReader extends AsyncDisposable {
  /** Texts in, facts out, in their order; undefined where one can't be used. One call at a time. @throws Error when the reader ended */
  read(texts: readonly string[]): Promise<readonly (DefinitionFacts | undefined)[]>;
}

/** The reader's program: beside this file in the source, one folder up or beside it in a build. */
const programs = ['read-definitions-worker.ts', '../read-definitions-worker.js', 'read-definitions-worker.js'];

/** Limits of the reader's heap, MB: what it reads is garbage at once. */
const oldSpace = 64;
const youngSpace = 2;

/**
 * Starts one: a process, whose memory goes back to the computer with its end. Electron's binary can't run as Node (its fuse is off), so there
 * it is a thread, which leaves a part of its memory with the host.
 *
 * @returns undefined where its program isn't there
 */
export function startDefinitionReader(): DefinitionReader | undefined {
  const program = programs.map((file) => join(import.meta.dirname, file)).find((file) => existsSync(file));
  if (program === undefined) return undefined;
  return process.versions['electron'] === undefined ? readerProcess(program) : readerThread(program);
}

const readerProcess = (program: string): DefinitionReader => {
  const child = fork(program, [], {
    execArgv: ['--no-warnings', `--max-old-space-size=${oldSpace}`, `--max-semi-space-size=${youngSpace}`],
    // Structured clones: an array keeps what is undefined in it.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = Promise.withResolvers<never>();
  child.once('error', ended.reject);
  child.once('exit', (code, signal) => ended.reject(new Error(`the process that reads definitions ended with ${code ?? signal}`)));
  ended.promise.catch(() => undefined); // told to who waits for an answer
  return {
    read: async (texts) => {
      const answer = once(child, 'message') as Promise<[readonly (DefinitionFacts | undefined)[]]>;
      answer.catch(() => undefined); // an error ends it, too
      child.send(texts, (error) => {
        if (error !== null) ended.reject(error);
      });
      const [facts] = await Promise.race([answer, ended.promise]);
      return facts;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL'); // it holds nothing but what it was asked
      await gone;
    },
  };
};

/** For Electron. @param program as for a process */
export function readerThread(program: string): DefinitionReader {
  const worker = new Worker(program, { resourceLimits: { maxOldGenerationSizeMb: oldSpace, maxYoungGenerationSizeMb: youngSpace } });
  return {
    read: async (texts) => {
      worker.postMessage(texts);
      const [facts] = (await once(worker, 'message')) as [readonly (DefinitionFacts | undefined)[]];
      return facts;
    },
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}
