import { describe, expect, test } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
import { domainXml, planOf } from '../../../qemu/testing/plan-of.ts';
import { syntheticCapabilities } from '../../../qemu/testing/synthetic-capabilities.ts';
import { swtpmArguments } from './swtpm.ts';

const capabilities = { ...syntheticCapabilities(), tpmModels: ['tpm-tis', 'tpm-crb'], tpmTypes: ['emulator'] };

/** Arguments of swtpm for a `<backend>` with these children; of a refusal, its path. */
const argumentsFor = (children: string, attributes = "version='2.0'"): readonly string[] | string => {
  try {
    const xml = domainXml(`<tpm model='tpm-crb'><backend type='emulator' ${attributes}>${children}</backend></tpm>`);
    const plan = planOf(xml, { capabilities, host: { recorded: false } });
    const [request] = plan.descriptors.filter((one) => one.kind === 'tpm');
    return request === undefined ? [] : swtpmArguments(request, request.state?.path ?? '/kept');
  } catch (error) {
    if (error instanceof TapestryError) return error.data.path ?? '';
    throw error;
  }
};

const after = (argv: readonly string[] | string, option: string) => (typeof argv === 'string' ? argv : argv[argv.indexOf(option) + 1]);

describe('what swtpm is told', () => {
  test('keeps the state with the machine, or where <source> says', () => {
    expect(after(argumentsFor(''), '--tpmstate')).toBe('dir=/kept,mode=0600');
    expect(after(argumentsFor("<source type='dir' path='/srv/tpm'/>"), '--tpmstate')).toBe('dir=/srv/tpm,mode=0600');
    expect(after(argumentsFor("<source type='file' path='/srv/tpm.state'/>"), '--tpmstate')).toBe(
      'backend-uri=file:///srv/tpm.state,mode=0600',
    );
  });

  test.for(["<source type='dir' path='tpm'/>", "<source type='dir' path='/a,lock'/>"])('refuses the place %s', (source) => {
    expect(argumentsFor(source)).toBe('/domain/devices/tpm/backend/source/@path');
  });

  test('hands over the profile that is asked for', () => {
    expect(argumentsFor('')).not.toContain('--profile');
    expect(after(argumentsFor("<profile source='default-v1' name='null'/>"), '--profile')).toBe('name=default-v1');
    expect(after(argumentsFor("<profile source='custom' removeDisabled='fips-host'/>"), '--profile')).toBe(
      'name=custom,remove-disabled=fips-host',
    );
  });

  test('takes a name alone for the report that it is', () => {
    expect(argumentsFor("<profile name='default-v1'/>")).not.toContain('--profile');
  });

  test.for([
    ["<profile source='local:mine'/>", "version='2.0'", '/domain/devices/tpm/backend/profile/@source'],
    ["<profile source='a,remove-disabled=check'/>", "version='2.0'", '/domain/devices/tpm/backend/profile/@source'],
    ["<profile name='null' removeDisabled='check'/>", "version='2.0'", '/domain/devices/tpm/backend/profile/@removeDisabled'],
    ["<profile source='null'/>", "version='1.2'", '/domain/devices/tpm/backend/profile'],
  ] as const)('refuses %s with %s', ([profile, version, path]) => {
    expect(argumentsFor(profile, version)).toBe(path);
  });
});
