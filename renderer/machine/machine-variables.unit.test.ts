import { expect, it } from 'vitest';
import { machineVariables } from './machine-variables.ts';

const state = '/home/user/.local/state/tapestry';
const of = (os: string) => machineVariables(`<domain><os>${os}</os></domain>`, state);

it('tells of the file of UEFI variables, and whose it is', () => {
  const loader = "<loader readonly='yes' type='pflash'>/code.fd</loader>";
  expect(of(`${loader}<nvram>/a/x_VARS.fd</nvram>`)).toEqual({ path: '/a/x_VARS.fd', own: false });
  expect(of(`${loader}<nvram type='file'><source file='${state}/machines/u/x.fd'/></nvram>`)).toEqual({
    path: `${state}/machines/u/x.fd`,
    own: true,
  });
  expect(of(`${loader}<nvram template='/t.fd'/>`)).toEqual({ path: undefined, own: true });
  expect(of(loader)).toEqual({ path: undefined, own: true });
  expect(machineVariables("<domain><os firmware='efi'/></domain>", state)).toEqual({ path: undefined, own: true });
  expect(machineVariables(`<domain><os><nvram>${state}/x.fd</nvram></os></domain>`, undefined)).toMatchObject({ own: false });
});

it('tells of none where there is none, or where it is a device', () => {
  expect(of('')).toBeUndefined();
  expect(of("<loader readonly='yes' type='pflash' stateless='yes'>/code.fd</loader>")).toBeUndefined();
  expect(of("<loader type='rom'>/seabios.bin</loader>")).toBeUndefined();
  expect(of("<nvram type='block'><source dev='/dev/vg/vars'/></nvram>")).toBeUndefined();
  expect(machineVariables('<domain/>', state)).toBeUndefined();
});
