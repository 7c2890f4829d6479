import { describe, expect, it } from 'vitest';
import { sampleInterface } from '../../shared/contract/testing/samples.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeHost, fakeNic } from '../testing/fake-network.ts';
import { layOut, leastWidth, stack, wireLead, wireWidth } from './drawing-layout.ts';
import { curve } from './drawing-wire.tsx';
import { fittingZoom, zoomWithin } from './drawing-zoom.ts';
import { takeInterfaces } from '../nics/host-network.ts';
import { spokenCable } from './network-drawing.tsx';
import { nicStepTitle } from '../../shared/words/nic-step-words.ts';
import { stepOffset } from '../nics/nic-words.ts';
import { bridgeAt, canDrag } from './use-cable-drag.ts';

const machine = fakeSummary('web-01', running());
const cables = [
  { id: 'a', machine, nic: fakeNic() },
  { id: 'b', machine, nic: fakeNic({ alias: 'net1', type: 'user', device: null, bridge: null }) },
];

describe('the drawing of the network', () => {
  it('leads each cable from its machine over its TAP to its bridge, and the bridge to its uplink', () => {
    const layout = layOut(cables, fakeHost, 800);
    const [wired, free] = layout.cables;
    expect(wired?.end?.to).toBe('br0');
    expect(wired?.tap?.x).toBeLessThan(wired?.end?.x ?? 0);
    expect(free?.tap).toBeUndefined();
    expect(free?.end).toBeUndefined();
    expect(layout.bridges.map(({ bridge }) => bridge.name)).toEqual(['br0', 'br-lab']);
    expect(layout.uplinks.map(({ one }) => one.name)).toEqual(['enp6s0']);
  });

  it('draws everything else that is plugged in, the way out first', () => {
    const host = [
      sampleInterface('br0', { uplink: 'veth1', ports: ['mytap0', 'veth1', 'vt3f9c21a7'] }),
      sampleInterface('mytap0', { kind: 'tap', master: 'br0' }),
      sampleInterface('veth1', { kind: 'veth', master: 'br0' }),
      sampleInterface('vt3f9c21a7', { kind: 'tap', master: 'br0' }),
      sampleInterface('eth9', { kind: 'physical' }),
    ];
    expect(layOut(cables, host, 800).uplinks.map(({ one, role, bridge }) => [one.name, role, bridge])).toEqual([
      ['veth1', 'uplink', 'br0'],
      ['mytap0', 'port', 'br0'],
    ]);
  });

  it('lets the cables of bridges be taken to another bridge, and knows which one is under the pointer', () => {
    const layout = layOut(cables, fakeHost, 800);
    expect(layout.cables.map(canDrag)).toEqual([true, false]);
    const [, lab] = layout.bridges;
    if (!lab) throw new Error('no second bridge');
    expect(bridgeAt(layout, lab.x + 1, lab.y + 1)).toBe('br-lab');
    expect(bridgeAt(layout, lab.x - 1, lab.y + 1)).toBeUndefined();
  });

  it('never lets boxes overlap', () => {
    const tops = stack(
      [
        { middle: 50, height: 40 },
        { middle: 55, height: 40 },
      ],
      10,
    );
    expect((tops[1] ?? 0) - (tops[0] ?? 0)).toBeGreaterThan(40);
  });

  it('puts bridges in people’s order', () => {
    const host = ['br10', 'br9', 'br2'].map((name) => sampleInterface(name, { kind: 'bridge' }));
    expect(layOut([], host, 800).bridges.map(({ bridge }) => bridge.name)).toEqual(['br2', 'br9', 'br10']);
    expect(takeInterfaces(undefined, host).facts.map(({ name }) => name)).toEqual(['br2', 'br9', 'br10']);
  });

  it('has room between TAP and bridge for a word on a straight cable, also at its narrowest', () => {
    const [wired] = layOut(cables, fakeHost, leastWidth).cables;
    const from = (wired?.tap?.x ?? 0) + (wired?.tap?.width ?? 0);
    expect((wired?.end?.x ?? 0) - from).toBeGreaterThan(wireLead);
    expect(curve(10, 20, 200, 80, wireLead)).toMatch(/^M10 20h60C/);
  });

  it('is made to fit, but never so small that nobody reads it, nor larger than it is', () => {
    const box = { width: 800, height: 400 };
    expect(fittingZoom({ width: 800, height: 500 }, box)).toBe(0.8);
    expect(fittingZoom({ width: 800, height: 5000 }, box)).toBe(0.5);
    expect(fittingZoom({ width: 100, height: 100 }, box)).toBe(1);
    expect([Number.NaN, 0, -1, 9].map(zoomWithin)).toEqual([1, 1, 1, 2]);
  });

  it('draws more traffic thicker', () => {
    expect(wireWidth(0)).toBe(1.5);
    expect(wireWidth(1e6)).toBeGreaterThan(wireWidth(1e4));
  });

  it('speaks a cable as a sentence', () => {
    expect(spokenCable({ id: 'a', machine, nic: fakeNic() })).toBe('web-01, NIC LAN br0 …1c:12, TAP vt3f9c21a7, on br0, 12 kbit/s');
  });
});

describe('the words of a timeline', () => {
  it('names steps shortly and times them from the first', () => {
    expect(nicStepTitle({ at: 0, kind: 'moved', device: 'vt1', bridge: 'br201', mtu: 1400 })).toBe('Moved to br201');
    expect([0, 0.4, 20, 1900].map(stepOffset)).toEqual(['at once', '+0.4 ms', '+20 ms', '+1.9 s']);
  });
});
