import { describe, expect, it } from 'vitest';
import { readQemuWords } from './find-qemu.ts';

const uuid = '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01';
const argv = (monitor: string) => [
  'qemu-system-x86_64',
  '-name',
  'guest=web,,1,debug-threads=on',
  '-S',
  '-uuid',
  uuid,
  '-chardev',
  'pty,id=charserial0',
  '-chardev',
  `socket,id=charmonitor,path=${monitor},server=on,wait=off`,
];

describe('readQemuWords', () => {
  it('reads whose QEMU it is, commas in names and paths too', () => {
    expect(readQemuWords(argv(`/a,,b/${uuid}/qmp.sock`))).toEqual({ uuid, monitor: `/a,b/${uuid}/qmp.sock`, name: 'web,1' });
  });

  it('takes the UUID of the monitor’s directory where the command line names none', () => {
    const words = argv(`/run/${uuid}/qmp.sock`).filter((word) => word !== '-uuid' && word !== uuid);
    expect(readQemuWords(words)?.uuid).toBe(uuid);
  });

  it('takes nothing else for one: a guard, another program, a QEMU without our monitor or that wasn’t started stopped', () => {
    const ours = argv(`/run/${uuid}/qmp.sock`);
    for (const other of [
      ['tapestry-serial-recorder', 'guard', '3', ...ours],
      ['less', `/run/${uuid}/qmp.sock`],
      ours.filter((word) => word !== '-S'),
      ours.map((word) => word.replace('charmonitor', 'mon0')),
      ours.map((word) => (word === uuid ? 'no-uuid' : word)),
      [''],
      [],
    ]) {
      expect(readQemuWords(other)).toBeUndefined();
    }
  });
});
