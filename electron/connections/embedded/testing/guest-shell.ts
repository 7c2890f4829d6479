import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { until } from '../../../network/testing/tools.ts';

/** The shell on a guest's serial port, whose QEMU connects to a socket of the test's. */
export class GuestShell {
  #server: Server | undefined;
  #socket: Socket | undefined;
  #text = '';
  #asked = 0;

  /** Waits for QEMU on this path. */
  async listen(path: string): Promise<void> {
    this.#server = createServer((socket) => {
      this.#socket = socket.setEncoding('latin1').on('data', (text: string) => (this.#text += text));
      socket.on('error', () => undefined); // QEMU was killed
    }).listen(path);
    await once(this.#server, 'listening');
  }

  /** Waits until the guest has said this. */
  see(words: string): Promise<void> {
    return until(() => this.#text.includes(words), `the guest says ${JSON.stringify(words)}`);
  }

  /** What a command prints. */
  async run(command: string): Promise<string> {
    const mark = `done${++this.#asked}`;
    // The guest echoes what is typed: the marks are put together there.
    this.#socket?.write(`echo be''gin-${mark}; ${command.endsWith('&') ? `${command}` : `${command};`} echo en''d-${mark}\n`);
    await this.see(`end-${mark}`);
    const begin = this.#text.lastIndexOf(`begin-${mark}`) + `begin-${mark}`.length;
    return this.#text.slice(begin, this.#text.lastIndexOf(`end-${mark}`)).trim();
  }

  close(): void {
    this.#socket?.destroy();
    this.#server?.close();
  }
}
