import type { Socket } from 'node:net';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import type { LineSplitter } from './line-splitter.ts';
import { qmpGreeting, type QmpGreeting } from './messages.ts';

/** The beginning of what a peer said, as one line of ASCII of at most 120 characters. */
export function asciiPreview(text: string): string {
  return text.slice(0, 120).replaceAll(/[^\x20-\x7e]/g, '.');
}

/** The error for a peer that doesn't speak QMP (`qmp-protocol`). `what`: "its greeting is too long" */
export function protocolError(what: string): TapestryError {
  return new TapestryError('qmp-protocol', `What listens on the monitor socket is not a QEMU monitor: ${what}.`, {
    next: "Check the machine's emulator, and that no other program uses its runtime directory.",
  });
}

/**
 * Reads the greeting that QEMU sends at once (QEMU docs/interop/qmp-spec "Server Greeting"). `rest` are the lines that came with it.
 *
 * @throws TapestryError `qmp-protocol` for another first line, `closed` when the peer hangs up, `deadline` when `signal` aborts; the socket's error
 */
export async function readGreeting(
  socket: Socket,
  splitter: LineSplitter,
  signal: AbortSignal,
): Promise<{ greeting: QmpGreeting; rest: string[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ greeting: QmpGreeting; rest: string[] }>();
  const onData = (chunk: Buffer) => {
    let lines: string[];
    try {
      lines = splitter.push(chunk);
    } catch (error) {
      reject(protocolError(`its greeting is too long (${String(error)})`));
      return;
    }
    const [first, ...rest] = lines;
    if (first === undefined) return;
    const greeting = qmpGreeting.safeParse(jsonOrUndefined(first));
    if (greeting.success) resolve({ greeting: greeting.data, rest });
    else reject(protocolError(`it greeted with "${asciiPreview(first)}"`));
  };
  const onEnd = () => reject(new TapestryError('closed', "QEMU's monitor hung up before its greeting."));
  const onAbort = () => reject(new TapestryError('deadline', "QEMU's monitor did not greet in time."));
  socket.on('data', onData);
  socket.on('error', reject);
  socket.on('close', onEnd);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    socket.off('data', onData);
    socket.off('error', reject);
    socket.off('close', onEnd);
    signal.removeEventListener('abort', onAbort);
  }
}
