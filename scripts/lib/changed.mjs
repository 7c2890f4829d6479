import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SetupError, at, root } from './say.mjs';

/** @param {readonly string[]} args @returns {string[]} the paths that git answers */
const paths = (args) => {
  const { status, stdout, error } = spawnSync('git', [...args, '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (error !== undefined || status !== 0) throw new SetupError(`can't ask git what changed: ${error?.message ?? `status ${status}`}`);
  return stdout.split('\0').filter((file) => file !== '');
};

/**
 * The files that differ from the last commit, new ones too; from the root, without those that are gone.
 * @returns {string[]}
 */
export const changedFiles = () =>
  [...new Set([...paths(['diff', '--name-only', 'HEAD']), ...paths(['ls-files', '--others', '--exclude-standard'])])].filter((file) =>
    existsSync(at(file)),
  );
