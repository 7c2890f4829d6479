import { describe, expect, test } from 'vitest';
import { attachesLive, detachesLive, updatesLive } from './live-changes.ts';
import { parseXml } from './xml/parse.ts';

const root = (xml: string) => parseXml(xml).root;

describe('what comes and goes while a machine runs', () => {
  test.each([
    ["<disk device='disk'><target dev='vda' bus='virtio'/></disk>", true, true],
    ["<disk device='disk'><target dev='sda' bus='sata'/></disk>", false, false],
    ["<interface type='bridge'/>", true, true],
    ['<interface/>', true, true],
    ["<interface type='udp'/>", false, false],
    ['<rng/>', true, true],
    ["<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", true, true],
    ["<rng model='virtio'><backend model='egd' type='unix'><source mode='connect' path='/x'/></backend></rng>", false, true],
    ["<input type='tablet'/>", true, true],
    ["<input type='keyboard'/>", false, false],
    ["<input type='keyboard' bus='virtio'/>", true, true],
    ["<controller type='scsi'/>", true, true],
    ["<controller type='pci' model='pcie-root-port'/>", false, false],
    ["<watchdog model='i6300esb'/>", true, true],
    ["<watchdog model='i6300esb' action='poweroff'/>", false, true],
    ["<watchdog model='itco'/>", false, false],
    ["<sound model='ich9'/>", false, false],
    ["<redirdev bus='usb'/>", false, true],
    ["<hostdev mode='subsystem' type='usb'/>", false, false],
    ["<crypto model='virtio'/>", false, false],
    ['<toString/>', false, false],
    ['<quantum/>', false, false],
  ])('%s', (xml, attach, detach) => {
    expect([attachesLive(root(xml)), detachesLive(root(xml))]).toEqual([attach, detach]);
  });

  test('disks and NICs can be changed in place', () => {
    expect(['disk', 'interface', 'rng', 'quantum'].filter((name) => updatesLive(root(`<${name}/>`)))).toEqual(['disk', 'interface']);
  });
});
