import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallContext } from '../../../../shared/contract/kinds.ts';
import { endProcess } from '../../../processes/end-process.ts';
import { identifyProcess } from '../../../processes/process-identity.ts';
import { Machines, type MachinesOptions } from '../machines/machines.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import { simpleBackend } from './simple-backend.ts';
import { writeButtonGuest } from './button-guest.ts';

/** Directories of a test's own, and what it opens in them; all gone afterwards, the processes too. */
export class Fixture implements AsyncDisposable {
  readonly root: string;
  readonly directories: EmbeddedDirectories;
  readonly unexpected: unknown[] = [];
  readonly #opened: Machines[] = [];

  private constructor(root: string) {
    this.root = root;
    this.directories = {
      machines: join(root, 'config', 'machines'),
      sockets: join(root, 'run'),
      state: join(root, 'state'),
      logs: join(root, 'state', 'logs'),
      recordings: join(root, 'state', 'recordings'),
      images: join(root, 'images'),
      cache: join(root, 'cache'),
    };
  }

  static async make(): Promise<Fixture> {
    const fixture = new Fixture(await mkdtemp(join(tmpdir(), 'tap-')));
    await mkdir(fixture.directories.sockets, { recursive: true, mode: 0o700 });
    await mkdir(fixture.directories.images, { recursive: true });
    return fixture;
  }

  /** Opens the machines of these directories. */
  async open(changes: Partial<Backend> = {}, more: Partial<MachinesOptions> = {}): Promise<Machines> {
    const machines = await Machines.open({
      directories: this.directories,
      backend: simpleBackend(changes),
      log: (error) => this.unexpected.push(error),
      ...more,
    });
    this.#opened.push(machines);
    return machines;
  }

  /** Writes the button guest's image. @param heeds its power button @returns its path */
  async image(name = 'guest.img', heeds = true): Promise<string> {
    const path = join(this.directories.images, name);
    await writeButtonGuest(path, heeds);
    return path;
  }

  /** Every process that has this fixture's directory on its command line, except the test itself. */
  async processes(): Promise<number[]> {
    const found: number[] = [];
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
      const argv = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
      if (argv.includes(this.root)) found.push(Number(entry));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machines of this.#opened) await machines.close();
    for (const pid of await this.processes()) {
      const identity = await identifyProcess(pid);
      if (identity !== undefined) await endProcess(identity, 0);
    }
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A definition for `simpleBackend`. */
export function definition(name: string, body = '', uuid: string = randomUUID()): string {
  return `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid>${body}</domain>`;
}

/** A signal that never aborts. */
export const never: CallContext['signal'] = new AbortController().signal;
