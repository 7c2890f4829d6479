import type { Devices } from '../../../domain/domain.ts';
import type { Reader } from '../reader/reader.ts';
import { allDevices } from '../../../domain/device-kinds.ts';

/** Rules about USB controllers, hubs and ports (libvirt: domain_addr.c and qemu_validate.c). */
export function checkUsb(domain: Reader, devices: Devices): void {
  const add = (path: string, message: string): void => domain.findings.add('error', path, message);
  const controllers = devices.controllers.filter(({ type }) => type === 'usb');
  const disabled = controllers.find(({ model }) => model === 'none');
  const other = controllers.find(({ model }) => model !== 'none');
  if (disabled !== undefined && other !== undefined)
    add(other.path, "USB is disabled for this machine (model='none'), so there cannot be another USB controller.");
  const using = allDevices(devices).filter((device) => device.kind !== 'audio' && device.address?.type === 'usb');
  const masters = new Set(controllers.filter(({ model }) => model === 'ich9-ehci1').map(({ index }) => index ?? 0));
  for (const companion of controllers.filter(({ model }) => model?.startsWith('ich9-uhci') === true)) {
    if (!masters.has(companion.index ?? 0))
      add(companion.path, "This USB companion controller has no master: add model='ich9-ehci1' with the same index.");
  }
  const hubs = new Set(
    devices.hubs.flatMap(({ address }) =>
      address?.type === 'usb' && address.port !== undefined ? [`${address.bus}:${address.port.join('.')}`] : [],
    ),
  );
  // A controller without an index takes the next free one, when it is defined.
  const open = controllers.some(({ index }) => index === undefined);
  // Without any USB controller in the XML libvirt adds one with the index 0.
  const buses = new Set(controllers.length === 0 ? [0] : controllers.map(({ index }) => index));
  for (const device of using) {
    const address = device.kind === 'audio' ? undefined : device.address;
    if (address?.type !== 'usb') continue;
    if (disabled !== undefined) add(`${device.path}/address`, "USB is disabled for this machine (model='none').");
    else if (!open && !buses.has(address.bus))
      add(`${device.path}/address/@bus`, `There is no USB controller with the index ${address.bus}.`);
    const parent = address.port?.slice(0, -1) ?? [];
    if (parent.length > 0 && !hubs.has(`${address.bus}:${parent.join('.')}`)) {
      add(`${device.path}/address/@port`, `There is no hub at port ${parent.join('.')} of USB bus ${address.bus}.`);
    }
  }
}
