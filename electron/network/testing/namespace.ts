import { execFile, spawn } from 'node:child_process';
import { constants, mkdirSync } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, test } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');
const entry = path.join(import.meta.dirname, 'namespace-entry.ts');

/**
 * Who a case runs as, in a network, mount and process namespace of its own that vanishes with it, whatever happens:
 * `root`: the test's own root; `user`: an ordinary uid, root in its own user namespace; `capable`: an ordinary uid without any, whose helper
 * has the file capability and obeys an access list, as it is installed.
 */
export type Who = 'root' | 'user' | 'capable';

/** One case: what root prepares in the namespace, and what then runs as {@link Who}. It fails by throwing. */
export interface NamespaceCase {
  readonly as?: readonly Who[];
  /** Commands that root (or the user namespace's root) runs first; the word UID becomes the uid that the case runs as. */
  readonly prepare?: readonly (readonly string[])[];
  /** Text of /etc/tapestry/net-helper.conf, for `capable`. */
  readonly acl?: string;
  /** Programs without which the case is skipped. */
  readonly needs?: readonly string[];
  run(): Promise<void>;
}

/** What a file of cases exports. */
export type NamespaceCases = Readonly<Record<string, NamespaceCase>>;

/** Exit status that means "can't be tested here"; the reason is on stderr. */
export const skipped = 77;

let built: Promise<string> | undefined;

/** Compiles the helper (if its sources changed) into a folder of the tests' own, and returns the folder. */
export const buildHelper = (): Promise<string> => {
  const folder = path.join(root, 'build/net-helper-test');
  mkdirSync(folder, { recursive: true });
  built ??= run('flock', [path.join(folder, 'lock'), 'make', '--silent', '-C', path.join(root, 'net-helper'), `OUT=${folder}`]).then(
    () => folder,
  );
  return built;
};

const start = async (file: string, name: string, who: Who): Promise<{ status: number | null; words: string }> => {
  const native = await buildHelper();
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const isRoot = process.getuid?.() === 0;
  const args = [
    ...(isRoot ? [] : ['--map-root-user', '--user']),
    ...namespaces,
    process.execPath,
    '--no-warnings',
    entry,
    file,
    name,
    who,
    isRoot ? 'outer' : 'inner',
  ];
  // Debian has tc where ordinary users don't look.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, TAPESTRY_NATIVE_DIR: native };
  return new Promise((resolve, reject) => {
    const child = spawn('unshare', args, { stdio: ['ignore', 'inherit', 'pipe'], env });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, words }));
  });
};

let why: Promise<string | undefined> | undefined;

/** Why no namespaces can be made here; undefined when they can. Asked once per test file. */
const obstacle = (): Promise<string | undefined> => {
  why ??= (async () => {
    const isRoot = process.getuid?.() === 0;
    try {
      await run('unshare', [...(isRoot ? [] : ['--user', '--map-root-user']), '--net', '--mount', 'true']);
    } catch {
      return isRoot
        ? 'this container may make no network namespace (CAP_SYS_ADMIN)'
        : 'this computer lets ordinary users make no namespaces';
    }
    try {
      await access('/dev/net/tun', constants.R_OK | constants.W_OK);
    } catch {
      return '/dev/net/tun can’t be opened here';
    }
    return undefined;
  })();
  return why;
};

let unreadable: Promise<string | undefined> | undefined;

/** Why other users than root can't run a case: root's checkout may lie where nobody else may look. Asked once per test file. */
const closedToOthers = (): Promise<string | undefined> => {
  unreadable ??= run(process.execPath, ['-e', 'require("node:fs").accessSync(process.argv[1])', import.meta.filename], {
    cwd: '/',
    uid: 65_534,
    gid: 65_534,
  }).then(
    () => undefined,
    () => "the checkout isn't readable for other users",
  );
  return unreadable;
};

/** Declares a vitest test for every case of a file and everybody it runs as. `before` may set environment variables for the cases. */
export const testInNamespaces = (file: string, cases: NamespaceCases, before: () => Promise<void> = () => Promise.resolve()): void => {
  beforeAll(before);
  for (const [name, one] of Object.entries(cases)) {
    const all = one.as ?? ['root', 'user'];
    describe(name, () => {
      for (const who of all) {
        test(`as ${who}`, async (context) => {
          if (process.getuid?.() !== 0 && who !== 'user') context.skip('only root can prepare this; run the tests as root');
          const reason = (await obstacle()) ?? (process.getuid?.() === 0 && who !== 'root' ? await closedToOthers() : undefined);
          if (reason !== undefined) context.skip(reason);
          const { status, words } = await start(file, name, who);
          if (status === skipped) context.skip(words.trim().split('\n').at(-1) ?? 'not possible here');
          if (status !== 0) throw new Error(words || `the case ended with status ${status}`);
        });
      }
    });
  }
};
