import { createElement } from 'react';
import { at, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { kindWords, mainAddress } from '../../nics/interface-words.ts';
import { readPlace } from '../../xml/edits.ts';
import { tapFault, tapInTheWay, tapNote } from './nic-checks.ts';
import { TakenTap } from './nic-controls.tsx';

/** The name of the TAP, with what stands in its way on this computer. */
export function tapNameField(rare: boolean): FieldSpec {
  return {
    id: 'target',
    label: 'TAP name',
    kind: 'text',
    width: 220,
    mono: true,
    rare,
    ...at('target/@dev'),
    placeholder: 'made at start',
    check: tapFault,
    warn: (value, now) => {
      const own = readPlace(now.element, 'target/@managed') === 'no';
      const there = tapInTheWay(value, now);
      if (own && now.interfaces && value !== '' && !there && now.live === undefined)
        return `There is no ${value} yet. It must exist when the machine starts.`;
      if (own && there && there.kind !== 'tap') return `${value} is no TAP: ${kindWords[there.kind].toLowerCase()}.`;
      if (!own && there) return createElement(TakenTap, { name: value, context: now });
      return tapNote(value, now);
    },
  };
}

/** What the host says of the interface that a macvtap stands on. */
export function lowerFacts(context: FormContext): string | undefined {
  const name = readPlace(context.element, 'source/@dev');
  const one = context.interfaces?.find((other) => other.name === name);
  if (!one) return undefined;
  const host = mainAddress(one);
  return [kindWords[one.kind], one.up ? 'up' : 'down', one.master === null ? undefined : `a port of ${one.master}`, host && `host ${host}`]
    .filter((part) => part !== undefined)
    .join(', ');
}
