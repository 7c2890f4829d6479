// Can the desktop app open here? The electron package is never imported: that would start a download.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { at } from './say.mjs';

/**
 * Electron's executable: in ELECTRON_OVERRIDE_DIST_PATH, or where the package's path.txt says once it was fetched.
 * @returns {string | undefined}
 */
export const electronBinary = () => {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override !== undefined && override !== '') {
    const file = path.join(override, 'electron');
    return existsSync(file) ? file : undefined;
  }
  const record = at('node_modules/electron/path.txt');
  if (!existsSync(record)) return undefined;
  const file = at('node_modules/electron/dist', readFileSync(record, 'utf8').trim());
  return existsSync(file) ? file : undefined;
};

/** Is there a screen to open a window on? */
export const hasDisplay = () => (process.env['DISPLAY'] ?? '') !== '' || (process.env['WAYLAND_DISPLAY'] ?? '') !== '';

/**
 * Why Electron can't open a window here, as one sentence; undefined when it can.
 * @returns {string | undefined}
 */
export const whyNoElectron = () => {
  if (process.getuid?.() === 0) return "running as root, which Electron's sandbox refuses";
  if (!hasDisplay()) return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  if (electronBinary() === undefined) return "Electron's binary is not here and could not be fetched";
  return undefined;
};
