import { Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { updateDevice, type RemovedPart, switchInterfaceType } from '../../../shared/domain-xml/index.ts';
import type { Interface, InterfaceType } from '../../../shared/domain/interface.ts';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { elementAt, pathOf } from '../../../shared/domain-xml/xml/path.ts';
import type { CustomControlProps } from '../../details/field-spec.ts';
import { editElement, elementText, readPlace, replaceElement } from '../../xml/edits.ts';
import { readNic, typeOf } from './nic-model.ts';
import { nicType, nicTypes } from './nic-types.ts';
import './nic.css';

/** A definition whose NIC has another type, and what it had to give up. */
interface Switched {
  readonly text: string;
  readonly removed: readonly RemovedPart[];
}

/**
 * Switches the NIC at a path to another type: an empty source, without what the new type can't have. Pure.
 * @param kept the NIC with all that types before could have; a new type begins with what of it it can have
 * @param remembered the element's text when it last had that type in this form: it comes back as it was, with the present MAC
 */
export function switchType(text: string, path: string, type: InterfaceType, remembered: string | undefined, kept?: Interface): Switched {
  const document = parseXml(text);
  const element = elementAt(document, path);
  const nic = element && readNic(document, element).nic;
  if (!element || !nic) return { text, removed: [] };
  if (remembered !== undefined) {
    const mac = readPlace(element, 'mac/@address');
    const back = replaceElement(text, path, remembered);
    return { text: mac === undefined ? back : editElement(back, path, [{ place: 'mac/@address', value: mac }]), removed: [] };
  }
  const { nic: next, removed } = switchInterfaceType(kept === undefined ? nic : { ...kept, type: nic.type, source: nic.source }, type);
  return { text: updateDevice(document, path, next).text, removed };
}

/**
 * A NIC with what an earlier type of it could have and its own can't. What its own can have is as it is, also what was taken out. Pure.
 * @param before the NIC with all that it had in the types before
 */
export function withKept(nic: Interface, before: Interface | undefined): Interface {
  if (before === undefined || before.type === nic.type) return nic;
  const lost = switchInterfaceType(before, nic.type).removed.map(({ field }) => field);
  const kept: Record<string, unknown> = { ...nic };
  for (const field of lost) {
    if (field === 'queues')
      kept['driver'] = { ...nic.driver, ...(before.driver.queues === undefined ? {} : { queues: before.driver.queues }) };
    else if (field.startsWith('backend.')) kept['backend'] = { ...before.backend, ...nic.backend };
    else kept[field] = before[field as keyof Interface];
  }
  return kept as unknown as Interface;
}

/** The source type: the common ones as buttons, all others under More; with one sentence on what it means, and what a switch took away. */
export function SourceTypeControl({ context, control, readOnly }: CustomControlProps) {
  const current = typeOf(context.element);
  const [removed, setRemoved] = useState<readonly RemovedPart[]>([]);
  const seen = useRef(new Map<string, string>());
  // All that any type passed through could have: what one type must leave out, a later one has again.
  const all = useRef<Interface | undefined>(undefined);
  const known = nicType(current);
  const choose = (type: InterfaceType) => {
    if (type === current || readOnly) return;
    const path = pathOf(context.element);
    const now = elementText(context.document.text, path);
    if (now !== undefined) seen.current.set(current, now);
    const nic = readNic(context.document, context.element).nic;
    if (nic) all.current = withKept(nic, all.current);
    const next = switchType(context.document.text, path, type, seen.current.get(type), all.current);
    context.setText(next.text);
    setRemoved(next.removed);
  };
  const shown = nicTypes.filter((one) => one.common === true || one.type === current);
  return (
    <div className="grow nic-source" id={control.id}>
      <div className="nic-types">
        <div role="radiogroup" aria-label="Source" className="nic-type-group">
          {shown.map((one) => (
            <label key={one.type} className="nic-type">
              <input
                type="radio"
                name={`${control.id}-type`}
                checked={one.type === current}
                disabled={readOnly}
                data-field={one.type === current ? 'type' : undefined}
                onChange={() => choose(one.type)}
              />
              {one.label}
            </label>
          ))}
        </div>
        <Menu position="bottom-end" width={380}>
          <Menu.Target>
            <button type="button" className="nic-type inset-focus" aria-label="More source types" aria-disabled={readOnly || undefined}>
              More <IconChevronDown size={12} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown mah={420} style={{ overflow: 'auto' }}>
            {nicTypes
              .filter((one) => one.common !== true && one.type !== current)
              .map((one) => (
                <Menu.Item key={one.type} onClick={() => choose(one.type)}>
                  <span className="medium">{one.label}</span>
                  {one.cannotStart !== undefined && <span className="tag warn nic-type-tag">can’t start here</span>}
                  <br />
                  <span className="small dim">{one.cannotStart ?? one.meaning}</span>
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      <p className="hint">{known?.meaning ?? `“${current}” is a type that Tapestry doesn’t know; its XML is kept.`}</p>
      {removed.length > 0 && (
        <output className="hint nic-removed">
          {known?.label ?? current} can’t have {listed(removed.map(({ what }) => what))}: {removed.length === 1 ? 'it is' : 'they are'} left
          out. Switch back to have {removed.length === 1 ? 'it' : 'them'} again.
        </output>
      )}
    </div>
  );
}

/** `a`, `a and b`, `a, b and c`. */
const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
