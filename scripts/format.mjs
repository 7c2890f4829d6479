// `npm run format`: prettier for what it knows, clang-format (.clang-format) for C. `--check` writes nothing and fails where something is to be
// written; files named after it are the only ones looked at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { environment, node24 } from './lib/npm-packages.mjs';
import { at, root, say, script } from './lib/say.mjs';

const words = process.argv.slice(2);
const check = words.includes('--check');
const named = words.filter((word) => !word.startsWith('--'));

/** @param {string} program @param {readonly string[]} args @returns {Promise<boolean>} whether it was content */
const content = async (program, args) => {
  const child = spawn(node24(), [at(program), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: environment() });
  const [status] = await once(child, 'exit');
  return status === 0;
};

const isC = (/** @type {string} */ file) => /\.[ch]$/.test(file);

await script(async () => {
  const sources = named.length > 0 ? named.filter(isC) : globSync('{net-helper,serial-recorder,bench}/**/*.{c,h}', { cwd: root });
  const others = named.length > 0 ? named.filter((file) => !isC(file)) : ['.'];
  const found = await Promise.all([
    others.length === 0 ||
      content('node_modules/prettier/bin/prettier.cjs', [
        check ? '--check' : '--write',
        '--cache',
        '--ignore-unknown',
        '--log-level',
        'warn',
        ...others,
      ]),
    sources.length === 0 ||
      content('node_modules/clang-format-node/build/cli.js', [...(check ? ['--dry-run', '-Werror'] : ['-i']), ...sources]),
  ]);
  if (found.every(Boolean)) return 0;
  say('to have it written: npm run format');
  return 1;
});
