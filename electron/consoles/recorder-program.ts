import { existsSync } from 'node:fs';
import path from 'node:path';
import { TapestryError } from '../../shared/errors.ts';

const name = 'tapestry-serial-recorder';

/**
 * Path of the serial recorder: in `$TAPESTRY_NATIVE_DIR`, beside a package's resources (`native/`), or in the
 * `build/native/` of the checkout that this code runs from. Looked up once, at start.
 * @throws TapestryError `host-missing` when it isn't built
 */
export const findRecorderProgram = (environment: Readonly<Record<string, string | undefined>> = process.env): string => {
  const named = environment['TAPESTRY_NATIVE_DIR'];
  const folders = named === undefined ? [] : [named];
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'native'), path.join(folder, 'build/native'));
  }
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new TapestryError('host-missing', 'The serial recorder is not built, so serial consoles can’t be recorded.', {
    next: 'Run npm run setup.',
    fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'npm run setup' }],
  });
};
