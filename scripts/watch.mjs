// `npm run watch`: unit and component tests of what changed, run anew at each change. `npm run watch -- FILE…`: of these files or folders.
import { environment, node24 } from './lib/npm-packages.mjs';
import { at, become, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await script(() => {
  setUp({ build: false });
  const files = process.argv.slice(2);
  const which = files.length === 0 ? ['--changed'] : files;
  return become(node24(), [at('node_modules/vitest/vitest.mjs'), 'watch', '--project', 'unit', '--project', 'renderer', ...which], {
    env: environment(),
  });
});
