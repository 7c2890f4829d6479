import { Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { InterfaceType } from '../../../shared/domain/interface.ts';
import { pathOf } from '../../../shared/domain-xml/xml/path.ts';
import type { CustomControlProps } from '../../forms/field-spec.ts';
import { elementText } from '../../xml/edits.ts';
import { typeOf } from '../../nic-live/nic-model.ts';
import { nicType, nicTypes, whyNoStart } from './nic-types.ts';
import { leftOut, saw, switchType, useSourceMemory } from './source-memory.ts';
import './nic.css';

/** The source type: the common ones as buttons, all others under More; with one sentence on what it means, and what a switch took away. */
export function SourceTypeControl({ context, control, readOnly }: CustomControlProps) {
  const current = typeOf(context.element);
  const [seen, setSeen] = useSourceMemory(context);
  const removed = leftOut(seen, current, context.document);
  const known = nicType(current);
  const choose = (type: InterfaceType) => {
    if (type === current || readOnly) return;
    const path = pathOf(context.element);
    const now = saw(seen, current, elementText(context.document.text, path) ?? '');
    setSeen(now);
    context.setText(switchType(context.document.text, path, type, now));
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
              .map((one) => ({ ...one, cannotStart: whyNoStart(one.type, context) }))
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
