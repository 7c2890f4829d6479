import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { errorDataOf, TapestryError } from '../../../shared/errors.ts';
import { now } from '../helper/clock.ts';
import { openMacvtap } from './macvtap.ts';
import type { NicDriver } from './nic-driver.ts';
import { releaseTap } from './release-tap.ts';
import { byHelper } from './step-authors.ts';

/** A macvtap on a card of this host (formatdomain, "Direct attachment to physical interface"). */
export const directNic: NicDriver<'direct'> = {
  device: 'macvtap',
  network: 'host',
  source: ({ source }) => source.dev,
  openTap: (nic, context) => openMacvtap(nic, nic.source, context),
  /**
   * It comes up when QEMU has it: never before, or the host would answer for a guest that isn't there. (libvirt waits for the processors, and
   * takes it down when they pause: `follow` does that from then on.)
   */
  handedOver: async (record, helper) => {
    if (!record.created || record.device === null) return record;
    const step = await helper.run('link', { name: record.device, state: 'up' }, { about: { name: record.device } }).then(
      ({ pid, at }): NicStep => ({ at, kind: 'up', by: byHelper(pid) }),
      (error: unknown): NicStep => ({ at: now(), kind: 'failed', attempt: { deed: 'bring-up' }, error: errorDataOf(error) }),
    );
    return { ...record, timeline: [...record.timeline, step] };
  },
  follow: async ({ created, device }, running, helper) => {
    if (created && device !== null) await helper.run('link', { name: device, state: running ? 'up' : 'down' }, { about: { name: device } });
  },
  release: async (record, helper) => {
    const { device, created } = record;
    if (device === null || !created) return releaseTap(record);
    try {
      await helper.run('delete', { name: device });
      return [{ at: now(), kind: 'gone', type: 'macvtap', device, stays: false }];
    } catch (error) {
      if (error instanceof TapestryError && error.code === 'interface-missing') return [];
      return [{ at: now(), kind: 'failed', attempt: { deed: 'delete', device }, error: errorDataOf(error) }];
    }
  },
};
