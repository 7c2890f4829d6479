import { describe, expect, it } from 'vitest';
import { explainQemuEnd } from './qemu-words.ts';

const exit = { code: 1, signal: null };

describe('explainQemuEnd', () => {
  it.each([
    [
      'disk-locked',
      'qemu-system-x86_64: -blockdev {"driver":"file","filename":"/x/a.qcow2"}: Failed to get "write" lock\nIs another process using the image [/x/a.qcow2]?',
      '/x/a.qcow2',
    ],
    ['disk-missing', "qemu-system-x86_64: -blockdev {}: Could not open '/x/b.raw': No such file or directory", '/x/b.raw'],
    ['disk-unreadable', "qemu-system-x86_64: -drive x: Could not open '/x/c.raw': Permission denied", '/x/c.raw'],
    [
      'kvm-unavailable',
      'Could not access KVM kernel module: No such file or directory\nqemu-system-x86_64: failed to initialize kvm: No such file or directory',
      'No such file',
    ],
    [
      'start-failed',
      'qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\nqemu-system-x86_64: ../target/i386/kvm/kvm.c:2701: kvm_buf_set_msrs',
      'processor',
    ],
    [
      'start-failed',
      'qemu-system-x86_64: -netdev {"type":"socket","mcast":"230.0.0.1:5558","id":"hostnet0"}: can\'t add socket to multicast group 230.0.0.1: No such device',
      'no route to the multicast group 230.0.0.1',
    ],
    [
      'start-failed',
      "qemu-system-x86_64: -device nonsense: 'nonsense' is not a valid device model name",
      "'nonsense' is not a valid device model name",
    ],
  ])('says %s for what QEMU says', (code, words, part) => {
    const error = explainQemuEnd(words, exit);
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
    expect(error.data.detail).toBe(words);
    expect(error.data.next).toBeTruthy();
  });

  it('offers emulation where KVM is missing', () => {
    expect(explainQemuEnd('Could not access KVM kernel module: Permission denied', exit).data.fixes).toMatchObject([{ kind: 'use-tcg' }]);
  });

  it('leaves warnings out of the sentence', () => {
    expect(explainQemuEnd('qemu-system-x86_64: -foo: bad foo\nqemu-system-x86_64: warning: old machine type', exit).message).toContain(
      'bad foo',
    );
  });

  it('has words for a program that says nothing', () => {
    expect(explainQemuEnd('', { code: 0, signal: null })).toMatchObject({
      code: 'start-failed',
      message: expect.stringContaining('said nothing') as string,
    });
    expect(explainQemuEnd('', { code: null, signal: 'SIGKILL' }).message).toContain('SIGKILL');
  });
});
