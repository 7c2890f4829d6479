import { expect, test } from 'vitest';
import { type KvmHostFacts, findKvmObstacle } from './kvm-access.ts';
import { openKvm as fine } from './testing/kvm-host.ts';

const denied = { group: 'kvm', groupMayUse: true, denied: true };

test('finds no obstacle where the device opens', () => {
  expect(findKvmObstacle(fine)).toBeNull();
});

test('names the group and the command that adds the user to it', () => {
  expect(findKvmObstacle({ ...fine, device: denied, memberOnPaper: false, memberNow: false })).toMatchObject({
    command: 'sudo usermod -aG kvm ada',
  });
});

test('tells who was added already to log in again, without a command', () => {
  const obstacle = findKvmObstacle({ ...fine, device: denied, memberNow: false });
  expect(obstacle?.message).toContain('log in again');
  expect(obstacle?.command).toBeUndefined();
});

test('does not send anybody into a group that may not use the device either', () => {
  expect(findKvmObstacle({ ...fine, device: { ...denied, group: 'root', groupMayUse: false } })).toMatchObject({
    command: 'sudo setfacl -m u:ada:rw /dev/kvm',
  });
  expect(findKvmObstacle({ ...fine, device: { ...denied, group: null } })?.command).toContain('setfacl');
});

test('tells a missing module from firmware that is switched off, and both from a virtual machine', () => {
  const missing: KvmHostFacts = { ...fine, device: 'missing', modules: ['kvm'] };
  expect(findKvmObstacle(missing)).toMatchObject({ command: 'sudo modprobe kvm_intel' });
  expect(findKvmObstacle({ ...missing, cpuFlags: ['svm'] })).toMatchObject({ command: 'sudo modprobe kvm_amd' });
  expect(findKvmObstacle({ ...missing, cpuFlags: ['sse'] })?.message).toContain('firmware');
  expect(findKvmObstacle({ ...missing, cpuFlags: ['hypervisor'] })?.message).toContain('nested');
});

test('says when another hypervisor has the CPU, and passes other words on', () => {
  expect(findKvmObstacle({ ...fine, device: { ...denied, denied: false, failure: 'EBUSY' } })?.message).toContain('VirtualBox');
  expect(findKvmObstacle({ ...fine, device: { ...denied, denied: false, failure: 'ENODEV' } })).toMatchObject({ detail: 'ENODEV' });
});
