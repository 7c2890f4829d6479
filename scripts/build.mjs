// `npm run build`: the C programs and dist/, whether or not anything changed.
import { ensureBuild } from './lib/build.mjs';
import { ensureNativePrograms } from './lib/native.mjs';
import { script } from './lib/say.mjs';

await script(() => {
  ensureNativePrograms();
  ensureBuild({ force: true });
  return 0;
});
