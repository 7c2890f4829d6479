import { expect, test } from 'vitest';
import { escapeCommas, json, keyValue } from './options.ts';

test('JSON keeps order, leaves out undefined and writes big numbers with all digits', () => {
  expect(json({ driver: 'scsi-hd', wwn: 5764824127192592813n, on: false, nothing: undefined, list: [1, { a: null }], romfile: '' })).toBe(
    '{"driver":"scsi-hd","wwn":5764824127192592813,"on":false,"list":[1,{"a":null}],"romfile":""}',
  );
});

test('key=value doubles commas, spells booleans and puts the implied key first', () => {
  expect(keyValue({ id: 'a,b', driver: 'virtio-net-pci', mq: true, off: false, none: undefined, romfile: '' }, 'driver')).toBe(
    'virtio-net-pci,id=a,,b,mq=on,off=off,romfile=',
  );
  expect(keyValue({ type: 'user', guestfwd: [{ str: 'tcp:10.0.2.1:4600-chardev:c' }], addr: { type: 'unix' } }, 'type')).toBe(
    'user,guestfwd=tcp:10.0.2.1:4600-chardev:c,addr.type=unix',
  );
  expect(escapeCommas('a,,b')).toBe('a,,,,b');
});

test('descriptors are written as the numbers that QEMU inherits them by, in either spelling', () => {
  const props = { type: 'tap', fds: { descriptors: [0, 2] }, vhostfd: { descriptors: [1] } };
  expect(json(props)).toBe('{"type":"tap","fds":"3:5","vhostfd":"4"}');
  expect(keyValue(props, 'type')).toBe('tap,fds=3:5,vhostfd=4');
});
