import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import { availableParallelism } from 'node:os';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { MachineStats } from '../../../../shared/contract/machines.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { clockTicksPerSecond, readProcessStat } from '../../../processes/proc-stat.ts';
import { GuestMemory } from '../run/guest-memory.ts';
import type { Machine } from './machine.ts';
import type { Run } from '../run/run.ts';

/** How often running machines are sampled while somebody watches, ms. */
export const samplePeriod = 1_000;

/** Page size of every architecture that Debian runs QEMU/KVM on with 4 KiB pages, KiB. */
const pageKiB = 4;

const blockStats = z.array(z.looseObject({ stats: z.looseObject({ rd_bytes: z.number(), wr_bytes: z.number() }) }));

/** Counters since power-on at one moment. */
interface Counters {
  readonly at: number;
  readonly cpuTicks: number;
  readonly diskRead: number;
  readonly diskWrite: number;
  /** To the guest and from it, bytes. */
  readonly netRx: number;
  readonly netTx: number;
}

/** Makes rates of two looks at each machine. Holds the last look only; drop it and nothing is sampled. */
export class StatsSampler {
  readonly #before = new WeakMap<Run, Counters>();
  readonly #memory = new WeakMap<Run, GuestMemory>();

  /** Samples these machines; one that runs since the last sample only is left out until the next. */
  async sample(machines: readonly Machine[]): Promise<MachineStats[]> {
    const samples = await Promise.all(machines.map((machine) => this.#one(machine)));
    return samples.filter((sample) => sample !== undefined);
  }

  async #one(machine: Machine): Promise<MachineStats | undefined> {
    const { run } = machine;
    if (run === undefined) return undefined;
    const stat = await readProcessStat(run.process.pid);
    if (stat === undefined || stat.startTime !== run.process.startTime) return undefined;
    const memory = this.#memory.get(run) ?? new GuestMemory(run, samplePeriod);
    this.#memory.set(run, memory);
    const [disk, net, guest] = await Promise.all([diskBytes(machine), netBytes(machine), memory.used()]);
    const before = this.#before.get(run);
    // What nobody answered stays what it was: from nothing to everything would be no rate.
    const counted = disk ?? before;
    if (counted === undefined) return undefined;
    const { diskRead, diskWrite } = counted;
    const now: Counters = { at: performance.now(), cpuTicks: stat.cpuTicks, diskRead, diskWrite, ...net };
    this.#before.set(run, now);
    if (before === undefined) return undefined;
    const seconds = Math.max(0.001, (now.at - before.at) / 1000);
    const rate = (field: 'diskRead' | 'diskWrite' | 'netRx' | 'netTx') => Math.max(0, Math.round((now[field] - before[field]) / seconds));
    const cpuSeconds = (now.cpuTicks - before.cpuTicks) / clockTicksPerSecond;
    // 100 % is all of the machine's vCPUs busy; QEMU's own threads may add to it, but not beyond the computer's CPUs.
    const cpus = Math.max(1, Math.min(machine.facts.vcpus, availableParallelism()));
    return {
      connection: embeddedConnection,
      uuid: machine.uuid,
      at: Date.now(),
      cpuPercent: Math.min(100, Math.round((cpuSeconds / seconds / cpus) * 1000) / 10),
      memoryKiB: stat.residentPages * pageKiB,
      ...(guest === undefined ? {} : { guestMemoryKiB: guest }),
      diskReadBps: rate('diskRead'),
      diskWriteBps: rate('diskWrite'),
      netRxBps: rate('netRx'),
      netTxBps: rate('netTx'),
    };
  }
}

/** Undefined where QEMU doesn't answer. */
const diskBytes = async (machine: Machine): Promise<Pick<Counters, 'diskRead' | 'diskWrite'> | undefined> => {
  try {
    const answer = blockStats.safeParse(await machine.run?.qmp.execute('query-blockstats', undefined, { deadline: samplePeriod }));
    if (!answer.success) return undefined;
    const disks = answer.data;
    return {
      diskRead: disks.reduce((sum, { stats }) => sum + stats.rd_bytes, 0),
      diskWrite: disks.reduce((sum, { stats }) => sum + stats.wr_bytes, 0),
    };
  } catch (error) {
    // Its state says why.
    if (error instanceof TapestryError) return undefined;
    throw error;
  }
};

/** A TAP's counters are the host's: what it receives, the guest sent. */
const netBytes = async (machine: Machine): Promise<Pick<Counters, 'netRx' | 'netTx'>> => {
  let [netRx, netTx] = [0, 0];
  for (const { device } of machine.run?.record.nics ?? []) {
    if (device === null) continue;
    const [received, sent] = await Promise.all(
      // A device that went meanwhile has counted nothing.
      ['rx_bytes', 'tx_bytes'].map((name) => readFile(`/sys/class/net/${device}/statistics/${name}`, 'utf8').catch(() => '0')),
    );
    netTx += Number(received);
    netRx += Number(sent);
  }
  return { netRx, netTx };
};
