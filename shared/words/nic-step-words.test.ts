import { expect, test } from 'vitest';
import { nicDeed, nicStep, type NicDeed } from '../contract/nic-steps.ts';
import { nicStepTitle, nicStepWords, stepAuthorWords } from './nic-step-words.ts';

const error = { code: 'bridge-missing', message: 'The bridge “br1” does not exist.' } as const;
const own = {
  device: 'tap7',
  mac: 'fe:54:00:00:00:01',
  mtu: 1500,
  up: true,
  owner: 1000,
  persistent: true,
  inUse: false,
  ours: false,
} as const;

const deeds: readonly (readonly [NicDeed, string, string])[] = [
  [
    { at: 1, kind: 'created', made: { type: 'tap', device: 'vt1', flags: ['TAP', 'NO_PI'], queues: 1 } },
    'TAP vt1 made (TAP, NO_PI; 1 queue)',
    'Created',
  ],
  [
    { at: 1, kind: 'created', made: { type: 'macvtap', device: 'vt1', lower: 'eth0', mode: 'bridge', mac: '52:54:00:00:00:01' } },
    'macvtap vt1 made on eth0 (bridge), MAC 52:54:00:00:00:01',
    'Created',
  ],
  [{ at: 1, kind: 'created', made: { type: 'passt', pid: 7 } }, 'passt started (pid 7)', 'Created'],
  [
    { at: 1, kind: 'opened', ...own, bridge: null },
    'opened a persistent TAP of uid 1000; made beforehand, left as it is (MAC fe:54:00:00:00:01, MTU 1500, up)',
    'Opened',
  ],
  [
    { at: 1, kind: 'opened', ...own, owner: -1, persistent: false, inUse: true, ours: true, up: false, bridge: 'br0' },
    'opened a TAP that any user may open, made by Tapestry, in use by a process, a port of “br0”; made beforehand, left as it is (MAC fe:54:00:00:00:01, MTU 1500, down)',
    'Opened',
  ],
  [{ at: 1, kind: 'node-opened', node: '/dev/tap7', device: 'vt1' }, 'opened /dev/tap7 of vt1', 'Opened'],
  [{ at: 1, kind: 'owner', uid: 0 }, 'owner set to uid 0', 'Owner set'],
  [{ at: 1, kind: 'mac', mac: 'fe:54:00:00:00:01' }, 'host MAC fe:54:00:00:00:01', 'MAC set'],
  [{ at: 1, kind: 'mtu', mtu: 9000, bridge: 'br0' }, 'MTU 9000 (of br0)', 'MTU set'],
  [{ at: 1, kind: 'mtu', mtu: 9000 }, 'MTU 9000', 'MTU set'],
  [{ at: 1, kind: 'enslaved', bridge: 'br0', isolated: true }, 'port of br0, isolated', 'Put on br0'],
  [{ at: 1, kind: 'up' }, 'brought up', 'Up'],
  [{ at: 1, kind: 'host-address', address: '10.0.0.1', prefix: 24 }, 'host address 10.0.0.1/24', 'Host address'],
  [
    { at: 1, kind: 'host-route', address: '10.1.0.0', prefix: 16, gateway: '10.0.0.2' },
    'host route 10.1.0.0/16 via 10.0.0.2',
    'Host route',
  ],
  [{ at: 1, kind: 'handed', qemu: 9, descriptors: [4, 5] }, 'handed to QEMU (pid 9) as fd 4, 5; our copies closed', 'To QEMU, fd 4, 5'],
  [{ at: 1, kind: 'handed', descriptors: [3] }, 'handed to QEMU as fd 3; our copy closed', 'To QEMU, fd 3'],
  [{ at: 1, kind: 'attached', names: ['tapfd-net10'] }, 'handed to the running QEMU as tapfd-net10', 'Handed to QEMU'],
  [{ at: 1, kind: 'replugged' }, 're-plugged: the guest has a new card', 'Re-plugged'],
  [{ at: 1, kind: 'moved', device: 'vt1', bridge: 'br1', mtu: 1400 }, 'vt1 moved to br1, MTU 1400', 'Moved to br1'],
  [{ at: 1, kind: 'moved', device: 'vt1', bridge: null }, 'vt1 taken off its bridge', 'Taken off'],
  [{ at: 1, kind: 'moved', device: 'vt1', bridge: 'br1', outside: true }, 'put back by another program', 'Put back'],
  [{ at: 1, kind: 'link', link: 'down' }, 'link down', 'Cable pulled'],
  [{ at: 1, kind: 'link', link: 'flapped' }, 'link flapped, so that the guest asks for an address again', 'Cable flapped'],
  [
    { at: 1, kind: 'bandwidth', inbound: { average: 5 }, outbound: { average: 6 } },
    'bandwidth limited: in 5 KiB/s, out 6 KiB/s',
    'Bandwidth',
  ],
  [{ at: 1, kind: 'bandwidth' }, 'bandwidth unlimited', 'Bandwidth'],
  [{ at: 1, kind: 'isolation', isolated: true }, 'isolated from other isolated ports', 'Isolated'],
  [{ at: 1, kind: 'coalesce', frames: 7 }, 'receive coalescing 7 frames', 'Coalescing'],
  [{ at: 1, kind: 'script', script: '/up', device: 'vt1' }, '/up vt1 ended well', 'Script ran'],
  [
    { at: 1, kind: 'script', script: '/up', device: 'vt1', error: { code: 'script-failed', message: 'it ended with status 3' } },
    '/up vt1 it ended with status 3',
    'Script ran',
  ],
  [
    { at: 1, kind: 'passt-replaced', previous: 7, pid: 8, why: 'forwards' },
    'passt 7 replaced by 8 for other port forwards; connections through it broke',
    'passt replaced',
  ],
  [{ at: 1, kind: 'passt-ended', pid: 7 }, 'passt (pid 7) ended', 'passt ended'],
  [{ at: 1, kind: 'refused', error }, 'The bridge “br1” does not exist.', 'Refused'],
  [{ at: 1, kind: 'lost', loss: { how: 'passt-ended', pid: 7 } }, 'passt 7 ended by itself: the NIC has no network', 'passt ended'],
  [{ at: 1, kind: 'lost', loss: { how: 'device-deleted', device: 'vt1' } }, 'TAP vt1 was deleted by another program', 'TAP deleted'],
  [{ at: 1, kind: 'lost', loss: { how: 'bridge-gone', bridge: 'br0' } }, 'left br0: the bridge is gone', 'Left br0'],
  [{ at: 1, kind: 'lost', loss: { how: 'taken-off', bridge: 'br0' } }, 'left br0: another program took it off', 'Left br0'],
  [
    { at: 1, kind: 'lost', loss: { how: 'put-elsewhere', bridge: 'br0', to: 'br1' } },
    'left br0: another program put it on br1',
    'Left br0',
  ],
  [
    { at: 1, kind: 'failed', attempt: { deed: 'put-back', bridge: 'br1' }, error },
    'could not be put back on br1: The bridge “br1” does not exist.',
    'Note',
  ],
  [{ at: 1, kind: 'gone', type: 'tap', device: 'vt1', stays: false }, 'TAP vt1 is gone', 'Gone'],
  [{ at: 1, kind: 'gone', type: 'tap', device: 'tap7', stays: true }, 'TAP tap7 is yours and stays', 'Gone'],
  [{ at: 1, kind: 'gone', type: 'macvtap', device: 'vt1', stays: false }, 'macvtap vt1 deleted', 'Gone'],
];

test.each(deeds)('%j', (step, words, title) => {
  expect([nicStepWords(step), nicStepTitle(step)]).toEqual([words, title]);
  // It arrives at the window as it left.
  expect(nicStep.parse(step)).toEqual(step);
});

test('every kind is among them', () => {
  const kinds = nicDeed.options.map((one) => one.shape.kind.value);
  expect(new Set(deeds.map(([{ kind }]) => kind))).toEqual(new Set(kinds));
});

test('what an earlier version told is said as it told it', () => {
  const told = { at: 1, kind: 'moved', text: 'vt1 moved to br1, MTU 1400', by: 'tapestry-net-helper, pid 7' } as const;
  expect(nicStep.parse(told)).toEqual(told);
  expect([nicStepWords(told), nicStepTitle(told), stepAuthorWords(told.by)]).toEqual([told.text, 'Moved', told.by]);
  expect(stepAuthorWords({ program: 'tapestry', pid: 7 })).toBe('tapestry, pid 7');
});
