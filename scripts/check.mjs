// `npm run check`: types of everything, lint and format of what differs from the last commit. For the moment between two edits; `npm test`
// checks all of it. `npm run check -- --fix` lets the formatter and the linter mend what they can.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { changedFiles } from './lib/changed.mjs';
import { environment, node24 } from './lib/npm-packages.mjs';
import { roomFaults } from './lib/rooms.mjs';
import { at, root, say, script } from './lib/say.mjs';

const fix = process.argv.includes('--fix');
const changed = changedFiles();
const source = changed.filter((file) => /\.(tsx?|mjs)$/.test(file));

/** @param {string} what @param {string} program @param {string[]} args @returns {Promise<boolean>} whether it found nothing */
const clean = async (what, program, args) => {
  const child = spawn(node24(), [at(program), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: environment() });
  const [status] = await once(child, 'exit');
  if (status !== 0) say(`${what}: not clean`);
  return status === 0;
};

await script(async () => {
  const found = await Promise.all([
    clean('types', 'node_modules/typescript/bin/tsc', ['-b']),
    source.length === 0 || clean('lint', 'node_modules/oxlint/bin/oxlint', ['--deny-warnings', ...(fix ? ['--fix'] : []), ...source]),
    changed.length === 0 || clean('format', 'scripts/format.mjs', [...(fix ? [] : ['--check']), ...changed]),
  ]);
  const faults = roomFaults();
  for (const fault of faults) console.error(fault);
  const good = found.every(Boolean) && faults.length === 0;
  say(good ? `clean (${changed.length} changed ${changed.length === 1 ? 'file' : 'files'})` : 'not clean');
  return good ? 0 : 1;
});
