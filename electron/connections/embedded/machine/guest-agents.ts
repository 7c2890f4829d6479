import type { GuestInterface } from '../../../../shared/contract/networks.ts';
import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import type { Domain, Interface } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { NicAgent } from '../../../network/nics/nic-status.ts';
import { agentChannel } from '../../../qemu/guest-agent/agent-channel.ts';
import { GuestAgent, type AgentWord } from '../../../qemu/guest-agent/guest-agent.ts';
import { GuestPorts } from '../../../qemu/guest-agent/guest-ports.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import type { Machine } from './machine.ts';
import type { Run } from '../run/run.ts';

/** One opening of the agent's port by the guest: another one is another agent, perhaps of another system. */
interface Session {
  readonly path: string;
  readonly opening: number;
  readonly agent: GuestAgent;
}

/** Who can be asked in a machine's guest, or why nobody can. */
type Found = { readonly agent: GuestAgent } | { readonly missing: TapestryError; readonly silence: string };

/**
 * The guest agents of running machines. Nobody is connected while nobody looks; that the agent came or went, QEMU's events tell.
 */
export class GuestAgents {
  readonly #ports = new WeakMap<QmpClient, GuestPorts>();
  readonly #sessions = new WeakMap<Run, Session>();
  readonly #changed: (uuid: string) => void;

  /** @param changed called when an agent came, went or answered: UUID of the machine */
  constructor(changed: (uuid: string) => void) {
    this.#changed = changed;
  }

  /** The agent's word on the NICs of a running machine, by alias. Never rejects: what is wrong is the reason that it is silent. */
  async look(machine: Machine, run: Run, domain: Domain): Promise<(nic: Interface) => NicAgent> {
    let found: Found;
    try {
      found = await this.#find(machine, run, domain);
    } catch (error) {
      if (!(error instanceof TapestryError)) throw error;
      found = { missing: error, silence: error.message }; // the monitor can't be reached at the moment
    }
    if ('missing' in found) {
      const { silence } = found;
      return () => ({ addresses: [], answered: false, silence });
    }
    const word = await found.agent.look();
    return (nic) => wordOn(nic, word);
  }

  /** Asks the agent now. @throws TapestryError `agent-*`, `wrong-state` */
  async interfaces(machine: Machine): Promise<GuestInterface[]> {
    const run = machine.running('asked');
    const found = await this.#find(machine, run, readDomain(parseXml(run.record.liveXml), { live: true }).domain);
    if ('missing' in found) throw found.missing;
    const { failure, interfaces } = await found.agent.ask();
    if (failure !== undefined) throw failure;
    return (interfaces ?? []).map(({ name, mac, addresses }) => ({ name, mac, addresses: [...addresses] }));
  }

  async #find(machine: Machine, run: Run, domain: Domain): Promise<Found> {
    const channel = agentChannel(domain.devices.channels, machine.paths.runtime);
    if (channel.kind === 'none') {
      return missing('agent-missing', 'The machine has no guest agent channel', 'add one', 'Add hardware, Guest agent channel.');
    }
    if (channel.kind === 'elsewhere') {
      return missing('agent-missing', 'The guest agent’s channel leads to another program', 'have QEMU listen on it');
    }
    if (machine.state.state !== 'running') {
      return missing('wrong-state', `The machine is ${machine.state.state}, so its guest agent can’t answer`, 'resume it');
    }
    const opening = await this.#portsOf(machine, run).opening(channel.alias);
    if (opening === undefined) {
      this.#sessions.delete(run);
      return missing('agent-absent', 'No guest agent runs in the guest', 'install qemu-guest-agent there');
    }
    const known = this.#sessions.get(run);
    if (known?.opening === opening && known.path === channel.path) return known;
    const agent = new GuestAgent(channel.path, () => this.#changed(machine.uuid));
    this.#sessions.set(run, { path: channel.path, opening, agent });
    return { agent };
  }

  #portsOf(machine: Machine, run: Run): GuestPorts {
    const { qmp } = run;
    let ports = this.#ports.get(qmp);
    if (ports === undefined) {
      ports = new GuestPorts(qmp, () => this.#changed(machine.uuid));
      this.#ports.set(qmp, ports);
    }
    return ports;
  }
}

/** @param next what to do, as the strip's sentence ends; the same is the error's next step unless another text is given */
const missing = (code: 'agent-missing' | 'agent-absent' | 'wrong-state', what: string, next: string, where?: string): Found => ({
  silence: `${what}: ${next}.`,
  missing: new TapestryError(code, `${what}.`, { next: where ?? `${next.slice(0, 1).toUpperCase()}${next.slice(1)}.` }),
});

/** What an agent's word says of one NIC: everything in the guest that has its MAC (a bridge or a VLAN on top of it has the same). Pure. */
export function wordOn(nic: Interface, { interfaces, at, failure }: AgentWord): NicAgent {
  if (interfaces === undefined || at === undefined) {
    return { addresses: [], answered: false, silence: failure?.message ?? 'The guest agent hasn’t answered yet.' };
  }
  const own = interfaces.filter(({ mac }) => mac !== null && mac === nic.mac?.toLowerCase());
  const [first] = own;
  if (first === undefined) {
    return {
      addresses: [],
      answered: true,
      silence: 'The guest has no interface with this MAC, says its agent: no driver for this NIC, or another MAC.',
    };
  }
  const addresses = own.flatMap(({ name, addresses: told }) =>
    told.map((one) => ({ ...one, source: 'agent' as const, seenAt: at, guestName: name })),
  );
  return {
    addresses,
    guestName: first.name,
    answered: true,
    silence: addresses.length > 0 ? null : `The guest calls this NIC ${first.name}, and has no address on it.`,
  };
}
