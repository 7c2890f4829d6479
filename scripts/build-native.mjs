// The C programs alone: build/native/net-helper and build/native/serial-recorder.
import { ensureHelperCapability, ensureNativePrograms } from './lib/native.mjs';
import { script } from './lib/say.mjs';

await script(() => {
  ensureNativePrograms();
  ensureHelperCapability();
  return 0;
});
