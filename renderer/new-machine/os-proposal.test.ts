import { describe, expect, it } from 'vitest';
import { fakeOsFacts } from '../testing/fake-os.ts';
import { osProposal } from './os-proposal.ts';

const gib = 1024 ** 3;
const host = { cpus: 8, memoryKiB: 32 * 1024 ** 2 };

describe('osProposal', () => {
  it('takes what is recommended', () => {
    expect(osProposal(fakeOsFacts, host)).toEqual({
      vcpus: '2',
      memoryMib: '2048',
      diskGib: '25',
      firmware: 'bios',
      diskBus: 'virtio',
      nicModel: 'virtio',
      clock: 'utc',
    });
  });
  it('takes twice the least where nothing is recommended, and no less than what any system gets', () => {
    const only = { ...fakeOsFacts, recommended: {}, minimum: { cpus: 4, memory: 3 * gib, disk: gib } };
    expect(osProposal(only, host)).toMatchObject({ vcpus: '4', memoryMib: '6144', diskGib: '20' });
  });
  it('takes no more than the host has, unless the system needs it', () => {
    const small = { cpus: 1, memoryKiB: 2 * 1024 ** 2 };
    expect(osProposal({ ...fakeOsFacts, recommended: { cpus: 4, memory: 8 * gib } }, small)).toMatchObject({
      vcpus: '1',
      memoryMib: '1536',
    });
    expect(osProposal({ ...fakeOsFacts, minimum: { cpus: 2, memory: 4 * gib } }, small)).toMatchObject({ vcpus: '2', memoryMib: '4096' });
  });
  it('takes UEFI, a bus and a NIC that the system knows', () => {
    const windows = { ...fakeOsFacts, bios: false, diskBus: 'ide' as const, nicModel: 'e1000e' as const, clock: 'localtime' as const };
    expect(osProposal(windows, host)).toMatchObject({ firmware: 'efi', diskBus: 'sata', nicModel: 'e1000e', clock: 'localtime' });
  });
  it('takes the usual for a system that nobody knows', () => {
    expect(osProposal(undefined, { cpus: undefined, memoryKiB: undefined })).toEqual({
      vcpus: '2',
      memoryMib: '2048',
      diskGib: '20',
      firmware: 'bios',
    });
  });
});
