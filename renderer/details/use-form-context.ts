import { useMemo } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { useHostFacts } from '../computer/use-host-facts.ts';
import { useInterfaceFacts } from '../nics/host-network.ts';
import { useConnection } from '../state/connections.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { editElement, elementText, type Change } from '../xml/edits.ts';
import type { DeviceEntry } from '../devices/device-list.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { pathInLive } from './shown-xml.ts';
import type { EditedText } from './use-edited-text.ts';

interface Asked {
  readonly machine: MachineSummary;
  /** The running machine's XML. */
  readonly live: string | null;
  readonly entry: DeviceEntry | undefined;
  /** Path of the device in the edited text. */
  readonly path: string | undefined;
  readonly adding: boolean;
  /** The form asks for the host's interfaces. */
  readonly network: boolean;
}

/** What a device's form knows; undefined when the edited text has no such device. */
export function useFormContext({ text, base, setText }: EditedText, asked: Asked): FormContext | undefined {
  const { machine, live, entry, path, adding, network } = asked;
  const facts = useHostFacts(machine.connection);
  const connection = useConnection(machine.connection);
  const machines = useMachinesOf(machine.connection);
  const interfaces = useInterfaceFacts(network);
  const liveText = useMemo(() => (live === null ? undefined : elementText(live, pathInLive(entry))), [live, entry]);
  return useMemo((): FormContext | undefined => {
    const document = parseXml(text);
    const element = path === undefined ? undefined : elementAt(document, path);
    if (!element || path === undefined) return undefined;
    return {
      machine,
      connection,
      facts,
      document,
      element,
      stored: adding ? undefined : elementAt(parseXml(base.text), path),
      storedText: adding ? undefined : elementText(base.text, path),
      live: entry?.live,
      liveText,
      machines,
      interfaces,
      edited: text !== base.text,
      edit: (changes: readonly Change[]) => setText((before) => editElement(before, path, changes)),
      setText,
    };
  }, [text, path, machine, connection, facts, adding, base.text, entry?.live, liveText, machines, interfaces, setText]);
}
