import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { attributeValue } from '../../shared/domain-xml/xml/nodes.ts';
import { editElement, type Change } from '../xml/edits.ts';
import { changedFields, pendingValue, type FieldSpec, type FormContext } from '../forms/field-spec.ts';
import { saysTheSame } from '../forms/same-device.ts';

/** What Apply does to a device of a running machine, part by part. */
export interface ApplyPlan {
  readonly now: readonly string[];
  readonly later: readonly string[];
  /** Saved before, not in force yet. */
  readonly waiting: readonly string[];
  /** The live element with the changes of `now`; undefined when nothing changes at once. */
  readonly live: string | undefined;
  /** Everything takes effect at once, and live and stored element said the same before: one call changes both. */
  readonly together: boolean;
}

const word = (field: FieldSpec, value: string): string => {
  if (field.kind === 'toggle') return value === 'on' ? 'yes' : 'no';
  const text = field.options?.find((option) => option.value === value)?.label ?? value;
  return text === '' ? 'not set' : field.unit === undefined ? text : `${text} ${field.unit}`;
};

/**
 * Sorts the edits of a device's form by when they take effect. Undefined for a device that doesn't run.
 * @param after the edited definition; `path` is the device's in it
 */
export function planOf(
  fields: readonly FieldSpec[],
  context: FormContext,
  stored: string,
  after: string,
  path: string,
): ApplyPlan | undefined {
  const { live, liveText } = context;
  const before = context.stored;
  if (!live || liveText === undefined || !before) return undefined;
  const shown = fields.filter((field) => field.visible?.(context) !== false);
  // Another source is another device to the machine: with it all the rest waits for the next start.
  const sameType =
    attributeValue(before, 'type') === attributeValue(live, 'type') &&
    attributeValue(context.element, 'type') === attributeValue(live, 'type');
  const edited = changedFields(fields, context);
  const atOnce = edited.filter((field) => field.live?.(context) === true && sameType);
  const rest = edited.filter((field) => !atOnce.includes(field));
  const changes: readonly Change[] = atOnce.flatMap((field) => field.write(field.read(context.element), context.element));
  const pure = rest.length === 0 && atOnce.length > 0 && editElement(stored, path, changes) === after;
  const say = (field: FieldSpec) => `${field.label}: ${word(field, field.read(before))} → ${word(field, field.read(context.element))}`;
  const waiting = shown.filter((field) => !edited.includes(field) && pendingValue(field, context) !== undefined);
  return {
    now: atOnce.map(say),
    later: rest.length > 0 ? rest.map(say) : pure || stored === after ? [] : ['Other parts of its XML'],
    waiting: waiting.map((field) => `${field.label} ${word(field, field.read(context.element))}`),
    live: atOnce.length === 0 ? undefined : editElement(liveText, `/${live.name}`, changes),
    together: pure && saysTheSame(before, live),
  };
}

/**
 * Carries a plan out, in one call: the host stores nothing when the running machine says no, and changes nothing there that it can't store.
 * @param edited the edited definition, the device's element in it, and the hash that the edit began from
 * @returns the host's own words, if it has any
 */
export async function applyPlan(
  api: Api,
  of: MachineRef,
  plan: ApplyPlan,
  edited: { readonly xml: string; readonly element: string; readonly expect: string },
): Promise<string | undefined> {
  const machine = refOf(of);
  const { xml, element, expect } = edited;
  if (plan.live === undefined) {
    await api['machines.define']({ connection: machine.connection, xml, expect });
    return undefined;
  }
  const change = plan.together ? { xml: element, expect } : { xml: plan.live, stored: { xml, expect } };
  return (await api['machines.device']({ machine, how: 'update', scope: 'both', ...change })).message;
}
