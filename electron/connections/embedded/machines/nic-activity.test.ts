import { expect, test } from 'vitest';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { nicActivity } from './nic-activity.ts';

const nic = (more: Partial<NicRecord> = {}): NicRecord => ({
  alias: 'net0',
  type: 'bridge',
  device: 'vt0001',
  ifindex: 7,
  queues: 1,
  mtu: 1500,
  created: true,
  downscript: null,
  processId: null,
  socket: null,
  createdBy: { who: 'tapestry-net-helper', pid: 42, at: 1 },
  descriptors: [3],
  timeline: [
    { at: 1, kind: 'created', made: { type: 'tap', device: 'vt0001', flags: ['TAP'], queues: 1 } },
    { at: 1, kind: 'enslaved', bridge: 'br0', isolated: true },
  ],
  ...more,
});
const texts = (before: readonly NicRecord[], after: readonly NicRecord[]) => nicActivity(before, after, 'web').map(({ text }) => text);

test('a device that is made and goes has a line each; a NIC without one has none', () => {
  expect(nicActivity([], [nic()], 'web')).toEqual([
    { text: 'Helper 42 made TAP vt0001 for “web” and put it on br0, isolated', interface: 'vt0001' },
  ]);
  expect(texts([nic()], [])).toEqual(['TAP vt0001 of “web” is gone']);
  expect(texts([nic()], [nic()])).toEqual([]);
  expect(texts([], [nic({ device: null, ifindex: null, created: false })])).toEqual([]);
  expect(texts([nic({ created: false })], [])).toEqual(['“web” let go of vt0001, which stays']);
  expect(texts([], [nic({ created: false })])).toEqual(['Opened vt0001, which was made beforehand, for “web”']);
  expect(texts([], [nic({ type: 'direct', timeline: [] })])).toEqual(['Helper 42 made macvtap vt0001 for “web”']);
});

test('what was done to it later has a line, with the helper that did it; a machine that was started again has a new device', () => {
  const moved = nic({
    timeline: [
      ...nic().timeline,
      { at: 2, kind: 'moved', device: 'vt0001', bridge: 'br1', mtu: 1500, by: { program: 'tapestry-net-helper', pid: 43 } },
      { at: 2, kind: 'handed', descriptors: [3] },
      { at: 3, kind: 'failed', attempt: { deed: 'put-back', bridge: 'br1' }, error: { code: 'bridge-missing', message: 'none' } },
    ],
  });
  expect(nicActivity([nic()], [moved], 'web')).toEqual([
    { text: 'Helper 43: vt0001 moved to br1, MTU 1500 (net0 of “web”)', interface: 'vt0001' },
    { text: 'could not be put back on br1: none (net0 of “web”)', severity: 'warning', interface: 'vt0001' },
  ]);
  expect(texts([nic()], [nic({ ifindex: 8 })])).toHaveLength(2);
});
