import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { RfbClientFilter } from './rfb-client-filter.ts';

/** How long QEMU may say nothing to a viewer that asked it something until it is looked after, ms. */
const patience = 3_000;

/**
 * One viewer of one screen, until either side or the signal ends it. Memory holds no more than the channel's credit and the socket's buffers:
 * a viewer that doesn't take what comes makes QEMU wait, and QEMU that doesn't take makes the viewer wait.
 *
 * @param knock is called when QEMU leaves a viewer without any answer for {@link patience}; it may be all right: a picture that stands still
 * @throws TapestryError `io` when QEMU can't be connected to, `invalid` for what the viewer says
 */
export async function streamScreen(
  path: string,
  channel: ByteChannel,
  filter: RfbClientFilter,
  signal: AbortSignal,
  knock: () => void,
): Promise<void> {
  const socket = await connected(path, signal);
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  let waiting: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(waiting);
    waiting = undefined;
  };
  const show = async (): Promise<void> => {
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      heard();
      await channel.write(bytes);
    }
  };
  const type = async (): Promise<void> => {
    for await (const bytes of channel.incoming) {
      const passed = filter.pass(bytes);
      if (passed.length === 0) continue;
      waiting ??= setTimeout(knock, patience).unref();
      if (!socket.write(passed)) await drained(socket);
    }
  };
  try {
    const typing = type();
    typing.catch(() => undefined); // QEMU may hang up first: then nobody asks for it
    await Promise.race([show(), typing]);
  } catch (error) {
    // QEMU went, or was told to: the stream is over, which is no failure.
    if (!signal.aborted && !isHangUp(error)) throw error;
  } finally {
    heard();
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

const hangUps: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ABORT_ERR']);

const isHangUp = (error: unknown): boolean => error instanceof Error && 'code' in error && hangUps.has(error.code);

/** Resolves when the socket takes more, or is gone. */
async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const over = new AbortController();
  const closed = () => over.abort();
  socket.once('close', closed);
  try {
    await once(socket, 'drain', { signal: over.signal });
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    socket.off('close', closed);
  }
}

async function connected(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.on('error', () => undefined); // what matters is thrown
    socket.destroy();
    if (signal.aborted) throw new TapestryError('cancelled', 'Opening the screen was cancelled.');
    throw new TapestryError('io', 'QEMU’s screen can’t be connected to.', {
      detail: error instanceof Error ? error.message : String(error),
      next: 'Try again; it may be ending.',
      cause: error,
    });
  }
  socket.on('error', () => undefined); // the reading meets it too, and tells it
  return socket;
}
