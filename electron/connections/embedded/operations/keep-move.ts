import { withMove } from '../../../network/nics/nic-record.ts';
import type { Machines } from '../machines/machines.ts';

/** A cable that was moved stays where it is: the record forgets the way back. @throws TapestryError `not-found`, `wrong-state` when it is off */
export async function keepMove(machines: Machines, ref: string, alias: string): Promise<void> {
  const machine = machines.find(ref);
  await machine.jobs.run(async () => {
    const run = machine.running('changed while it runs');
    if (!run.record.nics.some((nic) => nic.alias === alias && nic.moved !== undefined)) return;
    await run.update({ nics: run.record.nics.map((nic) => (nic.alias === alias ? withMove(nic, undefined) : nic)) });
    machines.announce(machine);
  });
}
