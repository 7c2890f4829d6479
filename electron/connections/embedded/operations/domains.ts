import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { clockTicksPerSecond, readProcessStat } from '../../../processes/proc-stat.ts';
import type { Domains } from '../../connection.ts';
import { nameIn } from '../../../../shared/contract/machine-key.ts';
import type { MachineAction, MachineStats, XmlProblem } from '../../../../shared/contract/machines.ts';
import type { MachineTarget } from '../../../../shared/contract/references.ts';
import type { Machine } from '../machine/machine.ts';
import { withoutObstacles } from '../definitions/set-aside.ts';
import { changeDevice } from './change-device.ts';
import { machinePaths } from '../ports/machine-paths.ts';
import type { MarkedUnit } from './marked-unit.ts';
import type { Machines } from '../machines/machines.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import { removeImages, requireRemovable } from './remove-images.ts';
import { samplePeriod, StatsSampler } from '../machine/stats.ts';
import { definitionHash } from '../definitions/store/stored-definition.ts';
import { decideUndefine } from '../undefine/undefine.ts';

/** The longest part of a log that is shown, bytes. */
const logLimit = 1024 * 1024;

/** A monitor command as a user types it. */
const monitorCommand = z.looseObject({ execute: z.string(), arguments: z.record(z.string(), z.unknown()).optional() });

/** What {@link embeddedDomains} is made of. */
export interface DomainsOptions {
  readonly machines: Machines;
  readonly backend: Backend;
  readonly directories: EmbeddedDirectories;
  /** Begins the job that makes the demo machine. */
  readonly createDemo: Domains['createDemo'];
  /** What starts marked machines when no window does. */
  readonly unit?: MarkedUnit | undefined;
}

/** The machines of the embedded connection, as the API asks for them. */
export function embeddedDomains({ machines, backend, directories, createDemo, unit }: DomainsOptions): Domains {
  const find = (target: MachineTarget): Machine => machines.find(nameIn(target));
  return {
    list: () => Promise.resolve(machines.summaries()),
    watch: (_input, { signal }) => machines.watch(signal),
    get: async ({ machine }) => Promise.resolve(find(machine).summary()),
    xml: async ({ machine: target }) => {
      const machine = find(target);
      const inactive = machine.stored?.xml ?? null;
      return Promise.resolve({
        inactive,
        live: machine.run?.record.liveXml ?? null,
        hash: inactive === null ? '' : definitionHash(inactive),
      });
    },
    define: async ({ xml, expect, createOnly }) => {
      // Together: what is looked at of this computer takes no longer than the store's disk does.
      const [{ machine, created }, findings] = await Promise.all([machines.define(xml, { expect, createOnly }), backend.problems(xml)]);
      return { uuid: machine.uuid, name: machine.facts.name, created, findings: [...findings] };
    },
    undefine: async ({ machine: target, removeDisks = [], nvram, tpm, destroy = false }) => {
      const machine = find(target);
      // Nothing is ended or removed where the undefine itself would be refused.
      if (machine.stored === undefined) throw new TapestryError('not-found', `“${machine.facts.name}” has no stored definition.`);
      await decideUndefine(machine, { nvram }, machines.all());
      await requireRemovable(machine, removeDisks, machines, backend);
      if (destroy && machine.run !== undefined) await machine.act('destroy', AbortSignal.any([])); // once begun, it isn't taken back
      if (removeDisks.length > 0) await removeImages(machine, removeDisks, directories);
      const { autostart } = machine.stored;
      const kept = [...(await machines.undefine(machine.uuid, { nvram, tpm }))];
      if (autostart) await unit?.follow(false);
      return { kept };
    },
    rename: async ({ machine, name }) => {
      await machines.rename(nameIn(machine), name);
      return {};
    },
    act: async ({ machine: target, action, setAside }, { signal }) => {
      const machine = find(target);
      await machine.act(
        action,
        signal,
        setAside === undefined ? undefined : await startWithout(machines, machine, action, setAside, backend),
      );
      return {};
    },
    autostart: async ({ machine, autostart }) => {
      await machines.setAutostart(nameIn(machine), autostart);
      await unit?.follow(autostart);
      return unit === undefined ? {} : { when: await unit.when() };
    },
    startMarked: async () => ({ started: [...(await machines.startMarked())] }),
    device: async (input, { signal }) => changeDevice({ machines, backend }, input, signal),
    check: async ({ xml, machine }) => {
      const problems = [...(await backend.problems(xml))];
      return { problems: [...problems, ...duplicates(machines, backend, xml, machine === undefined ? undefined : find(machine))] };
    },
    native: async ({ xml, machine: target, capabilities }) => {
      const machine = target === undefined ? undefined : find(target);
      const text = xml ?? machine?.stored?.xml ?? machine?.run?.record.definition;
      if (text === undefined) throw new TapestryError('invalid', 'Give either an XML text or a machine.', { path: 'xml' });
      const paths = machine === undefined ? undefined : machinePaths(directories, machine.uuid);
      const { environment, emulator, argv } = await backend.native(text, paths, capabilities);
      return { environment: { ...environment }, emulator, argv: [...argv] };
    },
    cpuTime: async ({ machine }) => {
      const { run } = find(machine);
      const stat = run === undefined ? undefined : await readProcessStat(run.process.pid);
      if (run === undefined || stat?.startTime !== run.process.startTime) return { ms: null };
      return { ms: (stat.cpuTicks * 1000) / clockTicksPerSecond };
    },
    monitor: async ({ machine, command }) => {
      const { qmp } = find(machine).running('asked');
      const { execute, arguments: args } = parseCommand(command);
      return { reply: await qmp.execute(execute, args) };
    },
    stats: ({ machine }, { signal }) => sampleWhileWatched(machines, machine, signal),
    log: async ({ machine: target, lines }) => {
      const machine = find(target);
      const path = machine.run?.record.log ?? machine.paths.log;
      return { path, text: await lastLines(path, lines) };
    },
    createDemo,
  };
}

/** The definition that a start is made of when parts of it are set aside; stored where that is for good. */
const startWithout = async (
  machines: Machines,
  machine: Machine,
  action: MachineAction,
  setAside: 'once' | 'always',
  backend: Backend,
): Promise<string> => {
  const { stored } = machine;
  if (action !== 'start' && action !== 'start-paused')
    throw new TapestryError('invalid', 'Parts of a definition are set aside at a start.', { path: 'setAside' });
  if (stored === undefined) throw new TapestryError('not-found', `“${machine.facts.name}” has no stored definition.`);
  const xml = await withoutObstacles(stored.xml, (text) => backend.problems(text));
  if (setAside === 'always' && xml !== stored.xml) await machines.define(xml, { expect: stored.hash });
  return xml;
};

const parseCommand = (text: string): z.infer<typeof monitorCommand> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TapestryError('invalid', 'A monitor command is a JSON object, as {"execute":"query-status"}.', {
      path: 'command',
      cause: error,
      detail: String(error),
    });
  }
  const parsed = monitorCommand.safeParse(value);
  if (!parsed.success)
    throw new TapestryError('invalid', 'A monitor command has "execute" and, if need be, "arguments".', {
      path: 'command',
      detail: parsed.error.message,
    });
  return parsed.data;
};

/** Names and UUIDs that a define would refuse. */
const duplicates = (machines: Machines, backend: Backend, xml: string, edited: Machine | undefined): XmlProblem[] => {
  let identity: { uuid: string; name: string };
  try {
    identity = backend.identify(backend.complete(xml));
  } catch (error) {
    if (error instanceof TapestryError) return []; // the problems say it already
    throw error;
  }
  const self = edited?.uuid ?? identity.uuid;
  return machines.all().flatMap((other) => {
    const message = `The machine “${other.facts.name}” has it already.`;
    if (other.uuid !== self) {
      if (other.uuid === identity.uuid) return [{ severity: 'error' as const, path: '/domain/uuid', message }];
      return other.facts.name === identity.name ? [{ severity: 'error' as const, path: '/domain/name', message }] : [];
    }
    // Without a machine to be edited, a known UUID under another name is a mistake; with one it is a rename.
    return edited === undefined && other.facts.name !== identity.name
      ? [{ severity: 'error' as const, path: '/domain/uuid', message }]
      : [];
  });
};

async function* sampleWhileWatched(
  machines: Machines,
  target: MachineTarget | undefined,
  signal: AbortSignal,
): AsyncGenerator<MachineStats[], void> {
  const sampler = new StatsSampler();
  while (!signal.aborted) {
    yield await sampler.sample(target === undefined ? machines.all() : [machines.find(nameIn(target))]);
    await delay(samplePeriod, undefined, { signal, ref: false }).catch(() => undefined); // aborted: the loop ends
  }
}

const lastLines = async (path: string, lines: number): Promise<string> => {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return ''; // it was never started
    throw new TapestryError('io', `The machine's log ${path} can't be read.`, { cause: error, detail: String(error) });
  }
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - logLimit);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(size - from), position: from });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await file.close();
  }
};
