import { describe, expect, it } from 'vitest';
import { parseXml, readDomain } from '../../shared/domain-xml/index.ts';
import { withTcg } from './apply-fix.ts';

const xml = (type: string, cpu: string) =>
  `<domain type='${type}'><name>a</name><uuid>7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01</uuid><memory>65536</memory>${cpu}<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`;

describe('withTcg', () => {
  it.each([
    ['kvm', "<cpu mode='host-passthrough' check='none' migratable='on'/>", "<cpu mode='maximum'/>"],
    ['kvm', "<cpu mode='host-model' check='partial'><topology sockets='1' cores='1' threads='1'/></cpu>", "<cpu mode='maximum'><topology"],
    ['qemu', "<cpu mode='host-passthrough'/>", "<cpu mode='maximum'/>"],
    ['kvm', "<cpu mode='custom' match='exact'><model>qemu64</model></cpu>", '<model>qemu64</model>'],
    ['kvm', '', '<domain'],
  ])('makes a %s machine with %s one that can be started without KVM', (type, cpu, expected) => {
    const text = withTcg(xml(type, cpu));
    const { domain, problems } = readDomain(parseXml(text));
    expect(domain.type).toBe('qemu');
    expect(text).toContain(expected);
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
  });

  it('is needed: the same machine of type qemu with the host’s CPU is refused', () => {
    expect(readDomain(parseXml(xml('qemu', "<cpu mode='host-passthrough'/>"))).problems).toMatchObject([
      { severity: 'unsupported', path: '/domain/cpu/@mode' },
    ]);
  });
});
