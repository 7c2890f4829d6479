import { describe, expect, it } from 'vitest';
import { deviceKinds } from '../../../../shared/contract/operations.ts';
import { parseXml } from '../../../../shared/domain-xml/index.ts';
import { attachesLive, detachesLive, updatesLive } from '../../../../shared/domain-xml/live-changes.ts';
import { embeddedSupport } from './embedded-support.ts';

/** Of each kind a device that comes and goes live, where there is any. */
const willing: Readonly<Record<string, string>> = {
  sound: "<sound model='usb'/>",
  watchdog: "<watchdog model='i6300esb'/>",
  controller: "<controller type='scsi'/>",
  input: "<input type='tablet' bus='usb'/>",
};

describe('what the embedded connection says of live changes by kind', () => {
  it.each(deviceKinds)('is what it does: %s', (kind) => {
    const { root } = parseXml(willing[kind] ?? `<${kind}/>`);
    expect({
      attach: embeddedSupport[`attach-${kind}`] === 'yes',
      detach: embeddedSupport[`detach-${kind}`] === 'yes',
      update: embeddedSupport[`update-${kind}`] === 'yes',
    }).toEqual({ attach: attachesLive(root), detach: detachesLive(root), update: updatesLive(root) });
  });
});
