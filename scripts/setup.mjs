// `npm run setup`: everything that `npm start` and `npm test` need, and nothing else.
import { say, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await script(() => {
  setUp({ tests: true });
  say('everything is set up');
  return 0;
});
