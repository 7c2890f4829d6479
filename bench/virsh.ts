import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A virsh that stays connected, in one process for all commands: what is measured is libvirt, not the start of a program. */
export interface Virsh extends AsyncDisposable {
  /** Program and arguments before a command that is a whole process. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Runs one command. @returns its output; @throws Error with virsh's words when it fails */
  run(...words: readonly string[]): Promise<string>;
}

/** Ends each command's output, at the beginning of a line. */
const mark = 'that-was-all';
const finished = new RegExp(`^${mark}`, 'm');

/**
 * Connects virsh to a daemon.
 * @param program virsh
 * @param uri libvirt's connection URI
 */
export async function connectVirsh(program: string, uri: string): Promise<Virsh> {
  const child = spawn(program, ['--quiet', '--connect', uri], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let output = '';
  let words = '';
  let more = Promise.withResolvers<void>();
  let over = false;
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers<void>();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString('utf8');
  });
  child.once('close', () => {
    over = true;
    wake();
  });
  const run = async (...command: readonly string[]): Promise<string> => {
    output = '';
    words = '';
    // virsh reads words as a shell does; it repeats each line that it reads.
    const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    child.stdin.write(`${line}\necho ${mark}\n`);
    let end = -1;
    while ((end = output.search(finished)) === -1) {
      if (over) throw new Error(`virsh ended: ${words.trim()}`);
      await more.promise;
    }
    if (words.includes('error:')) throw new Error(`virsh ${command.join(' ')}: ${words.trim()}`);
    return output.slice(output.indexOf('\n') + 1, end);
  };
  return {
    command: [program, '--quiet', '--connect', uri],
    run,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
