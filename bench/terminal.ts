import { constants, openSync, write } from 'node:fs';
import { ReadStream } from 'node:tty';

/** The slave side of a pty, read as directly as Node can. */
export interface Terminal {
  readonly incoming: AsyncIterable<unknown>;
  type(text: string): void;
  close(): void;
}

/** Opens a pty that QEMU made (`/dev/pts/3`), without the line's own changes to what goes through. */
export function openTerminal(path: string): Terminal {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const stream = new ReadStream(fd);
  stream.setRawMode(true);
  return {
    incoming: stream,
    type: (text) =>
      write(fd, text, (error) => {
        if (error !== null) stream.destroy(error);
      }),
    close: () => stream.destroy(),
  };
}
