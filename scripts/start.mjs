// `npm start`: sets up what is missing, then the desktop app, or the same app in the browser where Electron can't open.
import { spawnSync } from 'node:child_process';
import { electronBinary, hasDisplay, whyNoElectron } from './lib/electron-binary.mjs';
import { environment, node24 } from './lib/npm-packages.mjs';
import { at, become, say, script, which } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

/** Electron's package fetches its binary on request since version 42. Tried once, where the window could open. */
const fetchElectron = () => {
  if (process.getuid?.() === 0 || !hasDisplay() || electronBinary() !== undefined) return;
  say("fetching Electron's binary");
  spawnSync(node24(), [at('node_modules/electron/install.js')], { stdio: ['ignore', 2, 'inherit'], env: environment(), timeout: 300_000 });
};

await script(async () => {
  setUp();
  const args = process.argv.slice(2);
  fetchElectron();
  const electron = electronBinary();
  const why = whyNoElectron();
  if (why === undefined && electron !== undefined) return become(electron, [at('.'), ...args], { env: environment() });
  say(`${why ?? 'Electron can not open here'}: serving the same app to your browser instead.`);
  const open = hasDisplay() && which('xdg-open') !== undefined ? ['--open'] : [];
  return become(node24(), [at('dist/host/cli.js'), 'serve', ...open, ...args], { env: environment() });
});
