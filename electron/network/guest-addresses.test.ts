import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { addressesByNeighbour, leasesOf, mergeAddresses, readLeases, readLibvirtLeases, type GuestAddress } from './guest-addresses.ts';

const mac = '52:54:00:e4:2e:c1';
const at = 1_000_000_000_000;

test('neighbours by MAC, without those that don’t answer', () => {
  const entry = (dst: string, lladdr: string, state: string) => ({ dst, lladdr, dev: 'br0', state: [state] });
  const found = addressesByNeighbour(
    [
      entry('10.0.0.5', '52:54:00:E4:2E:C1', 'STALE'),
      entry('10.0.0.6', mac, 'FAILED'),
      entry('10.0.0.7', '52:54:00:00:00:01', 'REACHABLE'),
      { dst: '10.0.0.8', state: [] },
    ],
    mac,
    at,
  );
  expect(found).toEqual([{ address: '10.0.0.5', prefix: 0, family: 'ipv4', source: 'arp', seenAt: at }]);
});

test('dnsmasq’s leases: live ones of this MAC', () => {
  const text = `1000000100 ${mac} 10.0.0.5 guest *\n999999999 ${mac} 10.0.0.6 old *\n0 ${mac} 10.0.0.7 for-ever *\n1000000100 52:54:00:00:00:01 10.0.0.8 other *\nduid 00:01\n`;
  expect(readLeases(text, mac, at).map(({ address }) => address)).toEqual(['10.0.0.5', '10.0.0.7']);
});

test('libvirt’s leases, and text that is none', () => {
  const text = JSON.stringify([
    { 'ip-address': '192.168.122.5', 'mac-address': mac, 'expiry-time': 1000000100 },
    { 'ip-address': '192.168.122.6', 'mac-address': mac, 'expiry-time': 5 },
    { 'mac-address': mac },
  ]);
  expect(readLibvirtLeases(text, mac, at).map(({ address }) => address)).toEqual(['192.168.122.5']);
  expect(readLibvirtLeases('[{', mac, at)).toEqual([]);
  expect(readLibvirtLeases('{"a":1}', mac, at)).toEqual([]);
});

test('lease files of a folder; a folder that is missing is none', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-leases-'));
  try {
    await writeFile(path.join(folder, 'default.leases'), `0 ${mac} 10.0.0.5 guest *\n`);
    await writeFile(
      path.join(folder, 'virbr0.status'),
      JSON.stringify([{ 'ip-address': '10.0.0.6', 'mac-address': mac, 'expiry-time': 4e9 }]),
    );
    await writeFile(path.join(folder, 'other.txt'), `0 ${mac} 10.0.0.9 guest *\n`);
    const found = await leasesOf(mac, Date.now(), [folder, path.join(folder, 'none')]);
    expect(Object.fromEntries(found.map(({ address, source }) => [address, source]))).toEqual({
      '10.0.0.5': 'lease',
      '10.0.0.6': 'lease',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('one entry per address, the surer source first', () => {
  const one = (address: string, source: GuestAddress['source']): GuestAddress => ({
    address,
    prefix: 0,
    family: 'ipv4',
    source,
    seenAt: at,
  });
  expect(
    mergeAddresses([one('a', 'arp'), one('a', 'agent'), one('b', 'arp'), one('a', 'lease')]).map(
      ({ address, source }) => `${address} ${source}`,
    ),
  ).toEqual(['a agent', 'b arp']);
});
