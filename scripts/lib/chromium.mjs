// The browser that the tests drive.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { at, which } from './say.mjs';

/**
 * A Chromium that a test can drive: TAPESTRY_CHROMIUM, the distribution's, Google Chrome, or the one that Playwright keeps.
 * Snaps don't count: their confinement hides the temporary profile from them.
 * @returns {string | undefined}
 */
export const findChromium = () => {
  const named = process.env['TAPESTRY_CHROMIUM'];
  if (named !== undefined) return named;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']) {
    const file = which(name);
    if (file !== undefined && !isSnap(file)) return file;
  }
  return playwrightChromium();
};

/** @param {string} file */
const isSnap = (file) => {
  if (file.startsWith('/snap/') || realpathSync(file) === '/usr/bin/snap') return true;
  const start = readFileSync(file).subarray(0, 4096);
  return start.subarray(0, 2).toString() === '#!' && start.includes('/snap/');
};

/** The browser of `npx playwright install chromium`, if it was ever run. */
const playwrightChromium = () => {
  const manifest = at('node_modules/@playwright/test/package.json');
  if (!existsSync(manifest)) return undefined;
  const { chromium } = createRequire(manifest)('playwright-core');
  const file = chromium.executablePath();
  return typeof file === 'string' && existsSync(file) ? file : undefined;
};
