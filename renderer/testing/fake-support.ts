import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { deviceChanges, deviceKinds, nicParts, operations, type Operation } from '../../shared/contract/operations.ts';
import type { Support, SupportTable } from '../../shared/contract/support.ts';
import { interfaceTypes } from '../../shared/domain/interface.ts';

/** A table in which everything can be done but what is listed, with why. */
export function fakeSupport(refused: Readonly<Partial<Record<Operation, Support>>> = {}): SupportTable {
  return Object.fromEntries(operations.map((operation) => [operation, refused[operation] ?? 'yes'])) as Record<Operation, Support>;
}

const no = (message: string): Support => ({ no: 'backend', message });
const later = (what: string): Support => ({ no: 'next-start', message: `${what} can’t be changed while the machine runs.` });

const hot = {
  attach: ['interface', 'disk', 'rng', 'input', 'sound'],
  detach: ['interface', 'disk', 'rng', 'input', 'sound'],
  update: ['interface', 'disk'],
};

/** What the embedded connection of the fake can: as the real one, as far as the tests go. */
export const embeddedLike: SupportTable = fakeSupport({
  disconnect: { no: 'built-in', message: 'This computer’s own machines are always there.' },
  'start-unread': no('What is not understood is not left out silently.'),
  'start-nic-network': no('Tapestry has no virtual networks. Take the bridge that it is made of: virbr0 for libvirt’s “default”.'),
  'start-nic-vdpa': no('vDPA NICs are not supported yet.'),
  'start-nic-part-vlan': no('Tags need a switch that knows them, as Open vSwitch, which is not supported.'),
  ...Object.fromEntries(
    deviceKinds.flatMap((kind) => deviceChanges.filter((how) => !hot[how].includes(kind)).map((how) => [`${how}-${kind}`, later(kind)])),
  ),
  ...Object.fromEntries(
    interfaceTypes
      .filter((type) => !['bridge', 'ethernet', 'user', 'direct'].includes(type))
      .map((type) => [`attach-nic-${type}`, later(`A NIC of the type ${type}`)]),
  ),
  ...Object.fromEntries(
    nicParts
      .filter((part) => !['bridge', 'link', 'bandwidth', 'portIsolated', 'coalesceRxFrames'].includes(part))
      .map((part) => [`update-nic-${part}`, later(part)]),
  ),
});

/** The fake's own connection. */
export const fakeEmbedded: ConnectionInfo = {
  id: 'embedded',
  uri: 'tapestry:///',
  title: 'This computer',
  state: { kind: 'connected' },
  support: embeddedLike,
};

/** Another connection, as a test one: no networks, no reset, nothing recorded. */
export const fakeTest: ConnectionInfo = {
  id: 'test',
  uri: 'test:///default',
  title: 'Test',
  state: { kind: 'connected' },
  support: fakeSupport({
    reset: no('The test driver has no reset.'),
    demo: no('The demo machine is made on this computer.'),
    'create-image': no('The test driver makes no images.'),
    networks: no('The test driver has no networks.'),
    bridges: no('The test driver has no networks.'),
    uplinks: no('The test driver has no networks.'),
    nics: no('The test driver has no networks.'),
    forward: no('The test driver has no networks.'),
    'console-history': no('The test driver records no consoles.'),
    screen: no('The test driver has no screens.'),
    screenshot: no('The test driver has no screens.'),
    'send-key': no('The test driver has no screens.'),
  }),
};
