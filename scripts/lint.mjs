// `npm run lint`: oxlint's rules, then the house's (scripts/lib/rooms.mjs). What it is given besides goes to oxlint, files to look at for one.
import { spawnSync } from 'node:child_process';
import { environment, node24 } from './lib/npm-packages.mjs';
import { roomFaults } from './lib/rooms.mjs';
import { at, root } from './lib/say.mjs';

const oxlint = [at('node_modules/oxlint/bin/oxlint'), '--deny-warnings', ...process.argv.slice(2)];
const { status } = spawnSync(node24(), oxlint, { cwd: root, stdio: 'inherit', env: environment() });
const faults = roomFaults();
for (const fault of faults) console.error(fault);
process.exitCode = status === 0 && faults.length === 0 ? 0 : 1;
