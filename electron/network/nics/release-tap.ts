import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { now } from '../helper/clock.ts';
import type { NicRecord } from './nic-record.ts';

/** A TAP of ours is gone by itself; the user's own stays. */
export function releaseTap({ device, created }: NicRecord): readonly NicStep[] {
  return device === null ? [] : [{ at: now(), kind: 'gone', type: 'tap', device, stays: !created }];
}
