import { expect, test } from 'vitest';
import { nicFinding } from './nic-finding.ts';

const nic = (bridge: string, mac: string, more = '') =>
  `<interface type='bridge'><mac address='52:54:00:00:00:0${mac}'/><source bridge='${bridge}'/>${more}</interface>`;
const domain = (...nics: string[]) =>
  `<domain type='qemu'><name>a</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os><devices>${nics.join('')}</devices></domain>`;
const xml = domain(nic('br0', '1'), nic('br9', '2'), nic('br0', '3', "<alias name='ua-third'/>"));
const failed = (error: { path?: string; detail?: string }) => ({
  at: 5,
  error: { code: 'bridge-missing' as const, message: 'no br9', ...error },
  xml,
});

test('a failure belongs to the NIC that its path names, as long as that NIC stays as it was', () => {
  const known = failed({ path: '/domain/devices/interface[2]/source/@bridge' });
  expect(nicFinding('m', known, xml)).toMatchObject({ alias: 'net1', finding: { code: 'bridge-missing', message: 'no br9', at: 5 } });
  expect(nicFinding('m', known, domain(nic('br1', '1'), nic('br9', '2')))).toMatchObject({ alias: 'net1' });
  expect(nicFinding('m', known, domain(nic('br0', '1'), nic('br8', '2')))).toBeUndefined();
  expect(nicFinding('m', known, domain(nic('br0', '1')))).toBeUndefined();
  expect(nicFinding('m', known, 'no XML')).toBeUndefined();
});

test('or to the one whose option QEMU quotes', () => {
  const words = `qemu-system-x86_64: -device {"driver":"x","netdev":"hostnet1","id":"net1"}: 'x' is not a valid device model name`;
  expect(nicFinding('m', failed({ detail: words }), xml)?.alias).toBe('net1');
  expect(nicFinding('m', failed({ detail: '-device {"id":"ua-third"}: no' }), xml)?.alias).toBe('ua-third');
  expect(nicFinding('m', failed({ detail: '-device {"id":"net7"}: no' }), xml)).toBeUndefined();
});

test('or to none', () => {
  for (const error of [
    {},
    { path: '/domain/devices/disk[2]' },
    { path: '/domain/devices/interfaces' },
    { path: '/domain/devices/interface[9]' },
  ])
    expect(nicFinding('m', failed(error), xml)).toBeUndefined();
});
