import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { clockTicksPerSecond, readProcessStat } from '../../../processes/proc-stat.ts';
import type { Domains } from '../../connection.ts';
import type { MachineAction } from '../../../../shared/contract/machines.ts';
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
  return {
    list: () => machines.summaries(),
    watch: (signal) => machines.watch(signal),
    get: (ref) => machines.find(ref).summary(),
    xml: async (ref) => {
      const machine = machines.find(ref);
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
    undefine: async ({ machine: ref, removeDisks = [], nvram, tpm, destroy = false }) => {
      const machine = machines.find(ref);
      // Nothing is ended or removed where the undefine itself would be refused.
      if (machine.stored === undefined) throw new TapestryError('not-found', `“${machine.facts.name}” has no stored definition.`);
      await decideUndefine(machine, { nvram }, machines.all());
      await requireRemovable(machine, removeDisks, machines, backend);
      if (destroy && machine.run !== undefined) await machine.act('destroy', AbortSignal.any([])); // once begun, it isn't taken back
      if (removeDisks.length > 0) await removeImages(machine, removeDisks, directories);
      const { autostart } = machine.stored;
      const kept = [...(await machines.undefine(ref, { nvram, tpm }))];
      if (autostart) await unit?.follow(false);
      return { kept };
    },
    rename: (ref, name) => machines.rename(ref, name),
    act: async (ref, action, signal, setAside) => {
      const machine = machines.find(ref);
      await machine.act(
        action,
        signal,
        setAside === undefined ? undefined : await startWithout(machines, machine, action, setAside, backend),
      );
    },
    setAutostart: async (ref, autostart) => {
      await machines.setAutostart(ref, autostart);
      await unit?.follow(autostart);
      return unit === undefined ? {} : { when: await unit.when() };
    },
    startMarked: async () => [...(await machines.startMarked())],
    device: async (input, signal) => changeDevice({ machines, backend }, input, signal),
    check: async ({ xml, machine: ref }) => {
      const problems = [...(await backend.problems(xml))];
      return [...problems, ...duplicates(machines, backend, xml, ref)];
    },
    native: async ({ xml, machine: ref, capabilities }) => {
      const machine = ref === undefined ? undefined : machines.find(ref);
      const text = xml ?? machine?.stored?.xml ?? machine?.run?.record.definition;
      if (text === undefined) throw new TapestryError('invalid', 'Give either an XML text or a machine.', { path: 'xml' });
      const uuid = machine?.uuid ?? '00000000-0000-0000-0000-000000000000';
      const { emulator, argv } = await backend.native(text, machinePaths(directories, uuid), capabilities);
      return { emulator, argv: [...argv] };
    },
    cpuTime: async (ref) => {
      const { run } = machines.find(ref);
      const stat = run === undefined ? undefined : await readProcessStat(run.process.pid);
      if (run === undefined || stat?.startTime !== run.process.startTime) return null;
      return (stat.cpuTicks * 1000) / clockTicksPerSecond;
    },
    monitor: async (ref, command) => {
      const { qmp } = machines.find(ref).running('asked');
      const { execute, arguments: args } = parseCommand(command);
      return qmp.execute(execute, args);
    },
    stats: (ref, signal) => sampleWhileWatched(machines, ref, signal),
    log: async (ref, lines) => {
      const machine = machines.find(ref);
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
const duplicates = (machines: Machines, backend: Backend, xml: string, ref: string | undefined): Awaited<ReturnType<Domains['check']>> => {
  let identity: { uuid: string; name: string };
  try {
    identity = backend.identify(backend.complete(xml));
  } catch (error) {
    if (error instanceof TapestryError) return []; // the problems say it already
    throw error;
  }
  const self = ref === undefined ? identity.uuid : machines.find(ref).uuid;
  return machines.all().flatMap((other) => {
    const message = `The machine “${other.facts.name}” has it already.`;
    if (other.uuid !== self) {
      if (other.uuid === identity.uuid) return [{ severity: 'error' as const, path: '/domain/uuid', message }];
      return other.facts.name === identity.name ? [{ severity: 'error' as const, path: '/domain/name', message }] : [];
    }
    // Without a machine to be edited, a known UUID under another name is a mistake; with one it is a rename.
    return ref === undefined && other.facts.name !== identity.name ? [{ severity: 'error' as const, path: '/domain/uuid', message }] : [];
  });
};

async function* sampleWhileWatched(machines: Machines, ref: string | undefined, signal: AbortSignal): ReturnType<Domains['stats']> {
  const sampler = new StatsSampler();
  while (!signal.aborted) {
    yield await sampler.sample(ref === undefined ? machines.all() : [machines.find(ref)]);
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
