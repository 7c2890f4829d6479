import { describe, expect, it, test } from 'vitest';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import type { FirmwareDescriptor } from '../plan/firmware-descriptor.ts';
import { chooseFirmware } from './firmware.ts';
import { variablesBeside } from './firmware-files.ts';

const flash = (
  code: string,
  template: string,
  {
    format = 'raw',
    features = [],
    machines = ['pc-i440fx-*', 'pc-q35-*'],
  }: { format?: string; features?: string[]; machines?: string[] } = {},
): FirmwareDescriptor => ({
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    executable: { filename: code, format },
    'nvram-template': { filename: template, format },
  },
  targets: [{ architecture: 'x86_64', machines }],
  features,
});
const bios: FirmwareDescriptor = {
  'interface-types': ['bios'],
  mapping: { device: 'memory', filename: '/usr/share/seabios/bios-256k.bin' },
  targets: [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
  features: [],
};
const twoFormats = [flash('/fw/raw.fd', '/fw/VARS-raw.fd'), flash('/fw/q.qcow2', '/fw/VARS-q.qcow2', { format: 'qcow2' })];

const ovmf = '/usr/share/OVMF';
const secure = { machines: ['pc-q35-*'] };
/** As Debian 12 and Ubuntu 24.04 install it: descriptors of the 4 MiB images only. */
const debian = [
  flash(`${ovmf}/OVMF_CODE_4M.ms.fd`, `${ovmf}/OVMF_VARS_4M.ms.fd`, {
    ...secure,
    features: ['enrolled-keys', 'requires-smm', 'secure-boot'],
  }),
  flash(`${ovmf}/OVMF_CODE_4M.secboot.fd`, `${ovmf}/OVMF_VARS_4M.fd`, { ...secure, features: ['requires-smm', 'secure-boot'] }),
  flash(`${ovmf}/OVMF_CODE_4M.fd`, `${ovmf}/OVMF_VARS_4M.fd`),
  bios,
];
const files4M = ['OVMF_CODE_4M.fd', 'OVMF_CODE_4M.secboot.fd', 'OVMF_CODE_4M.ms.fd', 'OVMF_VARS_4M.fd', 'OVMF_VARS_4M.ms.fd'].map(
  (name) => `${ovmf}/${name}`,
);
const files2M = ['OVMF_CODE.fd', 'OVMF_CODE.secboot.fd', 'OVMF_CODE.ms.fd', 'OVMF_VARS.fd', 'OVMF_VARS.ms.fd'].map(
  (name) => `${ovmf}/${name}`,
);

interface Where {
  readonly wish?: 'efi' | 'bios' | undefined;
  readonly installed?: readonly FirmwareDescriptor[];
  readonly files?: readonly string[];
  readonly smm?: boolean;
  readonly machine?: string;
  readonly warnings?: number;
}

const choose = (inside: string, { wish, installed = debian, files, smm, machine = 'pc-q35-7.2', warnings = 0 }: Where = {}) => {
  const { domain, problems } = readDomain(
    parseXml(
      `<domain type='qemu'><name>a</name><memory>65536</memory><os${wish === undefined ? '' : ` firmware='${wish}'`}><type arch='x86_64' machine='q35'>hvm</type>${inside}</os><features><acpi/></features></domain>`,
    ),
  );
  expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
  expect(problems).toHaveLength(warnings);
  return chooseFirmware({ os: domain.os, arch: 'x86_64', machine, smm, installed, files });
};

const efi: Where = { wish: 'efi', files: [...files4M, ...files2M] };
const manual: Where = { files: [...files4M, ...files2M] };
const plain4M = {
  code: `${ovmf}/OVMF_CODE_4M.fd`,
  readOnly: true,
  secure: false,
  smm: false,
  variables: { template: `${ovmf}/OVMF_VARS_4M.fd` },
};
const secboot4M = { code: `${ovmf}/OVMF_CODE_4M.secboot.fd`, secure: true, smm: true, variables: { template: `${ovmf}/OVMF_VARS_4M.fd` } };
const enrolled4M = { code: `${ovmf}/OVMF_CODE_4M.ms.fd`, secure: true, smm: true, variables: { template: `${ovmf}/OVMF_VARS_4M.ms.fd` } };
const features = (keys: string, secureBoot: string) =>
  `<firmware><feature enabled='${keys}' name='enrolled-keys'/><feature enabled='${secureBoot}' name='secure-boot'/></firmware>`;

describe('<os firmware="efi">', () => {
  it('takes the files that stand there with their format: what a newer libvirt had chosen', () => {
    expect(
      choose(
        "<loader readonly='yes' type='pflash' format='qcow2'>/fw/other.qcow2</loader><nvram template='/fw/V.qcow2' format='qcow2'>/v/a.qcow2</nvram>",
        { wish: 'efi', installed: twoFormats },
      ),
    ).toMatchObject({
      code: '/fw/other.qcow2',
      codeFormat: 'qcow2',
      readOnly: true,
      variables: { template: '/fw/V.qcow2', format: 'qcow2' },
    });
  });

  it('chooses by the format that is asked for', () => {
    const where = { wish: 'efi' as const, installed: twoFormats };
    expect(choose('', where)).toMatchObject({ code: '/fw/raw.fd' });
    expect(choose("<loader format='qcow2'/>", where)).toMatchObject({
      code: '/fw/q.qcow2',
      codeFormat: 'qcow2',
      variables: { format: 'qcow2' },
    });
    expect(choose("<nvram format='qcow2'/>", where)).toMatchObject({ code: '/fw/q.qcow2' });
  });

  const code = `${ovmf}/OVMF_CODE_4M.fd</loader>`;
  it.each([
    ['nothing but the wish', '', enrolled4M],
    [
      '9.2: loader without format, template',
      `${features('no', 'no')}<loader readonly='yes' type='pflash'>${code}<nvram template='${ovmf}/OVMF_VARS_4M.fd'>/v/a.fd</nvram>`,
      plain4M,
    ],
    ['9.2: with secure="no"', `<loader readonly='yes' secure='no' type='pflash'>${code}`, plain4M],
    ['the path alone', `<loader>${code}`, plain4M],
    ['the path and the type', `<loader type='pflash'>${code}`, plain4M],
    ['the path and readonly', `<loader readonly='yes'>${code}`, plain4M],
    [
      '11.3: every format',
      `<loader readonly='yes' type='pflash' format='raw'>${code}<nvram template='${ovmf}/OVMF_VARS_4M.fd' templateFormat='raw' format='raw'>/v/a.fd</nvram>`,
      plain4M,
    ],
    ['nvram of type file', `<nvram type='file' template='${ovmf}/OVMF_VARS_4M.fd'><source file='/v/a.fd'/></nvram>`, secboot4M],
    ['the template alone, with its features', `${features('no', 'no')}<nvram template='${ovmf}/OVMF_VARS_4M.fd'/>`, plain4M],
    ['the template with keys alone', `<nvram template='${ovmf}/OVMF_VARS_4M.ms.fd'/>`, enrolled4M],
    ['the file of the variables alone', '<nvram>/v/a.fd</nvram>', enrolled4M],
    ['secure="no" alone', "<loader secure='no'/>", plain4M],
    ['secure="yes" alone', "<loader secure='yes'/>", enrolled4M],
    ['type and readonly alone', "<loader type='pflash' readonly='yes'/>", enrolled4M],
    ['Secure Boot without keys', features('no', 'yes'), secboot4M],
    ['Secure Boot with keys', features('yes', 'yes'), enrolled4M],
    [
      'chosen for Secure Boot without keys',
      `${features('no', 'yes')}<loader readonly='yes' secure='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.secboot.fd</loader>`,
      secboot4M,
    ],
    [
      'a 2 MiB image',
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE.fd</loader>`,
      { code: `${ovmf}/OVMF_CODE.fd`, variables: { template: `${ovmf}/OVMF_VARS.fd` } },
    ],
  ])('takes %s', (_what, inside, expected) => {
    const chosen = choose(inside, efi);
    expect(chosen).toMatchObject(expected);
    expect(chosen.differences).toBeUndefined();
  });

  it('goes with a template of the user by the code beside it', () => {
    const files = [...files4M, '/home/u/fw/OVMF_CODE.fd', '/home/u/fw/OVMF_VARS.fd'];
    expect(choose("<nvram template='/home/u/fw/OVMF_VARS.fd'/>", { wish: 'efi', files })).toMatchObject({
      code: '/home/u/fw/OVMF_CODE.fd',
      variables: { template: '/home/u/fw/OVMF_VARS.fd' },
    });
  });

  it('refuses by the element what nothing here fits, and what contradicts itself', () => {
    expect(() => choose(features('no', 'yes'), { ...efi, smm: false })).toThrow(/no UEFI firmware/);
    expect(() => choose("<loader readonly='no'/>", efi)).toThrow(/no UEFI firmware/);
    expect(() => choose(features('no', 'yes'), { ...efi, machine: 'pc-i440fx-7.2' })).toThrow(/no UEFI firmware/);
  });
});

describe('<os firmware="bios">', () => {
  it('is chosen with the features that newer libvirt stores, and with its file', () => {
    expect(choose(features('no', 'no'), { wish: 'bios', files: [] })).toMatchObject({
      kind: 'bios',
      file: '/usr/share/seabios/bios-256k.bin',
    });
    const stored = `${features('no', 'no')}<loader type='rom' format='raw'>/usr/share/seabios/bios-256k.bin</loader>`;
    expect(choose(stored, { wish: 'bios', files: ['/usr/share/seabios/bios-256k.bin'] })).toEqual({
      kind: 'bios',
      file: '/usr/share/seabios/bios-256k.bin',
    });
    // SeaBIOS under another distribution's name is what QEMU has by itself.
    expect(choose(stored, { wish: 'bios', files: [] })).toMatchObject({ kind: 'default', differences: [{ path: '/domain/os/loader' }] });
  });
});

describe('a loader by its path', () => {
  it.each([
    [
      '2 MiB, without a template',
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE.fd</loader>`,
      'OVMF_CODE.fd',
      'OVMF_VARS.fd',
      false,
    ],
    [
      '2 MiB, with its file',
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE.fd</loader><nvram>/v/a.fd</nvram>`,
      'OVMF_CODE.fd',
      'OVMF_VARS.fd',
      false,
    ],
    [
      '2 MiB with Secure Boot',
      `<loader readonly='yes' secure='yes' type='pflash'>${ovmf}/OVMF_CODE.secboot.fd</loader>`,
      'OVMF_CODE.secboot.fd',
      'OVMF_VARS.fd',
      true,
    ],
    [
      '2 MiB with Secure Boot, not said',
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE.secboot.fd</loader>`,
      'OVMF_CODE.secboot.fd',
      'OVMF_VARS.fd',
      true,
    ],
    [
      '2 MiB with keys',
      `<loader readonly='yes' secure='yes' type='pflash'>${ovmf}/OVMF_CODE.ms.fd</loader>`,
      'OVMF_CODE.ms.fd',
      'OVMF_VARS.ms.fd',
      true,
    ],
    ['4 MiB', `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.fd</loader>`, 'OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd', false],
    [
      '4 MiB with Secure Boot',
      `<loader readonly='yes' secure='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.secboot.fd</loader>`,
      'OVMF_CODE_4M.secboot.fd',
      'OVMF_VARS_4M.fd',
      true,
    ],
    [
      'its own template',
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.secboot.fd</loader><nvram template='${ovmf}/OVMF_VARS_4M.ms.fd'/>`,
      'OVMF_CODE_4M.secboot.fd',
      'OVMF_VARS_4M.ms.fd',
      true,
    ],
  ])('has the variables that belong to it: %s', (_what, inside, code, template, smm) => {
    const chosen = choose(inside, manual);
    expect(chosen).toMatchObject({ code: `${ovmf}/${code}`, smm, secure: smm, variables: { template: `${ovmf}/${template}` } });
    expect(chosen.differences).toBeUndefined();
  });

  it('without a type is a ROM, which keeps no variables', () => {
    const chosen = choose(`<loader>${ovmf}/OVMF_CODE_4M.fd</loader><nvram>/v/a.fd</nvram>`, { ...manual, warnings: 1 });
    expect(chosen).toMatchObject({ kind: 'bios', file: `${ovmf}/OVMF_CODE_4M.fd`, differences: [{ path: '/domain/os/nvram' }] });
  });

  it('that is stateless, or holds its variables itself, has no file of them', () => {
    expect(choose(`<loader readonly='yes' type='pflash' stateless='yes'>${ovmf}/OVMF_CODE_4M.fd</loader>`, manual)).not.toHaveProperty(
      'variables',
    );
    const own = choose("<loader type='pflash'>/home/u/OVMF.fd</loader>", { files: ['/home/u/OVMF.fd'] });
    expect(own).toMatchObject({ readOnly: false });
    expect(own).not.toHaveProperty('variables');
  });

  it.each([
    ['Fedora', '/usr/share/edk2/ovmf/OVMF_CODE.fd', plain4M],
    ['Fedora, 4 MiB in qcow2', '/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2', plain4M],
    ['Fedora with Secure Boot', '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', secboot4M],
    ['SUSE', '/usr/share/qemu/ovmf-x86_64-code.bin', plain4M],
    ['SUSE, 4 MiB', '/usr/share/qemu/ovmf-x86_64-4m-code.bin', plain4M],
    ['SUSE with keys', '/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin', enrolled4M],
    ['Arch', '/usr/share/edk2/x64/OVMF_CODE.4m.fd', plain4M],
    ['Arch with Secure Boot', '/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd', secboot4M],
    ['older Debian', `${ovmf}/OVMF_CODE.fd`, plain4M],
    ['older Debian with keys', `${ovmf}/OVMF_CODE.ms.fd`, enrolled4M],
    ['QEMU itself', '/usr/share/qemu/edk2-x86_64-code.fd', plain4M],
    ['NixOS', '/run/libvirt/nix-ovmf/OVMF_CODE.fd', plain4M],
  ])('of %s is found under its name here, and the difference told', (_what, path, expected) => {
    for (const wish of ['efi', undefined] as const) {
      const chosen = choose(`<loader readonly='yes' type='pflash'>${path}</loader>`, { wish, files: files4M });
      expect(chosen).toMatchObject(expected);
      expect(chosen.differences).toMatchObject([{ path: '/domain/os/loader', message: expect.stringContaining(path) as string }]);
    }
  });

  it('keeps the size of the image where both are here', () => {
    expect(choose("<loader readonly='yes' type='pflash'>/usr/share/edk2/ovmf/OVMF_CODE.fd</loader>", manual)).toMatchObject({
      code: `${ovmf}/OVMF_CODE.fd`,
      variables: { template: `${ovmf}/OVMF_VARS.fd` },
    });
  });

  it('takes a template that is here for one that is not, and says so', () => {
    const chosen = choose(
      `<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.fd</loader><nvram template='/usr/share/x/VARS.fd'/>`,
      manual,
    );
    expect(chosen).toMatchObject({ ...plain4M, differences: [{ path: '/domain/os/nvram/@template' }] });
  });

  it('with Secure Boot is refused by its element on a machine without SMM', () => {
    const pc = { ...manual, machine: 'pc-i440fx-7.2' };
    expect(() => choose(`<loader readonly='yes' secure='yes' type='pflash'>${ovmf}/OVMF_CODE.fd</loader>`, pc)).toThrow(/q35/);
    expect(() => choose(`<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE_4M.ms.fd</loader>`, pc)).toThrow(/q35/);
    expect(choose(`<loader readonly='yes' type='pflash'>${ovmf}/OVMF_CODE.fd</loader>`, pc)).toMatchObject({ kind: 'flash', smm: false });
  });

  it('of the user that is gone is refused by its element, and so is Secure Boot where there is none', () => {
    expect(() => choose("<loader readonly='yes' type='pflash'>/home/u/CODE.fd</loader>", manual)).toThrow(/not on this computer/);
    expect(() => choose('<loader>/home/u/bios.bin</loader>', manual)).toThrow(/not on this computer/);
    expect(() =>
      choose("<loader readonly='yes' secure='yes' type='pflash'>/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd</loader>", {
        installed: debian.slice(2),
        files: [`${ovmf}/OVMF_CODE_4M.fd`],
      }),
    ).toThrow(/with Secure Boot/);
  });
});

test('variables stand beside their code under a name of their own', () => {
  const first = (code: string, keys?: boolean) => variablesBeside(`/f/${code}`, keys)[0];
  expect(first('OVMF_CODE.fd')).toBe('/f/OVMF_VARS.fd');
  expect(first('OVMF_CODE-pure-efi.fd')).toBe('/f/OVMF_VARS-pure-efi.fd');
  expect(first('OVMF_CODE.secboot.4m.fd')).toBe('/f/OVMF_VARS.4m.fd');
  expect(first('OVMF_CODE.secboot.fd', true)).toBe('/f/OVMF_VARS.secboot.fd');
  expect(first('OVMF_CODE_4M.ms.fd')).toBe('/f/OVMF_VARS_4M.ms.fd');
  expect(first('ovmf-x86_64-smm-ms-4m-code.bin')).toBe('/f/ovmf-x86_64-smm-ms-4m-vars.bin');
  expect(variablesBeside('/f/edk2-x86_64-secure-code.fd', undefined)).toContain('/f/edk2-i386-vars.fd');
  expect(variablesBeside('/f/OVMF.fd', undefined)).toEqual([]);
});
