import { useMemo, useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { useConnection } from '../state/connections.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { elementText } from '../xml/edits.ts';
import { DeviceColumns, FormOrXml, type Shown } from './device-columns.tsx';
import type { DeviceEntry } from '../devices/device-list.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { pathInLive } from './shown-xml.ts';
import { XmlPane } from './xml-pane.tsx';

/** A device that runs, but that the stored definition has no more: what it is, and that nothing can be edited. */
export function RemovedDevice({
  machine,
  entry,
  live,
}: {
  readonly machine: MachineSummary;
  readonly entry: DeviceEntry | undefined;
  readonly live: string | null;
}) {
  const [shown, setShown] = useState<Shown>('form');
  const connection = useConnection(machine.connection);
  const machines = useMachinesOf(machine.connection);
  const own = elementText(live ?? '<none/>', pathInLive(entry)) ?? '';
  const context = useMemo((): FormContext | undefined => {
    const document = live === null ? undefined : parseXml(live);
    const element = document && elementAt(document, pathInLive(entry));
    if (!document || !element) return undefined;
    const nothing = () => undefined;
    return {
      machine,
      connection,
      facts: undefined,
      document,
      element,
      stored: undefined,
      live: element,
      liveText: own,
      machines,
      edit: nothing,
      setText: nothing,
    };
  }, [machine, connection, machines, live, entry, own]);
  const Strip = entry?.editor.Strip;
  return (
    <section className="device-page" aria-label={entry?.title}>
      <div className="device-head">
        <h2 className="clip grow">{entry?.title}</h2>
        <span className="tag warn device-tag clip">runs until the next shutdown</span>
        <FormOrXml shown={shown} onChange={setShown} />
      </div>
      {Strip && context && <Strip context={context} errors={new Map()} />}
      <DeviceColumns shown={shown} pane={<XmlPane title="XML as it runs" before={own} after={own} />}>
        <p>
          {machine.name} runs with this device, but its stored definition doesn’t have it
          {machine.persistent ? ': it is gone after the next shutdown' : ''}.
        </p>
      </DeviceColumns>
    </section>
  );
}
