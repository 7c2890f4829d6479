import { moveWithoutReplacing } from './atomic-file.ts';
import { fileError } from './file-errors.ts';
import { errnoOf } from './if-there.ts';

/**
 * Gives a file that can't be understood a name beside its own that nothing has (`.broken`, `.broken-2`, …): it stays for its owner to look at.
 *
 * @throws TapestryError `io`, `storage-full`
 */
export async function putAside(file: string): Promise<void> {
  for (let number = 1; ; number += 1) {
    try {
      await moveWithoutReplacing(file, number === 1 ? `${file}.broken` : `${file}.broken-${number}`);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw fileError(file, 'put aside', error);
    }
  }
}
