import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { MachineStats } from '../../../shared/contract/machines.ts';
import type { SupportTable } from '../../../shared/contract/support.ts';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import type { Domains } from '../connection.ts';
import { requireSupport } from '../require-support.ts';
import { changeNic, readDefinition, readNic, withUuid } from './definition.ts';
import { hashOf, type TestMachines } from './machines.ts';

/** How often a machine that is watched is sampled, ms. */
const samplePeriod = 1000;

/** What the monitor of a test machine understands besides being asked anything. `for`: ms until the connection is back. */
const dropCommand = z.object({
  execute: z.literal('drop-connection'),
  arguments: z.object({ for: z.number().int().nonnegative().optional() }).optional(),
});

/** What support refuses is refused before it comes here. */
function neverAsked(): Promise<never> {
  return Promise.reject(new TapestryError('internal', 'The test connection was asked for what it doesn’t do.'));
}

/**
 * The machines of a test host, as the API asks for them.
 * @param drop makes the connection go, and come back after so many ms
 */
export function testDomains(machines: TestMachines, connection: string, drop: (backAfter: number | undefined) => void): Domains {
  return {
    list: () => Promise.resolve(machines.list()),
    watch: (_input, { signal }) =>
      machines.events.subscribe(signal, () => [{ kind: 'snapshot', connection, machines: machines.list(), broken: [] }]),
    get: async ({ machine }) => Promise.resolve(machines.find(machine).summary),
    xml: async ({ machine }) => {
      const { inactive, live } = machines.find(machine);
      return Promise.resolve({ inactive, live, hash: hashOf(inactive) });
    },
    define: async ({ xml, expect, createOnly }) => {
      const { machine, created } = machines.define(xml, expect, createOnly === true);
      return Promise.resolve({ uuid: machine.summary.uuid, name: machine.summary.name, created, findings: [] });
    },
    undefine: async ({ machine: target, destroy }, { signal }) => {
      const machine = machines.find(target);
      if (destroy === true && machine.summary.id !== null) await machines.act(machine, 'destroy', signal);
      machines.undefine(machine);
      return { kept: [] };
    },
    rename: async ({ machine, name }) => {
      machines.rename(machines.find(machine), name);
      return Promise.resolve({});
    },
    act: async ({ machine, action }, { signal }) => {
      await machines.act(machines.find(machine), action, signal);
      return {};
    },
    autostart: async ({ machine, autostart }) => {
      machines.update(machines.find(machine), { autostart });
      return Promise.resolve({});
    },
    startMarked: neverAsked,
    device: async ({ machine: target, how, xml, scope, expect, stored }) => {
      const machine = machines.find(target);
      if (scope !== 'config' && machine.live === null)
        throw new TapestryError('wrong-state', `“${machine.summary.name}” is off.`, { next: 'Change it for the next start.' });
      const nic = readNic(xml);
      if (scope !== 'config' && how === 'attach') requireSupport(machines.support, `attach-nic-${nic.type}`, { path: '/interface/@type' });
      if (scope !== 'config' && how === 'update') requireChangeable(machines.support, machine.live ?? '', xml);
      const { uuid, name } = machine.summary;
      if (scope !== 'live' && expect !== undefined) machines.requireHash(machine, expect);
      if (stored !== undefined) {
        const read = readDefinition(stored.xml);
        if (read.name !== name || (read.uuid ?? uuid) !== uuid)
          throw new TapestryError('xml-invalid', `This is not a definition of “${name}”.`, { path: '/domain/name' });
        machines.define(withUuid(stored.xml, uuid), stored.expect, false);
      } else if (scope !== 'live') machines.store(machine, changeNic(machine.inactive, how, xml));
      if (scope !== 'config' && machine.live !== null) {
        machine.live = changeNic(machine.live, how, xml);
        machines.update(machine, { pending: scope === 'live' });
        machines.changedXml(machine);
      }
      return Promise.resolve({ state: 'done' as const });
    },
    check: async ({ xml }) => {
      try {
        return { problems: readDomain(parseXml(xml)).problems.map((problem) => ({ line: 1, column: 1, ...problem })) };
      } catch (error) {
        if (!(error instanceof TapestryError)) throw error;
        const { path = '/domain', line = 1, column = 1 } = error.data;
        return Promise.resolve({ problems: [{ severity: 'error' as const, path, message: error.message, line, column }] });
      }
    },
    native: neverAsked,
    cpuTime: async ({ machine }) => Promise.resolve({ ms: machines.find(machine).summary.id === null ? null : 1234 }),
    monitor: async ({ machine, command }) => {
      const { id, name } = machines.find(machine).summary;
      if (id === null) throw new TapestryError('wrong-state', `“${name}” is off.`, { next: 'Start it first.' });
      const { success, data } = dropCommand.safeParse(jsonOrUndefined(command));
      if (success) drop(data.arguments?.for);
      return Promise.resolve({ reply: success ? {} : { echo: command } });
    },
    stats: async function* ({ machine }, { signal }) {
      while (!signal.aborted) {
        yield samplesOf(machines, machine === undefined ? undefined : machines.find(machine).summary.uuid);
        await delay(samplePeriod, undefined, { signal, ref: false }).catch(() => undefined); // aborted: the loop ends
      }
    },
    log: neverAsked,
    createDemo: neverAsked,
  };
}

/** The same figures always for the same machine and second: nothing here is measured. */
function samplesOf(machines: TestMachines, only: string | undefined): MachineStats[] {
  const at = Date.now();
  return machines.list().flatMap(({ connection, uuid, id, state, memoryKiB, vcpus }) => {
    if (id === null || (only !== undefined && only !== uuid)) return [];
    const on = state === 'running' ? 1 : 0;
    const wave = (scale: number): number => on * (1 + Math.sin(at / 4000 + uuid.charCodeAt(0))) * scale;
    return [
      {
        connection,
        uuid,
        at,
        cpuPercent: Math.min(100, wave(20 / vcpus)),
        memoryKiB: Math.round(memoryKiB * 1.1),
        guestMemoryKiB: Math.round(memoryKiB * 0.6),
        diskReadBps: wave(2e6),
        diskWriteBps: wave(5e5),
        netRxBps: wave(4e5),
        netTxBps: wave(1e5),
      },
    ];
  });
}

/** @throws TapestryError `unsupported-operation` for what can't be changed while the machine runs */
function requireChangeable(support: SupportTable, live: string, xml: string): void {
  const wanted = readNic(xml);
  const running = readDomain(parseXml(live)).domain.devices.interfaces.find(
    ({ mac, alias }) => mac === wanted.mac || alias === wanted.alias,
  );
  if (running === undefined) return;
  if (wanted.type !== running.type) requireSupport(support, 'update-nic-type', { path: '/interface/@type' });
  if (wanted.model !== running.model) requireSupport(support, 'update-nic-model', { path: '/interface/model/@type' });
}
