import { useEffect, useMemo } from 'react';
import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { XmlDocument } from '../../shared/domain-xml/xml/nodes.ts';
import { errorDataOf } from '../words/errors.ts';
import { go } from '../state/route.ts';
import { useUi } from '../state/ui-store.ts';
import { UnreadDefinition } from '../machine/unread-definition.tsx';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { AddHardware } from './add-hardware.tsx';
import { DeviceEditorPage } from './device-editor-page.tsx';
import { deviceList, findEntry } from '../devices/device-list.ts';
import { DeviceNavigation } from './device-navigation.tsx';
import { newDevice } from '../devices/new-device.ts';
import './details-page.css';

const read = (text: string | null | undefined): XmlDocument | undefined =>
  text === null || text === undefined ? undefined : parseXml(text);

/** The machine's parts and devices: a list, and a form for the chosen one. */
export function DetailsPage({ machine, device }: { readonly machine: MachineSummary; readonly device?: string | undefined }) {
  const { data: xml, error, refetch } = useMachineXml(machine);
  const parsed = useMemo(() => {
    try {
      const stored = read(xml?.inactive);
      const live = read(xml?.live);
      return { entries: deviceList(stored, live), stored };
    } catch (thrown) {
      return { broken: errorDataOf(thrown) };
    }
  }, [xml]);
  // Who leaves the tab finds the same device on coming back.
  const remembered = useUi((state) => state.devices[keyOf(machine)]);
  const { connection, uuid } = machine;
  const remember = useUi((state) => state.rememberDevice);
  useEffect(() => {
    if (device !== undefined && !device.startsWith('add-')) remember({ connection, uuid }, device);
  }, [device, connection, uuid, remember]);
  const open = (key: string) => go({ page: 'machine', ...refOf(machine), tab: 'details', device: key });

  // What was read before stands: an edit is not taken away because reading it anew failed.
  const failure = error && xml === undefined ? errorDataOf(error) : 'broken' in parsed ? parsed.broken : undefined;
  if (failure) return <UnreadDefinition error={failure} onRetry={() => void refetch()} />;
  if (!xml || !('entries' in parsed))
    return (
      <p className="page-body dim" aria-busy="true">
        Reading the definition…
      </p>
    );
  const { entries, stored } = parsed;
  const adding = device?.startsWith('add-') === true && stored ? newDevice(device.slice('add-'.length), stored) : undefined;
  const entry = adding ? undefined : (findEntry(entries, device ?? remembered) ?? entries[0]);
  return (
    <div className="details">
      <div className="details-side">
        {/* The address may name no device, and the one that is shown be left only for another. */}
        <DeviceNavigation entries={entries} current={entry?.key} onOpen={(key) => key !== entry?.key && open(key)} />
        <AddHardware document={stored} onAdd={(id) => open(`add-${id}`)} />
      </div>
      {adding ? (
        <DeviceEditorPage key={`${device ?? ''} ${xml.hash}`} machine={machine} xml={xml} adding={adding} onDone={(key) => open(key)} />
      ) : (
        entry && <DeviceEditorPage key={entry.key} machine={machine} xml={xml} entry={entry} onDone={open} />
      )}
    </div>
  );
}
