import { describe, expect, test } from 'vitest';
import { parseXml, textContent } from '../../../shared/domain-xml/index.ts';
import { recordedHost } from '../recorded-host.ts';
import { syntheticCapabilities } from '../testing/synthetic-capabilities.ts';
import { capabilitiesXml } from './capabilities-xml.ts';
import { domainCapabilitiesXml, type DomainCapabilitiesRequest } from './domain-capabilities-xml.ts';

const emulator = '/usr/bin/qemu-system-x86_64';
const of = (asked: Omit<DomainCapabilitiesRequest, 'emulator'>, capabilities = syntheticCapabilities()) =>
  parseXml(domainCapabilitiesXml({ emulator, ...asked }, capabilities, recordedHost('x86_64', 'demo'))).root;

describe('what one machine type can have', () => {
  test('names the emulator, and the machine behind an alias', () => {
    const found = Object.fromEntries(
      of({ machine: 'q35', virttype: 'qemu', arch: 'i686' }).children.flatMap((child) =>
        child.kind === 'element' ? [[child.name, textContent(child)]] : [],
      ),
    );
    expect(found).toMatchObject({ path: emulator, domain: 'qemu', machine: 'pc-q35-8.0', arch: 'i686' });
  });

  test.each([
    [{ machine: 'nonsense-9' }, 'machine', `the machine 'nonsense-9' is not supported by emulator '${emulator}'`],
    [{ arch: 'riscv64' }, 'arch', "architecture from emulator 'x86_64' doesn't match given architecture 'riscv64'"],
    [{ virttype: 'xen' }, 'virttype', 'unknown virttype: xen'],
    [{ virttype: 'kvm' }, 'virttype', `the accel 'kvm' is not supported by '${emulator}' on this host`],
  ])('refuses %j in libvirt’s words', (asked, path, message) => {
    expect(() => of(asked, syntheticCapabilities({ kvm: false }))).toThrow(
      expect.objectContaining({
        message: `invalid argument: ${message}`,
        data: expect.objectContaining({ code: 'invalid', path }),
      }),
    );
  });
});

test('a host without QEMU has no guests', () => {
  const xml = capabilitiesXml({ arch: 'x86_64', cpus: 2, memoryKiB: 1024 }, undefined);
  expect(xml).toContain('<arch>x86_64</arch>');
  expect(xml).not.toContain('<guest>');
});
