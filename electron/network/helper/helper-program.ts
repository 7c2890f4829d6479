import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';

const name = 'tapestry-net-helper';

/** Where a package puts the helper: root's, so that nobody else can replace what has a privilege. */
const installed = '/usr/libexec/tapestry/tapestry-net-helper';

/** The command that gives a helper its one capability. */
export function capabilityCommand(file: string): string {
  return `sudo setcap cap_net_admin+ep ${file}`;
}

const forbidden = (file: string): TapestryError =>
  new TapestryError('helper-denied', `You may not run the network helper ${file}, so your machines can’t be put on bridges.`, {
    next: 'The administrator of this computer makes you a member of the group tapestry; it counts from your next login on.',
    fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'sudo usermod --append --groups tapestry "$USER"' }],
  });

/**
 * Path of the network helper: in `$TAPESTRY_NATIVE_DIR`, beside a package's resources or in the `build/native/` of the checkout that this code
 * runs from, or where a distribution's package puts such programs.
 * @throws TapestryError `helper-missing` when there is none; `helper-denied` when this user may not run it; `helper-failed` when others than its owner may write it
 */
export async function findHelperProgram(environment: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  const named = environment['TAPESTRY_NATIVE_DIR'];
  const files = named === undefined ? [] : [path.join(named, name)];
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    files.push(path.join(folder, 'native', name), path.join(folder, 'build/native', name));
  }
  files.push(installed);
  for (const file of files) {
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    const facts = await stat(file).catch(() => undefined); // not there, or in a folder of somebody else's: the next place counts
    if (facts === undefined) continue;
    if (!usable) throw forbidden(file);
    if ((facts.mode & 0o022) !== 0) {
      throw new TapestryError('helper-failed', `The network helper ${file} can be written by others than its owner, so it isn’t used.`, {
        next: 'Take the permission away and install the helper anew.',
        fixes: [{ kind: 'copy-command', label: 'Copy command', value: `sudo chmod go-w ${file}` }],
      });
    }
    return file;
  }
  throw new TapestryError('helper-missing', 'The network helper is not built or not installed, so machines can’t be put on bridges.', {
    next: 'Run npm run setup; it compiles the helper and gives it its privilege.',
    fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'npm run setup' }],
  });
}
