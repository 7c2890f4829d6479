import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';

/**
 * A machine as somebody looks at it, at once and then whenever that changed; ends when the signal aborts or the machine is undefined.
 * @param view what is looked at: data, small
 * @throws TapestryError `not-found`
 */
export async function* watchMachine<View>(
  machines: Machines,
  ref: string,
  signal: AbortSignal,
  view: (machine: Machine) => View,
): AsyncGenerator<View, void, undefined> {
  const { uuid } = machines.find(ref);
  // The first look is taken in the tick in which the subscription begins: nothing between them is missed.
  const ofThis = machines.events.subscribe(
    signal,
    () => [{ kind: 'xml', connection: embeddedConnection, uuid }],
    (event) => event.kind,
  );
  let before = '';
  const changed = (): View | undefined => {
    const now = view(machines.find(uuid));
    const text = JSON.stringify(now);
    if (text === before) return undefined;
    before = text;
    return now;
  };
  for await (const event of ofThis) {
    const about = event.kind === 'changed' ? event.machine.uuid : 'uuid' in event ? event.uuid : uuid;
    if (event.kind === 'removed' && about === uuid) return;
    // Events of one kind replace one another while we are away, so one of another machine may hide ours: look at ours each time.
    const next = machines.has(uuid) ? changed() : undefined;
    if (!machines.has(uuid)) return;
    if (next !== undefined) yield next;
  }
}
