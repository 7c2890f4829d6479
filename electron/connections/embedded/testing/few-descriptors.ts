import { Machines } from '../machines/machines.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import { definition, never } from './fixture.ts';
import { simpleBackend } from './simple-backend.ts';

/*
 * A host with few descriptors (the caller's ulimit): opens the machines of the directories in argv[2] (JSON), and defines and starts one machine
 * with a serial port after the other, as many as argv[3] says. Prints how each start ended as JSON: `running`, or the code of its error.
 */
const [, , directories = '', count = ''] = process.argv;
const machines = await Machines.open({
  directories: JSON.parse(directories) as EmbeddedDirectories,
  backend: simpleBackend(),
  log: (error) => console.error(error),
});
const outcomes: string[] = [];
for (let number = 0; number < Number(count); number++) {
  try {
    const { machine } = await machines.define(definition(`m${number}`, '<pty/>'));
    await machine.act('start', never);
    outcomes.push(machine.state.state);
  } catch (error) {
    outcomes.push(error instanceof TapestryError ? error.code : String(error));
  }
}
const running = machines.all().filter((machine) => machine.run !== undefined).length;
console.log(JSON.stringify({ outcomes, running }));
await machines.close();
process.exit(0);
