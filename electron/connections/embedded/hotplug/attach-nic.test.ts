import { expect, test } from 'vitest';
import { tapNetdev } from './attach-nic.ts';

test('a plugged NIC keeps vhost, and has names for its descriptors', () => {
  const planned = { type: 'tap', fds: '3:4', vhost: true, vhostfds: '5:6', id: 'hostnet1' };
  expect(tapNetdev(planned, ['tapfd-net10', 'tapfd-net11'])).toEqual({
    type: 'tap',
    fds: 'tapfd-net10:tapfd-net11',
    vhost: true,
    id: 'hostnet1',
  });
  expect(tapNetdev({ type: 'tap', fd: '3', id: 'hostnet1' }, ['tapfd-net10'])).toEqual({ type: 'tap', fd: 'tapfd-net10', id: 'hostnet1' });
});
