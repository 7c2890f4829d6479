import { randomUUID } from 'node:crypto';
import { TapestryError } from '../../../../shared/errors.ts';
import type { DemoMachineOptions, DemoStep } from '../../../guest/demo-machine.ts';
import type { Domains } from '../../connection.ts';
import type { JobList } from '../../jobs/job-list.ts';
import type { Machines } from '../machines/machines.ts';

/** What makes the demo machine's files (electron/guest). */
export type MakeDemo = (options: Pick<DemoMachineOptions, 'name' | 'uuid' | 'note'>, signal: AbortSignal) => AsyncIterable<DemoStep>;

/**
 * Begins the job that makes and defines the demo machine, under a name that is free.
 * @throws TapestryError `duplicate-name` when the name that was asked for is taken
 */
export async function beginDemo(
  jobs: JobList,
  machines: Machines,
  make: MakeDemo,
  { name: wanted, begunBy }: Parameters<Domains['createDemo']>[0],
): ReturnType<Domains['createDemo']> {
  await jobs.opened();
  const being = jobs.going('demo-machine').map(({ subject }) => subject);
  const name = freeName([...machines.all().flatMap((machine) => [machine.name, machine.facts.name]), ...being], wanted ?? 'demo');
  if (wanted !== undefined && name !== wanted) {
    throw new TapestryError('duplicate-name', `A machine named “${wanted}” exists already.`, {
      path: 'name',
      fixes: [{ kind: 'choose-other-name', label: 'Choose another name', value: name }],
    });
  }
  const uuid = randomUUID();
  return jobs.begin(
    { kind: 'demo-machine', subject: name, machine: { uuid, name }, loses: 'machine', begunBy },
    async ({ signal, note, step, amount, finishing, result }) => {
      for await (const { step: code, source, bytes, done, total, xml } of make({ name, uuid, note }, signal)) {
        step({ code, ...(source === undefined ? {} : { source }) });
        amount(bytes === undefined ? { done, total, unit: 'steps' } : { ...bytes, unit: 'bytes' }, done / total);
        if (xml === undefined) continue;
        finishing();
        await machines.define(xml, { createOnly: true });
        result({ kind: 'demo-machine', uuid });
      }
    },
  );
}

const freeName = (given: readonly string[], wanted: string): string => {
  const taken = new Set(given);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
};
