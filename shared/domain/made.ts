/** `T` while it is being put together: what is optional in `T` may also be undefined. */
export type Draft<T> = T extends object ? { [K in keyof T]: T[K] | (Record<never, never> extends Pick<T, K> ? undefined : never) } : never;

/**
 * Finishes a model object: leaves out every property whose value is undefined, so that "absent" has one
 * spelling only and models compare by their properties.
 */
export function made<T extends object>(draft: Draft<T>): T {
  const kept: Record<string, unknown> = {};
  // One after another, without lists in between: a machine may have thousands of parts.
  for (const [name, value] of Object.entries(draft)) if (value !== undefined) kept[name] = value;
  // The cast is sound: only optional properties of T may be undefined in a Draft<T>, and those are dropped.
  return kept as T;
}
