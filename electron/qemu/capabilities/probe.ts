import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { TapestryError } from '../../../shared/errors.ts';
import { LineSplitter } from '../qmp/line-splitter.ts';
import { classifyQmpMessage, qmpGreeting } from '../qmp/messages.ts';
import { probedDevices, probedObjects } from './capabilities.ts';
import type { QmpExchange } from './replies.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';

/** The longest reply taken, bytes: the schema of QEMU 8.0 has 0.3 million. */
const MAX_REPLY = 32 * 1024 * 1024;
/** How much of what the program says about itself is kept, characters. */
const MAX_WORDS = 4000;

/** How to probe. */
export interface ProbeOptions {
  /** ms until a program that doesn't answer is given up; default 60 000 (a busy computer needs several seconds). */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks an emulator what it can do: runs it with no machine and its monitor on its standard streams, once with KVM
 * where that can be had and once without. The guest's hardware isn't touched; the program ends when it has answered.
 *
 * @param emulator path of the program
 * @throws TapestryError `qemu-missing` when there is no such program, `qemu-invalid` when it isn't a QEMU, `cancelled`
 */
export async function probeEmulator(emulator: string, options: ProbeOptions = {}): Promise<QmpExchange[]> {
  await access(emulator, constants.X_OK).catch((cause: unknown) => {
    throw new TapestryError('qemu-missing', `The emulator ${emulator} isn't there, or isn't executable.`, {
      path: '/domain/devices/emulator',
      next: 'Install QEMU (Debian: package qemu-system-x86), or correct <emulator> in the XML.',
      cause,
    });
  });
  const first = await converse(emulator, 'none,accel=kvm:tcg', commands, options);
  const isKvm = first.some((e) => e.command === 'query-kvm' && (e.result as { enabled?: unknown } | undefined)?.enabled === true);
  if (!isKvm) return first;
  return [...first, ...(await converse(emulator, 'none,accel=tcg', [{ command: 'query-cpu-definitions', arguments: {} }], options))];
}

type Command = Pick<QmpExchange, 'command' | 'arguments'>;

const plain = (command: string): Command => ({ command, arguments: {} });
const commands: readonly Command[] = [
  ...['query-version', 'query-target', 'query-qmp-schema', 'query-kvm', 'qom-list-types'].map(plain),
  ...probedDevices.map((typename) => ({ command: 'device-list-properties', arguments: { typename } })),
  ...probedObjects.map((typename) => ({ command: 'qom-list-properties', arguments: { typename } })),
  ...['query-machines', 'query-cpu-definitions', 'query-tpm-models', 'query-tpm-types', 'query-command-line-options'].map(plain),
];

const notQemu = (emulator: string, why: string, words: string, cause?: unknown) =>
  new TapestryError('qemu-invalid', `${emulator} isn't a QEMU that can be used: ${why}.`, {
    path: '/domain/devices/emulator',
    next: 'Correct <emulator> in the XML, or install QEMU 6.2 or newer.',
    ...(words.trim() === '' ? {} : { detail: words.trim() }),
    cause,
  });

/** Runs the program and asks it one question after the other. */
const converse = async (emulator: string, machine: string, asked: readonly Command[], options: ProbeOptions): Promise<QmpExchange[]> => {
  const limit = AbortSignal.timeout(options.deadline ?? 60_000);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const child = spawnProcess(emulator, ['-S', '-no-user-config', '-nodefaults', '-nographic', '-machine', machine, '-qmp', 'stdio'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-MAX_WORDS)));
  // The conversation itself tells of a program that has gone; a late write to it is no news.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close');
  let answers: QmpExchange[] = [];
  let failure: unknown;
  try {
    await once(child, 'spawn', { signal });
    answers = await questions(child, asked, signal);
  } catch (cause) {
    failure = cause;
  } finally {
    child.kill('SIGKILL');
    // A program that could not even be spawned has told so above.
    await ended.catch(() => undefined);
  }
  if (options.signal?.aborted === true)
    throw new TapestryError('cancelled', 'The question to the emulator was cancelled.', { cause: failure });
  // Only now has everything arrived that the program said about itself.
  if (failure !== undefined) {
    const why = failure instanceof Error && !limit.aborted ? failure.message : 'it does not answer';
    throw notQemu(emulator, why, words, failure);
  }
  return answers;
};

const questions = async (
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  asked: readonly Command[],
  signal: AbortSignal,
): Promise<QmpExchange[]> => {
  const messages = messagesOf(child.stdout, signal);
  const next = async (): Promise<unknown> => {
    const item = await messages.next();
    if (item.done === true) throw new Error('it ended without an answer');
    return item.value;
  };
  if (!qmpGreeting.safeParse(await next()).success) throw new Error('its monitor does not greet as QMP does');
  const exchanges: QmpExchange[] = [];
  for (const command of [plain('qmp_capabilities'), ...asked]) {
    child.stdin.write(`${JSON.stringify({ execute: command.command, arguments: command.arguments })}\r\n`);
    for (;;) {
      const message = classifyQmpMessage(await next());
      if (message === undefined) throw new Error('its monitor does not speak QMP');
      if (message.kind === 'event') continue;
      exchanges.push(
        message.kind === 'success'
          ? { ...command, result: message.value }
          : { ...command, error: { class: message.errorClass, desc: message.description } },
      );
      break;
    }
  }
  return exchanges;
};

async function* messagesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<unknown> {
  const splitter = new LineSplitter(MAX_REPLY);
  const abort = () => stream.destroy(new Error('it does not answer'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of stream) {
      for (const line of splitter.push(chunk as Buffer)) {
        let value: unknown;
        try {
          value = JSON.parse(line);
        } catch (cause) {
          throw new Error('its monitor does not speak QMP', { cause });
        }
        yield value;
      }
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
