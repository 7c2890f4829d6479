import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** Replaces a file whole or not at all: a reader sees the old text or the new. Readable by its owner only. */
export const writeFileAtomically = async (file: string, text: string | Uint8Array): Promise<void> => {
  const fresh = `${file}.${randomUUID().slice(0, 8)}.new`;
  try {
    await writeFile(fresh, text, { mode: 0o600, flush: true });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};
