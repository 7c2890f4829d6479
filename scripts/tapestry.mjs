#!/bin/sh
':' //; root=$(dirname "$(readlink -f "$0")")/..; for node in "$root"/node_modules/node-linux-*/bin/node; do test -x "$node" && exec "$node" "$0" "$@"; done; exec node "$0" "$@"
// `npx tapestry …` in a checkout: the command line, built when needed, on Node 24. For a shell the second line is a command that goes on
// with that Node, where npm has installed it already, so that an older one needn't start first; for Node it is a text and a comment.
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
