// Can the desktop app open here? The electron package is never imported: that would start a download.
import { existsSync, readFileSync, statSync } from 'node:fs';
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

/** May an ordinary program make user namespaces? Debian and Ubuntu each have a switch of their own. */
const hasUserNamespaces = () =>
  [
    { file: '/proc/sys/kernel/unprivileged_userns_clone', off: '0' },
    { file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns', off: '1' },
  ].every(({ file, off }) => !existsSync(file) || readFileSync(file, 'utf8').trim() !== off);

/** Chromium's other sandbox: a helper beside the binary that an administrator made setuid root. @param {string} binary */
const hasSetuidSandbox = (binary) => {
  const stat = statSync(path.join(path.dirname(binary), 'chrome-sandbox'), { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === 0 && (stat.mode & 0o4000) !== 0;
};

/**
 * Why Electron can't open a window here, as one sentence; undefined when it can.
 * @returns {string | undefined}
 */
export const whyNoElectron = () => {
  const binary = electronBinary();
  if (process.getuid?.() === 0) return "running as root, which Electron's sandbox refuses";
  if (!hasDisplay()) return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  if (binary === undefined) return "Electron's binary is not here and could not be fetched";
  if (!hasUserNamespaces() && !hasSetuidSandbox(binary)) {
    return "this system lets ordinary programs make no user namespaces, which Electron's sandbox is made of (the deb package brings the AppArmor profile that allows it)";
  }
  return undefined;
};
