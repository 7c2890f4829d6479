// node_modules, and the Node that everything of ours runs on.
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { SetupError, at, run, say, which } from './say.mjs';

/**
 * Does node_modules hold what the lock file says? npm keeps its own record of what it installed; optional packages of
 * other platforms are rightly absent from it.
 * @returns {boolean}
 */
const installed = () => {
  const record = at('node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  // Read once: the two files are large, and every command waits for this.
  const checked = at('build/.npm-packages.stamp');
  const key = [record, at('package-lock.json')].map((file) => timesOf(file)).join(' ');
  if (existsSync(checked) && readFileSync(checked, 'utf8') === key) return true;
  if (!agree(record)) return false;
  mkdirSync(at('build'), { recursive: true });
  writeFileSync(checked, key);
  return true;
};

/** @param {string} file @returns {string} */
const timesOf = (file) => {
  const { size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  return `${size}:${mtimeNs}:${ctimeNs}`;
};

/** @param {string} record @returns {boolean} */
const agree = (record) => {
  /** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }>} */
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const have = packages(record);
  return Object.entries(packages(at('package-lock.json'))).every(([name, wanted]) => {
    if (name === '') return true;
    const found = have[name];
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
};

/** Installs the npm packages of the lock file when they aren't there. */
export const ensureNpmPackages = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new SetupError(`Node 20.19 or later is needed; this is ${process.version}.`);
  if (!installed()) installPackages();
  linkNode();
};

const installPackages = () => {
  say('installing npm packages (npm ci)');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env['npm_execpath'];
  const status = npm?.endsWith('.js') === true ? run(process.execPath, [npm, ...args]) : run(which('npm') ?? 'npm', args);
  if (status !== 0) throw new SetupError(`npm ci failed with status ${status}; its words are above.`);
};

/** Where npm puts Node 24 for this architecture. */
const packagedNode = `node-linux-${process.arch}/bin/node`;

/**
 * Makes `node` in node_modules/.bin that Node 24, where npm did not: npm 9, which Debian 13 has, leaves this one link out, and then
 * `npm run` and `npx` would find an older Node.
 */
const linkNode = () => {
  const link = at('node_modules/.bin/node');
  if (existsSync(link) || !existsSync(at('node_modules', packagedNode))) return;
  mkdirSync(at('node_modules/.bin'), { recursive: true });
  try {
    symlinkSync(`../${packagedNode}`, link);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error; // another set-up was faster
  }
};

/**
 * A Node 24: the one that npm installed for this architecture, or the one that runs this.
 * @returns {string}
 */
export const node24 = () => {
  const packaged = at('node_modules', packagedNode);
  if (existsSync(packaged)) return packaged;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  throw new SetupError(
    `there is no Node 24 for ${process.platform} ${process.arch} among the npm packages; please install Node 24 and run this with it.`,
  );
};

/** The environment for programs of ours: node_modules/.bin first, so that `node` is Node 24. @returns {NodeJS.ProcessEnv} */
export const environment = () => ({ ...process.env, PATH: `${at('node_modules/.bin')}:${process.env['PATH'] ?? ''}` });
