// All that must be there before Tapestry can run from a checkout. Each step is quick when it has nothing to do.
import { ensureBuild } from './build.mjs';
import { ensureHelperCapability, ensureNativePrograms } from './native.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { ensureSystemPackages, wishForSystemPackages } from './system-packages.mjs';

/**
 * @param {{ tests?: boolean, build?: boolean }} [options] `tests`: also the browser and the programs that tests use; `build`: also dist/ (default)
 */
export const setUp = ({ tests = false, build = true } = {}) => {
  ensureNpmPackages();
  ensureSystemPackages({ tests });
  wishForSystemPackages({ tests });
  ensureNativePrograms();
  ensureHelperCapability();
  if (build) ensureBuild();
};
