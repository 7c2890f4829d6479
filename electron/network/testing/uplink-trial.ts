import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { bare, helperFile, helpersGone, until } from './tools.ts';

/** Puts `card` on the bridge `vmbr0` for so many seconds unless it is confirmed. The uplink stands when this resolves. */
export async function uplinkTrial(within: number) {
  const child = spawn(helperFile, ['uplink-add', 'bridge=vmbr0', 'lower=card', 'confirm=3', `within=${within}`], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (part: string) => (text += part));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const pipe = child.stdio[3] as Socket;
  pipe.on('error', () => undefined); // a helper that has ended
  await until(() => text.includes('\n'), 'the uplink stands');
  assert.match(text, /"pending":true/, text);
  /** Waits until all of it has ended; gives what it told. */
  const over = async (): Promise<string> => {
    await ended;
    await helpersGone();
    return text;
  };
  return {
    over,
    answer: (word: string) => (pipe.end(word), over()),
    /** As when the application dies. */
    leave: () => (pipe.destroy(), over()),
    kill: () => (child.kill('SIGKILL'), over()),
  };
}

/** An uplink that was confirmed. */
export async function keptUplink(): Promise<void> {
  return assert.match(await (await uplinkTrial(120)).answer('y'), /"confirmed":true/);
}

export const takeOff = ['uplink-del', 'bridge=vmbr0', 'lower=card'] as const;

/** Takes it off again. */
export function takeUplinkOff(what?: string): void {
  const { status, text } = bare(takeOff);
  assert.equal(status, 0, what ?? text);
}
