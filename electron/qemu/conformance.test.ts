import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { classes } from './testing/compare-command-lines.ts';
import { daemonSettings, reportOf, runCorpus, runNics, runRefusals, type CaseResult } from './testing/conformance.ts';
import { conformanceMissing, recordedCapabilities } from './testing/recordings.ts';

/** Refused by libvirt because a QEMU narrower than 8.0, or a made-up host, is assumed. */
const narrower = [
  'hugepages-memaccess3',
  'iothreads-nocap',
  'numatune-memnode-unavailable-strict',
  'numatune-static-nodeset-exceed-hostnode',
  'usb-controller-default-unavailable-q35',
  'usb-controller-qemu-xhci-unavailable',
  'virtio-options-memballoon-freepage-reporting',
];

/** Refused by libvirt 9.0, taken by later ones, which store such definitions. */
const takenSince = ['firmware-auto-efi-loader-insecure', 'firmware-auto-efi-loader-path'];

describe("libvirt's own cases", () => {
  let results: CaseResult[] = [];
  let nics: CaseResult[] = [];
  beforeAll(() => {
    if (conformanceMissing !== undefined) return;
    results = runCorpus();
    nics = runNics(results);
  }, 120_000);

  test('each command line is equal, or the domain is refused by an element', ({ skip }) => {
    if (conformanceMissing !== undefined) skip(conformanceMissing);
    const refused = results.filter((r) => r.outcome === 'refused').length;
    for (const part of classes) {
      const different = results.filter((r) => r.outcome === 'different' && r.classes.includes(part)).length;
      console.log(`conformance ${part}: ${results.length - refused - different} equal, ${refused} refused, ${different} different`);
    }
    const silent = results.filter((r) => r.outcome === 'different' && !(r.name in daemonSettings));
    expect(silent).toEqual([]);
    expect(results.filter((r) => r.outcome === 'equal').length).toBeGreaterThan(results.length * 0.9);
  });

  test('the NICs of every case for whatever QEMU are equal, or the domain is refused by an element', ({ skip }) => {
    if (conformanceMissing !== undefined) skip(conformanceMissing);
    const equal = nics.filter(({ outcome }) => outcome === 'equal').length;
    console.log(`conformance nic, every case: ${equal} equal, ${nics.filter(({ outcome }) => outcome === 'refused').length} refused`);
    expect(nics.filter(({ outcome }) => outcome === 'different')).toEqual([]);
    expect(nics.length).toBeGreaterThan(results.length);
    // Of those for an x86 without the host's own CPU nearly none is refused.
    const refused = nics.filter((r) => r.outcome === 'refused' && r.path !== '/domain/os/type/@arch' && !r.path.startsWith('/domain/cpu'));
    expect(refused.length).toBeLessThan(nics.length * 0.05);
  });

  test('what libvirt refuses is refused', ({ skip }) => {
    if (conformanceMissing !== undefined) skip(conformanceMissing);
    const accepted = runRefusals().filter((r) => r.path === undefined);
    expect(accepted.map((r) => r.name)).toEqual([...takenSince, ...narrower].toSorted());
  });

  test('docs/conformance.md lists what is refused', async ({ skip }) => {
    if (conformanceMissing !== undefined) skip(conformanceMissing);
    const report = readFileSync(resolve(import.meta.dirname, '../../docs/conformance.md'), 'utf8');
    expect(report, 'npx node electron/qemu/testing/write-conformance-report.ts').toBe(await reportOf(results, nics));
  });

  test.for([
    ['4.2.0', false],
    ['6.2.0', false],
    ['7.2.0', true],
    ['8.0.0', true],
  ] as const)('the recording of QEMU %s is read', ([version, takesJson], { skip }) => {
    if (conformanceMissing !== undefined) skip(conformanceMissing);
    const capabilities = recordedCapabilities(version);
    expect(capabilities.machines.some((machine) => machine.alias === 'pc')).toBe(true);
    expect(capabilities.cpus.tcg.length).toBeGreaterThan(50);
    expect(capabilities.schema.variant('netdev_add', 'dgram')).toBe(takesJson);
    expect(capabilities.schema.feature('device_add', 'json-cli-hotplug')).toBe(takesJson);
  });
});
