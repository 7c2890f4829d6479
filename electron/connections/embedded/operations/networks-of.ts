import { nameIn } from '../../../../shared/contract/machine-key.ts';
import type { EmbeddedNetworks } from '../../../network/networks.ts';
import type { Networks } from '../../connection.ts';

/** The networks of this computer and its machines' NICs, as the API asks for them. The network room knows machines by a text, not by reference. */
export function networksOf(own: EmbeddedNetworks): Networks {
  return {
    interfaces: () => own.interfaces(),
    watch: (_input, { signal }) => own.watch(signal),
    nics: ({ machine }, { signal }) => own.nics(nameIn(machine), signal),
    nic: ({ machine }) => own.nic(nameIn(machine)),
    guestInterfaces: ({ machine }) => own.guestInterfaces(nameIn(machine)),
    createBridge: (input) => done(own.createBridge(input)),
    deleteBridge: ({ name, uplink }) => done(own.deleteBridge(name, uplink)),
    addUplink: (input) => own.addUplink(input),
    confirmUplink: ({ token }) => done(own.confirmUplink(token)),
    cancelUplink: ({ token }) => done(own.cancelUplink(token)),
    trials: (_input, { signal }) => own.trials(signal),
    removeUplink: (input) => done(own.removeUplink(input)),
    keepMove: ({ machine, alias }) => done(own.keepMove(nameIn(machine), alias)),
    forward: (input) => done(own.forward(input)),
  };
}

/** The contract's answer to what only has to be done. */
async function done(step: Promise<void>): Promise<Record<string, never>> {
  await step;
  return {};
}
