import type { ComponentType, ReactNode } from 'react';
import type { ControlProps } from '../components/field.tsx';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import type { HostInterface } from '../../shared/contract/networks.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { XmlDocument, XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { readPlace, type Change } from '../xml/edits.ts';

/** What a device's form knows. Elements are of the edited, the stored and the live definition. */
export interface FormContext {
  readonly machine: MachineSummary;
  /** The machine's connection; undefined until it is known what it can. */
  readonly connection: ConnectionInfo | undefined;
  readonly facts: HostFacts | undefined;
  /** The edited definition, and the element that the form is about. */
  readonly document: XmlDocument;
  readonly element: XmlElement;
  /** Absent while the device is being added. */
  readonly stored: XmlElement | undefined;
  /** The text of `stored`. */
  readonly storedText?: string | undefined;
  /** Absent while the machine is shut off, and for a device that it runs without. */
  readonly live: XmlElement | undefined;
  /** The text of `live`. */
  readonly liveText?: string | undefined;
  /** All machines of the connection, for checks over them. */
  readonly machines: readonly MachineSummary[];
  /** Interfaces of the host, for NICs; absent for other devices, and until they are known. */
  readonly interfaces?: readonly HostInterface[] | undefined;
  /** The form has changes that are not applied. */
  readonly edited?: boolean;
  /** Edits the element. */
  readonly edit: (changes: readonly Change[]) => void;
  /** Replaces the whole edited text (for forms that touch more than their element). */
  readonly setText: (text: string) => void;
}

/** What a control of a kind of its own gets. */
export interface CustomControlProps {
  readonly field: FieldSpec;
  readonly context: FormContext;
  readonly control: ControlProps;
  readonly readOnly: boolean;
}

/** One field of a form: where its value stands in the XML, how it is shown, and what is wrong with it. Values are text. */
export interface FieldSpec {
  readonly id: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'select' | 'toggle' | 'path' | 'area' | 'static' | 'custom';
  /** The control of the kind `custom`. */
  readonly Control?: ComponentType<CustomControlProps>;
  /** '' where the XML says nothing. */
  readonly read: (element: XmlElement) => string;
  readonly write: (value: string, element: XmlElement) => readonly Change[];
  /** An error: one sentence, before anything is written. */
  readonly check?: (value: string, context: FormContext) => string | undefined;
  /** Behind the error: the way out, as a link or a button. */
  readonly errorAction?: (value: string, context: FormContext) => ReactNode;
  readonly warn?: (value: string, context: FormContext) => ReactNode | undefined;
  /** What it warns of is that a start fails: left out where the start that failed tells it. */
  readonly warnsOfStart?: boolean;
  readonly hint?: ReactNode;
  /** px. */
  readonly width?: number;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly unit?: string;
  readonly mono?: boolean;
  readonly placeholder?: string;
  /** What holds while the field is empty, in words: `1500, from br0`. By default its placeholder. */
  readonly emptyMeans?: string;
  /** Suffixes of the file picker of a path. */
  readonly suffixes?: readonly string[];
  readonly visible?: (context: FormContext) => boolean;
  /** The control itself tells what changed: no “Was …” beside it. */
  readonly tellsChange?: boolean;
  /** A change takes effect at once while the machine runs. */
  readonly live?: (context: FormContext) => boolean;
  /** Shown folded away, under "More". */
  readonly rare?: boolean;
  /** What the fold calls it and its like; by default its label. */
  readonly foldedAs?: string;
  /** Nothing fills this in at a start: a value that only runs, or only is stored, is a difference too. */
  readonly strict?: boolean;
  /** What a toggle says beside its box. */
  readonly toggleLabel?: string;
  /** A toggle that is a switch of the device itself (a cable that is plugged in), and not a mark. */
  readonly isSwitch?: boolean;
}

/** What an empty field means, in words. */
export function emptyWord(field: Pick<FieldSpec, 'emptyMeans' | 'placeholder'>): string {
  return field.emptyMeans ?? field.placeholder ?? 'empty';
}

/** Value at a place (`source/@file`): empty takes it away. */
export function at(place: string): Pick<FieldSpec, 'read' | 'write'> {
  return {
    read: (element) => readPlace(element, place) ?? '',
    write: (value) => [{ place, value: value === '' ? undefined : value }],
  };
}

/** A `yes`/`no` (or `on`/`off`) attribute as a toggle. `absent` is what no attribute means: then it isn't written either. */
export function flag(place: string, words: readonly [off: string, on: string], absent: 'on' | 'off'): Pick<FieldSpec, 'read' | 'write'> {
  return {
    read: (element) => ((readPlace(element, place) ?? words[absent === 'on' ? 1 : 0]) === words[1] ? 'on' : 'off'),
    write: (value) => [{ place, value: value === absent ? undefined : words[value === 'on' ? 1 : 0] }],
  };
}

/** An empty element (`<readonly/>`) as a toggle. */
export function presence(name: string): Pick<FieldSpec, 'read' | 'write'> {
  return {
    read: (element) => (readPlace(element, name) === undefined ? 'off' : 'on'),
    write: (value) => [{ place: name, value: value === 'on' ? '' : undefined }],
  };
}

/** A check for whole numbers of a range. */
export function wholeNumber(least: number, most: number, what: string, optional = false) {
  return (value: string): string | undefined => {
    if (value === '') return optional ? undefined : `${what} is needed.`;
    if (!/^\d+$/.test(value)) return `${what} is a whole number.`;
    const number = Number(value);
    return number < least || number > most ? `${what} is ${String(least)} to ${String(most)}.` : undefined;
  };
}

/** A check for absolute paths. */
export function absolutePath(optional: boolean) {
  return (value: string): string | undefined => {
    if (value === '') return optional ? undefined : 'A path is needed.';
    return value.startsWith('/') ? undefined : 'A path begins with a slash.';
  };
}

/** The errors of the fields that are shown, by field id, in their order. Pure. */
export function fieldErrors(fields: readonly FieldSpec[], context: FormContext): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  for (const field of fields) {
    if (field.visible?.(context) === false) continue;
    const error = field.check?.(field.read(context.element), context);
    if (error !== undefined) errors.set(field.id, error);
  }
  return errors;
}

/**
 * The fields that say something else than the stored definition: those that are shown, and those that the form hides since another field was
 * changed (a NIC's limits in a type that has none). Pure.
 */
export function changedFields(fields: readonly FieldSpec[], context: FormContext): readonly FieldSpec[] {
  const { stored, element } = context;
  if (!stored) return [];
  const shownIn = (field: FieldSpec, at: XmlElement) => field.visible?.({ ...context, element: at }) !== false;
  return fields.filter((field) => field.read(stored) !== field.read(element) && (shownIn(field, element) || shownIn(field, stored)));
}

/**
 * What runs differs from what is stored: the live value, when both say something or the live one lost it. A live value
 * alone is no difference: QEMU's defaults are filled in there.
 */
export function pendingValue(field: FieldSpec, context: Pick<FormContext, 'stored' | 'live'>): string | undefined {
  if (!context.stored || !context.live) return undefined;
  const stored = field.read(context.stored);
  const live = field.read(context.live);
  if (field.strict === true) return stored === live ? undefined : live;
  return stored !== '' && stored !== live ? live : undefined;
}
