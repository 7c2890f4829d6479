import { invalid, type DraftDomain, type Placed } from '../plan/draft.ts';
import { insertController } from './controllers.ts';

/** Ports of a virtio-serial controller where `ports` says nothing: 0 to 30, and port 0 is for consoles. */
const DEFAULT_PORTS = 31;

/**
 * Gives every virtio channel a port on a virtio-serial controller, from 1 on; adds controllers when all are full.
 * Consoles without an address stay without: QEMU puts the first one on port 0 (libvirt 9.0).
 *
 * @throws TapestryError `xml-invalid` when a port is used twice or doesn't exist.
 */
export function assignVirtioSerial(draft: DraftDomain): void {
  const { devices: d } = draft;
  const consoles = d.consoles.filter((c) => c.targetType === 'virtio');
  const channels = d.channels.filter((c) => c.target.type === 'virtio');
  const used = new Map<number, { readonly ports: number; readonly taken: Set<number> }>();
  const know = (index: number, ports: number) => used.set(index, { ports, taken: new Set() });
  for (const controller of d.controllers)
    if (controller.type === 'virtio-serial') know(controller.index, controller.ports ?? DEFAULT_PORTS);

  const isComplete = (device: Placed) =>
    device.address !== undefined && !(device.address.type === 'virtio-serial' && device.address.port === 0);
  for (const device of [...consoles, ...channels]) {
    if (!isComplete(device) || device.address?.type !== 'virtio-serial') continue;
    const { controller, port } = device.address;
    const place = used.get(controller);
    if (place === undefined)
      throw invalid(`${device.path}/address/@controller`, `There is no virtio-serial controller with index ${controller}.`);
    if (port >= place.ports)
      throw invalid(`${device.path}/address/@port`, `The virtio-serial controller ${controller} has ports 0 to ${place.ports - 1}.`);
    if (place.taken.has(port))
      throw invalid(`${device.path}/address/@port`, `Port ${port} of virtio-serial controller ${controller} is used twice.`);
    place.taken.add(port);
  }
  const assign = (device: Placed, from: number) => {
    const asked = device.address?.type === 'virtio-serial' ? device.address.controller : undefined;
    for (const [controller, { ports, taken }] of used) {
      if (asked !== undefined && controller !== asked) continue;
      for (let port = from; port < ports; port++) {
        if (taken.has(port)) continue;
        taken.add(port);
        device.address = { type: 'virtio-serial', controller, bus: 0, port };
        return;
      }
    }
    if (asked !== undefined)
      throw invalid(`${device.path}/address`, `The virtio-serial controller ${asked} has no free port, or doesn't exist.`);
    const index = Math.max(-1, ...used.keys()) + 1;
    insertController(d.controllers, {
      kind: 'controller',
      type: 'virtio-serial',
      index,
      path: '/domain/devices/controller',
      driver: {},
      implicit: true,
      model: 'virtio',
    });
    know(index, DEFAULT_PORTS);
    assign(device, from);
  };
  for (const device of channels) if (!isComplete(device)) assign(device, 1);
}
