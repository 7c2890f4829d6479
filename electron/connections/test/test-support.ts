import { deviceChanges, deviceKinds, nicParts, type NicPart, type Operation } from '../../../shared/contract/operations.ts';
import type { Support, SupportTable } from '../../../shared/contract/support.ts';
import { interfaceTypes, type InterfaceType } from '../../../shared/domain/interface.ts';
import { no, tableOf } from '../support-tables.ts';

const networks = no('backend', 'The test connection has no networks of its own.');
const screens = no('hypervisor', 'The test hypervisor’s machines have no screen.');
const storage = no('backend', 'The test connection has no storage.');

const plain: Readonly<Partial<Record<Operation, Support>>> = {
  reset: no('hypervisor', 'The test hypervisor can’t reset a machine.'),
  'set-aside': no('backend', 'The test connection starts a machine as it is defined, or not at all.'),
  'start-marked': no('backend', 'The test connection starts nothing by itself.'),
  native: no('hypervisor', 'The test hypervisor has no command line.'),
  log: no('backend', 'The test connection keeps no logs.'),
  'guest-agent': no('hypervisor', 'The test hypervisor’s guests have no agent.'),
  demo: no('host', 'The test host has no packages to make a demo machine of.'),
  'console-history': no('backend', 'The test connection keeps nothing of what was printed: a console shows what comes.'),
  screen: screens,
  screenshot: screens,
  'send-key': screens,
  images: storage,
  'create-image': storage,
  'delete-image': storage,
  browse: storage,
  'operating-systems': no('backend', 'The test connection knows no operating systems.'),
  identify: storage,
  networks,
  nics: networks,
  bridges: networks,
  uplinks: networks,
  forward: networks,
};

const startable: ReadonlySet<InterfaceType> = new Set(['network', 'user']);
const living: ReadonlySet<NicPart> = new Set(['link', 'mac', 'source']);

const devices: ReadonlyMap<string, Support> = new Map([
  ...deviceKinds.flatMap((kind) =>
    kind === 'interface'
      ? []
      : deviceChanges.map(
          (how) => [`${how}-${kind}`, no('next-start', 'The test hypervisor changes only NICs while a machine runs.')] as const,
        ),
  ),
  ...interfaceTypes.flatMap((type) => {
    const refusal = no('host', `The test host has no TAPs: a NIC of the type “${type}” can’t be plugged there.`);
    return startable.has(type) ? [] : [[`start-nic-${type}`, refusal] as const, [`attach-nic-${type}`, refusal] as const];
  }),
  ...nicParts.flatMap((part) =>
    living.has(part)
      ? []
      : [[`update-nic-${part}`, no('next-start', 'The test hypervisor doesn’t change that while the machine runs.')] as const],
  ),
]);

/** What the test connection can do: other than our own, so that whatever takes that for granted shows. */
export const testSupport: SupportTable = tableOf(
  (operation) => plain[operation],
  (operation) => devices.get(operation),
);
