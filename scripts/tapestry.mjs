#!/usr/bin/env node
// `npx tapestry …` in a checkout: the command line, built when needed, on Node 24.
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './lib/build.mjs';
import { ensureNativePrograms } from './lib/native.mjs';
import { ensureNpmPackages, environment, node24 } from './lib/npm-packages.mjs';
import { at, become, script } from './lib/say.mjs';

await script(async () => {
  ensureNpmPackages();
  ensureNativePrograms();
  ensureBuild();
  const cli = at('dist/host/cli.js');
  if (Number.parseInt(process.versions.node, 10) < 24) return become(node24(), [cli, ...process.argv.slice(2)], { env: environment() });
  // Node 24 already (npx puts it first in PATH): no second process. The command line sets the exit status itself.
  process.argv[1] = cli;
  await import(pathToFileURL(cli).href);
  return Number(process.exitCode ?? 0);
});
