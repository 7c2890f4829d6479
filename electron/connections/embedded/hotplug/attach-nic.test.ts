import { expect, test } from 'vitest';
import { tapNetdev } from './attach-nic.ts';

test('a plugged NIC keeps vhost, and has names for its descriptors', () => {
  const planned = { type: 'tap', fds: { descriptors: [0, 1] }, vhost: true, vhostfds: { descriptors: [2, 3] }, id: 'hostnet1' };
  expect(tapNetdev(planned, ['tapfd-net10', 'tapfd-net11'])).toEqual({
    type: 'tap',
    fds: 'tapfd-net10:tapfd-net11',
    vhost: true,
    id: 'hostnet1',
  });
  expect(tapNetdev({ type: 'tap', fd: { descriptors: [0] }, id: 'hostnet1' }, ['tapfd-net10'])).toEqual({
    type: 'tap',
    fd: 'tapfd-net10',
    id: 'hostnet1',
  });
});
