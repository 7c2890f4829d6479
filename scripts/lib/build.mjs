// The build of dist/, skipped while nothing that goes into it has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { environment, node24 } from './npm-packages.mjs';
import { withLock } from './lock.mjs';
import { SetupError, at, root, run, say } from './say.mjs';

/** Folders and files that the bundles are made of. */
const sources = ['shared', 'electron', 'renderer', 'vite.config.ts', 'package.json', 'package-lock.json'];

/** Tests don't go into the bundles. @param {string} name */
const matters = (name) => !/\.test\.tsx?$|^testing$|^tsconfig/.test(name);

/**
 * A fingerprint of files by name, size and time of change (ns).
 * @param {readonly string[]} entries paths inside the checkout
 * @param {(name: string) => boolean} [wanted]
 * @returns {string}
 */
export const fingerprint = (entries, wanted = () => true) => {
  const hash = createHash('sha256');
  /** @param {string} file */
  const visit = (file) => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(file).sort()) if (wanted(name)) visit(path.join(file, name));
    } else hash.update(`${path.relative(root, file)}\0${stat.size}\0${stat.mtimeNs}\n`);
  };
  for (const entry of entries) visit(at(entry));
  return hash.digest('hex');
};

/**
 * Has nothing of these files and folders changed since a stamp was written? By the time of change of each (ctime), which no program
 * sets: it takes a tenth of what the fingerprint takes, and every command waits for it.
 * @param {string} stamp
 * @param {readonly string[]} entries paths inside the checkout
 * @param {(name: string) => boolean} wanted
 */
const unchangedSince = (stamp, entries, wanted) => {
  const written = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined) return false;
  /** @param {string} file @param {boolean} isFolder @returns {boolean} */
  const older = (file, isFolder) => {
    // A folder's own time tells what was added to it or removed.
    if (statSync(file).ctimeMs >= written) return false;
    if (!isFolder) return true;
    return readdirSync(file, { withFileTypes: true }).every(
      (entry) => !wanted(entry.name) || older(`${file}/${entry.name}`, entry.isDirectory()),
    );
  };
  return entries.every((entry) => existsSync(at(entry)) && older(at(entry), statSync(at(entry)).isDirectory()));
};

/** What the clock of a file system may lag behind, ms: the kernel's tick. */
const clockTick = 50;

/**
 * Is a stamp file there that says this?
 * @param {string} file @param {string} value
 */
export const stamped = (file, value) => existsSync(file) && readFileSync(file, 'utf8') === value;

/**
 * Builds dist/ when its inputs changed since the last build.
 * @param {{ force?: boolean }} [options]
 * @throws {SetupError} when the build fails
 */
export const ensureBuild = ({ force = false } = {}) => {
  const stamp = at('dist/.stamp');
  if (!force && unchangedSince(stamp, sources, matters)) return;
  const looked = Date.now() - clockTick;
  if (!force && stamped(stamp, fingerprint(sources, matters))) {
    utimesSync(stamp, looked / 1000, looked / 1000);
    return;
  }
  withLock('build', () => {
    const before = Date.now() - clockTick;
    const now = fingerprint(sources, matters);
    if (!force && stamped(stamp, now)) return; // somebody else built it while we waited
    say('building');
    rmSync(stamp, { force: true });
    const status = run(node24(), [at('node_modules/vite/bin/vite.js'), 'build', '--app', '--logLevel', 'warn'], { env: environment() });
    if (status !== 0) throw new SetupError('the build failed; its words are above.');
    mkdirSync(at('dist'), { recursive: true });
    writeFileSync(stamp, now);
    utimesSync(stamp, before / 1000, before / 1000);
  });
};
