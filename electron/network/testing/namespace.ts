import { execFile, spawn, spawnSync } from 'node:child_process';
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
 * has the file capability and obeys an access list, as it is installed; `installer`: root with the helper installed so, who runs it as
 * an ordinary uid, with one list after another.
 */
export type Who = 'root' | 'user' | 'capable' | 'installer';

/** One case: what root prepares in the namespace, and what then runs as {@link Who}. It fails by throwing. */
export interface NamespaceCase {
  /** By default whoever runs the tests: `root`, or `user`. */
  readonly as?: readonly Who[];
  /** Commands that root (or the user namespace's root) runs first; the word UID becomes the uid that the case runs as. */
  readonly prepare?: readonly (readonly string[])[];
  /** Text of /etc/tapestry/net-helper.conf, for `capable`. */
  readonly acl?: string;
  /** Programs without which the case is skipped. */
  readonly needs?: readonly string[];
  run(): Promise<void>;
}

/** What is prepared for a case before its file is read. */
export type CaseSetup = Pick<NamespaceCase, 'prepare' | 'acl'>;

/** What a file of cases exports. */
export type NamespaceCases = Readonly<Record<string, NamespaceCase>>;

let built: Promise<string> | undefined;

/** Compiles the helper (if its sources changed) into a folder of the tests' own, and returns the folder. */
export function buildHelper(): Promise<string> {
  const folder = path.join(root, 'build/net-helper-test');
  mkdirSync(folder, { recursive: true });
  built ??= run('flock', [path.join(folder, 'lock'), 'make', '--silent', '-C', path.join(root, 'net-helper'), `OUT=${folder}`]).then(
    () => folder,
  );
  return built;
}

/** Debian has tc where ordinary users don't look. */
const searchPath = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

const installed = new Map<string, boolean>();

/** The first of these programs that isn't there. */
const missing = (programs: readonly string[]): string | undefined =>
  programs.find((program) => {
    const known = installed.get(program);
    const found = known ?? spawnSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore', env: { PATH: searchPath } }).status === 0;
    installed.set(program, found);
    return !found;
  });

const start = async (file: string, name: string, who: Who, setup: CaseSetup): Promise<{ status: number | null; words: string }> => {
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
  const env = {
    ...process.env,
    PATH: searchPath,
    TAPESTRY_NATIVE_DIR: native,
    // The stage that prepares needs none of the cases' modules.
    TAPESTRY_CASE_SETUP: JSON.stringify(setup),
  };
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
export function testInNamespaces(file: string, cases: NamespaceCases, before: () => Promise<void> = () => Promise.resolve()): void {
  beforeAll(before);
  for (const [name, one] of Object.entries(cases)) {
    const all: readonly Who[] = one.as ?? [process.getuid?.() === 0 ? 'root' : 'user'];
    describe(name, () => {
      for (const who of all) {
        test(`as ${who}`, async (context) => {
          if (process.getuid?.() !== 0 && who !== 'user') context.skip('only root can prepare this; run the tests as root');
          const reason = (await obstacle()) ?? (process.getuid?.() === 0 && who !== 'root' ? await closedToOthers() : undefined);
          if (reason !== undefined) context.skip(reason);
          const lacking = missing(one.needs ?? []);
          if (lacking !== undefined) context.skip(`${lacking} is not installed`);
          const { status, words } = await start(file, name, who, {
            prepare: one.prepare ?? [],
            ...(one.acl === undefined ? {} : { acl: one.acl }),
          });
          if (status !== 0) throw new Error(words || `the case ended with status ${status}`);
        });
      }
    });
  }
}
