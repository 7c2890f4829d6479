import {
  deviceChanges,
  deviceKinds,
  nicParts,
  type DeviceChange,
  type NicPart,
  type Operation,
} from '../../../../shared/contract/operations.ts';
import type { Support, SupportDifferences, SupportTable } from '../../../../shared/contract/support.ts';
import { interfaceTypes, type InterfaceType } from '../../../../shared/domain/interface.ts';
import { no, tableOf } from '../../support-tables.ts';
import { nicPart } from './nic-words.ts';

/** Kinds of which some devices can be added, taken out, or changed in place while a machine runs; which ones, `live-changes.ts` says. */
const changeable: Readonly<Record<DeviceChange, ReadonlySet<string>>> = {
  attach: new Set(['interface', 'disk', 'rng', 'input', 'sound', 'watchdog', 'controller']),
  detach: new Set(['interface', 'disk', 'rng', 'input', 'sound', 'watchdog', 'controller', 'redirdev']),
  update: new Set(['interface', 'disk']),
};

const done = { attach: 'attached', detach: 'detached', update: 'changed' } as const;

const devices: ReadonlyMap<string, Support> = new Map(
  deviceKinds.flatMap((kind) =>
    deviceChanges.flatMap((how) =>
      changeable[how].has(kind)
        ? []
        : [
            [
              `${how}-${kind}`,
              no(
                'next-start',
                `${kind === 'other' ? 'A device of this kind' : `A <${kind}>`} can’t be ${done[how]} while the machine runs.`,
              ),
            ] as const,
          ],
    ),
  ),
);

/** Why a machine with a NIC of this type doesn't start here. Its definition is kept and can be edited all the same. */
const unstartableNics: Readonly<Partial<Record<InterfaceType, Support>>> = {
  network: no('backend', 'Tapestry has no virtual networks. Take the bridge that it is made of: virbr0 for libvirt’s “default”.'),
  hostdev: no('backend', 'Handing a network card through to a machine is not supported yet.'),
  vhostuser: no('backend', 'NICs on a vhost-user switch are not supported yet.'),
  vdpa: no('backend', 'vDPA NICs are not supported yet.'),
  internal: no('backend', 'Internal networks are not supported. A bridge without an uplink does the same.'),
  null: no('hypervisor', 'QEMU has no NIC of the type “null”.'),
  vds: no('hypervisor', 'QEMU knows no VMware switches.'),
};

/** Parts of a NIC with which a machine doesn't start here. */
const unstartableParts: Readonly<Partial<Record<NicPart, Support>>> = {
  vlan: no('backend', 'Tags need a switch that knows them, as Open vSwitch, which is not supported.'),
  virtualPort: no('backend', 'Virtual ports are not supported. Its parameters stand in the XML.'),
  filter: no('backend', 'Network filters are not supported yet.'),
};

/** Types whose NIC can be plugged into a running machine (libvirt refuses the socket types too). */
const attachableNics: ReadonlySet<InterfaceType> = new Set(['bridge', 'ethernet', 'direct', 'user']);
/** Parts of a NIC that are changed on the same device while it runs. */
const livingParts: ReadonlySet<NicPart> = new Set(['bridge', 'link', 'bandwidth', 'portIsolated', 'coalesceRxFrames']);

const nics: ReadonlyMap<string, Support> = new Map(
  [
    ...interfaceTypes.flatMap((type): [Operation, Support | undefined][] => [
      [`start-nic-${type}`, unstartableNics[type]],
      [
        `attach-nic-${type}`,
        attachableNics.has(type) ? undefined : no('next-start', `A NIC of the type “${type}” can’t be added while the machine runs.`),
      ],
    ]),
    ...nicParts.flatMap((part): [Operation, Support | undefined][] => [
      [`start-nic-part-${part}`, unstartableParts[part]],
      [
        `update-nic-${part}`,
        livingParts.has(part) ? undefined : no('next-start', `${nicPart(part).words} of a NIC can’t be changed while the machine runs.`),
      ],
    ]),
  ].flatMap(([operation, answer]) => (answer === undefined ? [] : [[operation, answer] as const])),
);

const plain: Readonly<Partial<Record<Operation, Support>>> = {
  'start-unread': no('backend', 'What is not understood is not left out silently.'),
  disconnect: no('built-in', 'This computer’s own machines are always there.'),
};

/**
 * What our own backend can do. It is the one place that says so: the window and the command line read it, and hot-plug, changes of a NIC and the
 * API's guard decide by it.
 */
export const embeddedSupport: SupportTable = tableOf(
  (operation) => plain[operation],
  (operation) => devices.get(operation),
  (operation) => nics.get(operation),
);

/** What is otherwise with a machine that has no stored definition. */
export const transientSupport: SupportDifferences = {
  autostart: no('transient', 'This machine has no stored definition: it is gone when it ends.'),
};
