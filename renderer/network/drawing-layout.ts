import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';
import { byName } from '../nics/interface-words.ts';

/** A NIC of a running machine, with the machine. */
export interface Cable {
  /** Machine and alias. */
  readonly id: string;
  readonly machine: MachineSummary;
  readonly nic: NicStatus;
}

/** A box of the drawing, px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MachineNode extends Box {
  readonly machine: MachineSummary;
  readonly cables: readonly Cable[];
}
export interface CableNode {
  readonly cable: Cable;
  /** Middle of the NIC's row, and where its wire ends on the bridge (or the card below a macvtap); absent without one. */
  readonly y: number;
  readonly tap: Box | undefined;
  readonly end: { readonly x: number; readonly y: number; readonly to: string } | undefined;
}
export interface BridgeNode extends Box {
  readonly bridge: HostInterface;
  readonly uplink: string | undefined;
}
export interface UplinkNode extends Box {
  readonly one: HostInterface;
  /** The bridge that it is a port of; absent for a card below a macvtap. */
  readonly bridge: string | undefined;
  /** The bridge's way out, or something else that is plugged in: another program's TAP, a container. */
  readonly role: 'uplink' | 'port';
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly { readonly title: string; readonly x: number }[];
  readonly machines: readonly MachineNode[];
  readonly cables: readonly CableNode[];
  readonly bridges: readonly BridgeNode[];
  readonly uplinks: readonly UplinkNode[];
}

const widths = { machine: 138, tap: 118, bridge: 146, uplink: 130 } as const;
const margin = { x: 20, top: 36, bottom: 20 } as const;
const leastGaps = [24, 100, 48] as const;
const heights = { head: 22, row: 48, tap: 38, bridge: 84, uplink: 40 } as const;
const between = 12;

/** How far a cable goes straight from its TAP, px: so long is the word of its traffic. */
export const wireLead = 60;

/** The narrowest drawing, px: below it the page scrolls. */
export const leastWidth = 2 * margin.x + Object.values(widths).reduce((a, b) => a + b, 0) + leastGaps.reduce((a, b) => a + b, 0);

/** Puts boxes of given heights near where they want to be (their middles), in that order, without overlap. Pure. */
export function stack(wanted: readonly { readonly middle: number; readonly height: number }[], top: number): readonly number[] {
  let free = top;
  return wanted.map(({ middle, height }) => {
    const y = Math.max(free, middle - height / 2);
    free = y + height + between;
    return y;
  });
}

/**
 * Lays the drawing out: machines, TAPs, bridges and uplinks in fixed columns, so that a cable always runs from left to right. Pure.
 * @param available the width of the page, px
 */
export function layOut(cables: readonly Cable[], interfaces: readonly HostInterface[], available: number): Layout {
  const spare = Math.max(0, Math.min(available, 1100) - leastWidth) / 3;
  const [first, second, third] = leastGaps;
  const x = { machine: margin.x, tap: 0, bridge: 0, uplink: 0 };
  x.tap = x.machine + widths.machine + first + spare * 0.4;
  x.bridge = x.tap + widths.tap + second + spare * 1.6;
  x.uplink = x.bridge + widths.bridge + third + spare;

  const machines: MachineNode[] = [];
  const placed: { cable: Cable; y: number }[] = [];
  let y: number = margin.top;
  for (const machine of new Set(cables.map((cable) => cable.machine))) {
    const own = cables.filter((cable) => cable.machine === machine);
    const height = heights.head + heights.row * own.length - 16;
    machines.push({ machine, cables: own, x: x.machine, y, width: widths.machine, height });
    own.forEach((cable, index) => placed.push({ cable, y: y + heights.head + 14 + index * heights.row }));
    y += height + between;
  }

  const targetOf = ({ nic }: Cable): string | undefined => nic.bridge ?? (nic.type === 'direct' ? (nic.source ?? undefined) : undefined);
  const middleOf = (name: string): number | undefined => {
    const own = placed.filter(({ cable }) => targetOf(cable) === name);
    return own.length === 0 ? undefined : own.reduce((sum, one) => sum + one.y, 0) / own.length;
  };
  const bridges = interfaces
    .filter(({ kind }) => kind === 'bridge')
    .map((bridge) => ({ bridge, middle: middleOf(bridge.name) ?? Number.MAX_SAFE_INTEGER }))
    .toSorted((a, b) => a.middle - b.middle || byName(a.bridge, b.bridge));
  const tops = stack(
    bridges.map(({ middle }) => ({ middle: middle === Number.MAX_SAFE_INTEGER ? 0 : middle, height: heights.bridge })),
    margin.top,
  );
  const bridgeNodes = bridges.map(({ bridge }, index): BridgeNode => ({
    bridge,
    uplink: bridge.uplink ?? undefined,
    x: x.bridge,
    y: tops[index] ?? 0,
    width: widths.bridge,
    height: heights.bridge,
  }));

  // What is plugged into bridges besides the machines drawn here, then the cards that macvtaps stand on.
  const lower = new Set(
    placed.flatMap(({ cable }) => (cable.nic.type === 'direct' && cable.nic.source !== null ? [cable.nic.source] : [])),
  );
  const taps = new Set(cables.flatMap(({ nic }) => nic.device ?? []));
  const wanted = interfaces
    .flatMap((one): (Pick<UplinkNode, 'one' | 'bridge' | 'role'> & { readonly middle: number })[] => {
      if (taps.has(one.name)) return [];
      const bridge = bridgeNodes.find((node) => node.bridge.ports.includes(one.name));
      if (!bridge) return lower.has(one.name) ? [{ one, bridge: undefined, role: 'uplink' as const, middle: middleOf(one.name) ?? 0 }] : [];
      const role = bridge.uplink === one.name ? ('uplink' as const) : ('port' as const);
      // The way out stands first of those at one bridge.
      return [{ one, bridge: bridge.bridge.name, role, middle: bridge.y + bridge.height / 2 + (role === 'uplink' ? 0 : 0.5) }];
    })
    .toSorted((a, b) => a.middle - b.middle);
  const uplinkTops = stack(
    wanted.map(({ middle }) => ({ middle, height: heights.uplink })),
    margin.top,
  );
  const uplinks = wanted.map(({ one, bridge, role }, index): UplinkNode => ({
    one,
    bridge,
    role,
    x: x.uplink,
    y: uplinkTops[index] ?? 0,
    width: widths.uplink,
    height: heights.uplink,
  }));

  const cableNodes = placed.map(({ cable, y: middle }): CableNode => {
    const to = targetOf(cable);
    const bridge = bridgeNodes.find((node) => node.bridge.name === to);
    const uplink = bridge ? undefined : uplinks.find((node) => node.one.name === to);
    const node = bridge ?? uplink;
    const peers = placed.filter((one) => targetOf(one.cable) === to);
    const slot = (peers.findIndex((one) => one.cable === cable) + 1) / (peers.length + 1);
    return {
      cable,
      y: middle,
      tap: cable.nic.device === null ? undefined : { x: x.tap, y: middle - heights.tap / 2, width: widths.tap, height: heights.tap },
      end: node && to !== undefined ? { x: node.x, y: node.y + node.height * slot, to } : undefined,
    };
  });
  const bottoms = [...machines, ...bridgeNodes, ...uplinks].map((node) => node.y + node.height);
  return {
    width: x.uplink + widths.uplink + margin.x,
    height: Math.max(margin.top, ...bottoms) + margin.bottom,
    columns: [
      { title: 'Machine', x: x.machine },
      { title: 'TAP', x: x.tap },
      { title: 'Bridge', x: x.bridge },
      { title: 'Way out', x: x.uplink },
    ],
    machines,
    cables: cableNodes,
    bridges: bridgeNodes,
    uplinks,
  };
}

/** Width of a wire by what flows through it, px: 1.5 for nothing, 4.5 for 1 Gbit/s and more. */
export function wireWidth(bytesPerSecond: number): number {
  return 1.5 + Math.min(3, Math.max(0, Math.log10(Math.max(1, bytesPerSecond * 8)) - 3) / 2);
}
