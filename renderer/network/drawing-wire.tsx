import { formatBitRate } from '../words/format.ts';
import { wireLead, wireWidth, type Cable, type CableNode } from './drawing-layout.ts';
import type { CableDrag } from './use-cable-drag.ts';

/** What goes through a cable both ways, bytes per second. */
export function flow({ nic }: Cable): number {
  return (nic.rxBps ?? 0) + (nic.txBps ?? 0);
}
const isStill = ({ machine, nic }: Cable): boolean => nic.link === 'down' || machine.state === 'paused';

/** Path of a cable. Pure. @param lead px that it goes straight at first */
export function curve(fromX: number, fromY: number, toX: number, toY: number, lead = 0): string {
  const middle = (fromX + lead + toX) / 2;
  return `M${String(fromX)} ${String(fromY)}h${String(lead)}C${String(middle)} ${String(fromY)} ${String(middle)} ${String(toY)} ${String(toX)} ${String(toY)}`;
}

/** One cable from its machine over its TAP to its bridge, or to where it is dragged. */
export function Wire({ node, from, drag }: { readonly node: CableNode; readonly from: number; readonly drag: CableDrag | undefined }) {
  const { cable, tap, y, end } = node;
  const still = isStill(cable);
  const shape = { 'data-still': still || undefined, 'data-live': (!still && flow(cable) > 0) || undefined };
  const width = still ? 1.5 : wireWidth(flow(cable));
  const start = tap ? tap.x + tap.width : from;
  const lead = tap ? wireLead : 0;
  return (
    <g className="net-wire">
      {tap && <path d={`M${String(from + 6)} ${String(y)}H${String(tap.x)}`} strokeWidth={width} {...shape} />}
      {end && <path d={curve(start, y, end.x, end.y, lead)} strokeWidth={width} {...shape} data-left={drag ? true : undefined} />}
      {drag && <path d={curve(start, y, drag.x, drag.y, lead)} strokeWidth={2} data-held />}
      <circle cx={from + 3.5} cy={y} r="3" />
      {/* Over its straight beginning, where it breaks neither this cable nor another one. */}
      {end && tap && !drag && (
        <text x={start + 6} y={y - 5}>
          {cable.nic.link === 'down' ? 'pulled' : cable.nic.rxBps === null ? '' : formatBitRate(flow(cable))}
        </text>
      )}
    </g>
  );
}
