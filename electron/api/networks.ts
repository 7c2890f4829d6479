import { randomBytes } from 'node:crypto';
import type { Handlers } from '../../shared/contract/kinds.ts';
import type { networks } from '../../shared/contract/networks.ts';
import { networksOf, type ApiContext } from './guard.ts';

/** Networks and NICs: each method is the connection's own, except for a MAC, which needs only the machines' list. */
export function networksHandlers(context: ApiContext): Handlers<typeof networks> {
  return {
    'networks.interfaces': async () => networksOf(context, 'networks.interfaces').interfaces(),
    'networks.watch': (_input, { signal }) => networksOf(context, 'networks.watch').watch(signal),
    'networks.nics': ({ machine }, { signal }) => networksOf(context, 'networks.nics', machine).nics(machine, signal),
    'networks.nic': async ({ machine }) => networksOf(context, 'networks.nic', machine).nic(machine),
    'networks.guestInterfaces': async ({ machine }) => networksOf(context, 'networks.guestInterfaces', machine).guestInterfaces(machine),
    'networks.createBridge': async (input) => {
      await networksOf(context, 'networks.createBridge').createBridge(input);
      return {};
    },
    'networks.deleteBridge': async ({ name, uplink }) => {
      await networksOf(context, 'networks.deleteBridge').deleteBridge(name, uplink);
      return {};
    },
    'networks.addUplink': async (input) => networksOf(context, 'networks.addUplink').addUplink(input),
    'networks.confirmUplink': async ({ token }) => {
      await networksOf(context, 'networks.confirmUplink').confirmUplink(token);
      return {};
    },
    'networks.cancelUplink': async ({ token }) => {
      await networksOf(context, 'networks.cancelUplink').cancelUplink(token);
      return {};
    },
    'networks.trials': (_input, { signal }) => networksOf(context, 'networks.trials').trials(signal),
    'networks.removeUplink': async (input) => {
      await networksOf(context, 'networks.removeUplink').removeUplink(input);
      return {};
    },
    'networks.keepMove': async ({ machine, alias }) => {
      await networksOf(context, 'networks.keepMove', machine).keepMove(machine, alias);
      return {};
    },
    'networks.generateMac': () => Promise.resolve({ mac: generateMac(context.connection.domains.list().flatMap(({ macs }) => macs)) }),
    'networks.forward': async (input) => {
      await networksOf(context, 'networks.forward', input.machine).forward(input);
      return {};
    },
  };
}

/** A MAC under QEMU's prefix 52:54:00 (as libvirt's virDomainNetGenerateMAC) that no machine uses. */
export function generateMac(taken: readonly string[], random: () => Uint8Array = () => randomBytes(3)): string {
  const used = new Set(taken.map((mac) => mac.toLowerCase()));
  for (;;) {
    const mac = ['52', '54', '00', ...[...random()].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
    if (!used.has(mac)) return mac;
  }
}
