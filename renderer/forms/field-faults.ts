import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { isActive } from '../machine/machine-state.ts';
import { areSeveral, isOfTheLink, useObstacles } from '../machine/use-obstacles.ts';
import type { FieldSpec, FormContext } from './field-spec.ts';

/** A path without the number of a first element: `disk[1]` and `disk` are the same one. */
const plain = (path: string): string => path.replaceAll('[1]', '');

/**
 * The field that a path is about: the first that writes there, or into the element there; undefined when the form has none. Pure.
 * @param path of the device in the stored definition
 */
export function fieldAt(fields: readonly FieldSpec[], context: FormContext, path: string, at: string): FieldSpec | undefined {
  const { stored } = context;
  const own = `${plain(path)}/`;
  if (!stored || !plain(at).startsWith(own)) return undefined;
  const rest = plain(at).slice(own.length);
  return fields.find(
    (field) =>
      field.visible?.(context) !== false &&
      field.write(field.read(stored), stored).some(({ place }) => place === rest || place.startsWith(`${rest}/`)),
  );
}

/** A field that keeps a machine from starting. */
export interface FieldFault {
  /** The words that lead to the callout that tells why. */
  readonly words: string;
  /** Does the callout tell of a start that failed? Then the field needn't warn of it. */
  readonly failed: boolean;
}

/** The fields that keep a machine from starting, by their ids. */
export function useFieldFaults(fields: readonly FieldSpec[], context: FormContext): ReadonlyMap<string, FieldFault> {
  const obstacles = useObstacles(context.machine);
  const { stored, machine } = context;
  const faults = new Map<string, FieldFault>();
  if (!stored || isActive(machine)) return faults;
  const several = areSeveral(obstacles);
  const told: readonly { readonly path?: string | undefined }[] = several ? obstacles.findings : obstacles.error ? [obstacles.error] : [];
  for (const [index, { path }] of told.entries()) {
    const field = path === undefined ? undefined : fieldAt(fields, context, pathOf(stored), path);
    if (field && !faults.has(field.id))
      faults.set(field.id, {
        words: told.length > 1 ? `Finding ${String(index + 1)}, above` : 'See above',
        failed: obstacles.error !== undefined && !isOfTheLink(obstacles.error),
      });
  }
  return faults;
}
