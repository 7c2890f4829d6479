import { made } from '../../../domain/made.ts';
import type { DeviceInfo, VirtioOptions } from '../../../domain/device.ts';
import type { Reader } from '../reader/reader.ts';
import { readAddress } from './address.ts';

/** Reads what every device may carry: alias, address, boot order, ACPI index, ROM. */
export function readInfo(reader: Reader): DeviceInfo {
  const boot = reader.child('boot');
  const loadparm = boot?.attribute('loadparm');
  if (loadparm !== undefined && !/^[A-Za-z0-9. ]{1,8}$/.test(loadparm)) {
    boot?.error('A loadparm has 1 to 8 letters, digits, dots or blanks.', 'loadparm');
  }
  const acpi = reader.child('acpi');
  const rom = reader.child('rom');
  const alias = reader.child('alias')?.required('name');
  const address = reader.child('address');
  return made<DeviceInfo>({
    path: reader.path,
    alias: alias === '' ? undefined : alias,
    address: address === undefined ? undefined : readAddress(address),
    bootOrder: boot?.integer('order', { min: 1, max: 0xffffffff }),
    loadparm: loadparm?.toUpperCase(),
    // 0 is libvirt's "not set".
    acpiIndex: acpi?.integer('index', { max: 16383 }) || undefined,
    // An empty file is no ROM, as libvirt and QEMU have it.
    rom: rom === undefined ? undefined : made({ bar: rom.onOff('bar'), file: rom.attribute('file'), enabled: rom.yesNo('enabled') }),
  });
}

/** Reads the virtio options of a `<driver>`. */
export function readVirtioOptions(driver: Reader | undefined): VirtioOptions {
  return driver === undefined
    ? {}
    : made<VirtioOptions>({
        iommu: driver.onOff('iommu'),
        ats: driver.onOff('ats'),
        packed: driver.onOff('packed'),
        pagePerVq: driver.onOff('page_per_vq'),
      });
}

/** The three virtio flavours, as `model` attributes spell them. */
export const virtioModels = ['virtio', 'virtio-transitional', 'virtio-non-transitional'] as const;
