import { existsSync } from 'node:fs';
import path from 'node:path';
import { TapestryError } from '../../shared/errors.ts';

const name = 'tapestry-serial-recorder';

/** By the folder that the environment names, which tests change. */
const found = new Map<string | undefined, string>();

/**
 * Path of the serial recorder: in `$TAPESTRY_NATIVE_DIR`, beside a package's resources (`native/`), or in the
 * `build/native/` of the checkout that this code runs from. Found once: later calls don't look at the disk.
 * @throws TapestryError `host-missing` when it isn't built
 */
export function findRecorderProgram(): string {
  const named = process.env['TAPESTRY_NATIVE_DIR'];
  const known = found.get(named);
  if (known !== undefined) return known;
  const folders = named === undefined ? [] : [named];
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'native'), path.join(folder, 'build/native'));
  }
  const program = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (program !== undefined) {
    found.set(named, program);
    return program;
  }
  throw new TapestryError('host-missing', 'The serial recorder is not built, so serial consoles can’t be recorded.', {
    next: 'Run npm run setup.',
    fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'npm run setup' }],
  });
}
