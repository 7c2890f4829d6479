import { createInterface } from 'node:readline';
import { machineAction } from '../../../../shared/contract/machines.ts';
import { Machines } from '../machines/machines.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import { simpleBackend } from './simple-backend.ts';

/*
 * A host that does what it is told, one line of JSON after the other: `{ act, name, uuid, xml }`. It answers each with one line: whether it went
 * well, who runs with which process, and who is defined. Made to be killed.
 */
const [, , directories = ''] = process.argv;
const machines = await Machines.open({
  directories: JSON.parse(directories) as EmbeddedDirectories,
  backend: simpleBackend(),
  log: (error) => console.error(error),
});

const act = async (what: string, uuid: string, xml: string): Promise<void> => {
  if (what === 'look') return;
  if (what === 'define') await machines.define(xml);
  else if (what === 'undefine') await machines.undefine(uuid);
  else await machines.find(uuid).act(machineAction.parse(what), new AbortController().signal);
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as { act: string; uuid: string; xml: string };
  let ok = true;
  try {
    await act(asked.act, asked.uuid, asked.xml);
  } catch {
    ok = false; // a machine in the wrong state, mostly: the answer says so
  }
  const running = machines.all().flatMap((one) => (one.run === undefined ? [] : [[one.run.record.name, one.run.process]]));
  const defined = machines.all().flatMap((one) => (one.stored === undefined ? [] : [one.facts.name]));
  console.log(JSON.stringify({ ok, running: Object.fromEntries(running) as object, defined }));
}
