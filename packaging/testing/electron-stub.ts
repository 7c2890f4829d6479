import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeZip } from './zip.ts';

/** What Electron's binary holds before its fuses: `@electron/fuses` looks for this text, a version, a length and a digit per fuse. */
const fuses = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100110')]);

/**
 * Writes a stand-in for Electron's release, as the packager looks for it: the same tree, with a script for the program. It shows what
 * the package holds; a window it can't open.
 * @param folder made here; for the packager's `electronZipDir`
 * @param version of the electron package
 */
export async function writeElectronStub(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeZip(path.join(folder, `electron-v${version}-linux-${process.arch}.zip`), [
    { name: 'electron', mode: 0o755, content: Buffer.concat([Buffer.from('#!/bin/sh\necho "a stand-in for Electron"\nexit 0\n'), fuses]) },
    { name: 'chrome-sandbox', mode: 0o755, content: '#!/bin/sh\nexit 1\n' },
    { name: 'version', mode: 0o644, content: version },
    { name: 'LICENSE', mode: 0o644, content: 'A license.\n' },
    { name: 'LICENSES.chromium.html', mode: 0o644, content: '<!doctype html>' },
    { name: 'locales/en-US.pak', mode: 0o644, content: '' },
    { name: 'resources/default_app.asar', mode: 0o644, content: '' },
  ]);
}
