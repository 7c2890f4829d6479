import { expect, it } from 'vitest';
import type { Display } from '../contract/screens.ts';
import { displayUri, vncDisplayOf } from './display-address.ts';

const display = (more: Partial<Display>): Display => ({
  type: 'vnc',
  listen: 'address',
  address: '127.0.0.1',
  port: 5901,
  tlsPort: null,
  websocket: null,
  socket: null,
  hasPassword: false,
  passwordValidTo: null,
  ...more,
});

it.each([
  [{}, '127.0.0.1:1', 'vnc://127.0.0.1:1'],
  [{ address: '0.0.0.0' }, ':1', 'vnc://localhost:1'],
  [{ address: '::1' }, '[::1]:1', 'vnc://[::1]:1'],
  [{ listen: 'private', address: null, port: null, socket: '/run/vnc.sock' }, undefined, 'vnc+unix:///run/vnc.sock'],
  [{ listen: 'none', address: null, port: null }, undefined, undefined],
  [{ type: 'spice', port: 5907 }, undefined, 'spice://127.0.0.1:5907'],
  [{ type: 'spice', tlsPort: 5908 }, undefined, 'spice://127.0.0.1:5901?tls-port=5908'],
  [{ type: 'spice', port: null, tlsPort: 5908 }, undefined, 'spice://127.0.0.1?tls-port=5908'],
] as const)('%o is shown as virsh shows it', (more, vnc, uri) => {
  expect([vncDisplayOf(display(more)), displayUri(display(more))]).toEqual([vnc, uri]);
});

it('a password goes in where it is asked for', () => {
  expect(displayUri(display({}), 'p')).toBe('vnc://:p@127.0.0.1:1');
  expect(displayUri(display({ type: 'spice', port: 5907, tlsPort: 5908 }), 'p')).toBe('spice://127.0.0.1:5907?tls-port=5908&password=p');
});
