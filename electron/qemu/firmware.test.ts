import { describe, expect, it } from 'vitest';
import { parseXml, readDomain } from '../../shared/domain-xml/index.ts';
import { chooseFirmware, type FirmwareDescriptor } from './firmware.ts';

const flash = (name: string, format: string): FirmwareDescriptor => ({
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    executable: { filename: `/fw/${name}`, format },
    'nvram-template': { filename: `/fw/VARS-${name}`, format },
  },
  targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
  features: [],
});
const installed = [flash('raw.fd', 'raw'), flash('q.qcow2', 'qcow2')];

const choose = (inside: string) => {
  const { domain, problems } = readDomain(
    parseXml(
      `<domain type='qemu'><name>a</name><memory>65536</memory><os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>${inside}</os><features><acpi/></features></domain>`,
    ),
  );
  expect(problems).toEqual([]);
  return chooseFirmware(domain.os, 'x86_64', 'pc-q35-7.2', undefined, installed);
};

describe('<os firmware="efi">', () => {
  it('takes the files that stand there with their format: what a newer libvirt had chosen', () => {
    expect(
      choose(
        "<loader readonly='yes' type='pflash' format='qcow2'>/fw/other.qcow2</loader><nvram template='/fw/V.qcow2' format='qcow2'>/v/a.qcow2</nvram>",
      ),
    ).toMatchObject({
      code: '/fw/other.qcow2',
      codeFormat: 'qcow2',
      readOnly: true,
      variables: { template: '/fw/V.qcow2', format: 'qcow2' },
    });
  });

  it('chooses by the format that is asked for', () => {
    expect(choose('')).toMatchObject({ code: '/fw/raw.fd' });
    expect(choose("<loader format='qcow2'/>")).toMatchObject({ code: '/fw/q.qcow2', codeFormat: 'qcow2', variables: { format: 'qcow2' } });
    expect(choose("<nvram format='qcow2'/>")).toMatchObject({ code: '/fw/q.qcow2' });
  });
});
