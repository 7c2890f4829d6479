import { Machines } from '../machines/machines.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import { startSteps } from '../start/start-request.ts';
import { simpleBackend } from './simple-backend.ts';

/*
 * A host that is killed: opens the machines of the directories in argv[2] (JSON), starts the machine named in argv[3],
 * and kills itself with SIGKILL at the step in argv[4], or prints its state and stays when that is `stay`.
 */
const [, , directories = '', name = '', at = ''] = process.argv;
if (at !== 'stay' && !startSteps.some((step) => step === at)) throw new Error(`no step ${at}`);
const machines = await Machines.open({
  directories: JSON.parse(directories) as EmbeddedDirectories,
  backend: simpleBackend(),
  log: (error) => console.error(error),
  step: (step) => {
    if (step === at) process.kill(process.pid, 'SIGKILL');
  },
});
const machine = machines.find(name);
await machine.act('start', new AbortController().signal);
console.log(JSON.stringify(machine.summary()));
setInterval(() => undefined, 60_000);
