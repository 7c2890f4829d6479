import type { Interface } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { GuestAddress } from '../../../network/view/guest-addresses.ts';
import { driverOf } from '../../../network/nics/nic-drivers.ts';
import { usernetAddresses } from '../../../network/nics/user-network.ts';
import type { Machine } from './machine.ts';
import type { Run } from '../run/run.ts';

/** For how long an answer is taken for the newest, ms: several windows may look at one machine. */
const fresh = 2000;

/** Does QEMU itself make this NIC's network? passt is a process of its own, and tells nothing. */
const isUserNetwork = (nic: Interface): boolean => driverOf(nic).network === 'slirp';

/** What was seen of a run's guest: address by NIC, and when it was last in a connection (ms since the epoch). */
interface Seen {
  at: number;
  readonly byNic: Map<string, Map<string, number>>;
}

/**
 * Addresses that guests have used in QEMU's user network. QEMU has no event for that: it is asked while somebody looks. What was seen
 * once stays seen as long as the machine runs, with its time.
 */
export class GuestTraffic {
  readonly #seen = new WeakMap<Run, Seen>();

  /** Never rejects for a monitor that can't answer: then nothing new was seen. @returns addresses by the NIC's alias */
  async look(machine: Machine, run: Run, nics: readonly Interface[], at: number): Promise<(nic: Interface) => readonly GuestAddress[]> {
    const own = nics.filter(isUserNetwork);
    if (own.length === 0) return () => [];
    const seen = this.#seen.get(run) ?? { at: 0, byNic: new Map<string, Map<string, number>>() };
    this.#seen.set(run, seen);
    if (machine.state.state === 'running' && at - seen.at >= fresh) {
      seen.at = at;
      for (const [id, addresses] of await ask(run, own)) {
        const known = seen.byNic.get(id) ?? new Map<string, number>();
        for (const address of addresses) known.set(address, at);
        seen.byNic.set(id, known);
      }
    }
    return (nic) =>
      [...(seen.byNic.get(netdevOf(nic)) ?? [])].map(([address, seenAt]) => ({
        address,
        prefix: 0,
        family: 'ipv4',
        source: 'traffic',
        seenAt,
      }));
  }
}

const netdevOf = (nic: Interface): string => `host${nic.alias ?? ''}`;

const ask = async (run: Run, nics: readonly Interface[]): Promise<ReturnType<typeof usernetAddresses>> => {
  try {
    const answer = await run.qmp.execute('human-monitor-command', { 'command-line': 'info usernet' });
    return typeof answer === 'string' ? usernetAddresses(answer, new Map(nics.map((nic) => [netdevOf(nic), nic]))) : new Map();
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return new Map(); // the monitor can't be asked at the moment
  }
};
