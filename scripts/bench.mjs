// `npm run bench`: sets up what is missing, then measures Tapestry beside what it stands on. `npm run bench -- start` takes one.
import { environment, node24 } from './lib/npm-packages.mjs';
import { at, become, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await script(() => {
  setUp();
  return become(node24(), [at('bench/main.ts'), ...process.argv.slice(2)], { env: environment() });
});
