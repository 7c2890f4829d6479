import { resolveType, type Member, type ModelType } from './model-types.ts';

/** A value of the model in which one field is another. */
export interface Variation {
  /** The field, as `driver.cache` or `listens[].address`. */
  readonly field: string;
  readonly value: unknown;
}

/** A text that would be a second option of QEMU's where nobody escapes it. */
export const commaText = 'tap,x=1';

/** How deep things that are absent are made within each other. */
const maxDepth = 2;

type Types = ReadonlyMap<string, ModelType>;

/** Fields that say where in the text a thing stands, or which of its kinds it is: no setting. */
const structural = new Set(['path', 'kind', 'implicit']);

/**
 * Every variation of a value by one field of its type: fields that are absent come in, each with values of its type; those that
 * are there change. What a value must have to be of its type at all comes with it.
 */
export function* variations(value: unknown, type: ModelType, types: Types, field = '', depth = 0): Generator<Variation> {
  const resolved = fitting(value, resolveType(type, types), types);
  if (resolved.kind === 'object' && isRecord(value)) {
    for (const [name, member] of resolved.members) {
      if (structural.has(name)) continue;
      const at = field === '' ? name : `${field}.${name}`;
      const inner = value[name];
      for (const one of inner === undefined ? newValues(member, types, at, depth) : variations(inner, member.type, types, at, depth))
        yield { field: one.field, value: { ...value, [name]: one.value } };
    }
    return;
  }
  if (resolved.kind === 'list' && Array.isArray(value)) {
    const [first, ...rest] = value as unknown[];
    if (first === undefined) {
      for (const one of newValues({ optional: true, type: resolved.of }, types, `${field}[]`, depth))
        yield { field: one.field, value: [one.value] };
    } else
      for (const one of variations(first, resolved.of, types, `${field}[]`, depth)) yield { field: one.field, value: [one.value, ...rest] };
    return;
  }
  for (const other of simple(resolveType(type, types))) if (other !== value) yield { field, value: other };
}

/** Values for a field that is absent: the simple ones of its type, and its objects with each of their own fields in turn. */
function* newValues(member: Member, types: Types, field: string, depth: number): Generator<Variation> {
  const type = resolveType(member.type, types);
  for (const one of type.kind === 'union' ? type.of : [type]) {
    const resolved = resolveType(one, types);
    if (resolved.kind === 'object') {
      const least = minimal(resolved, types);
      yield { field, value: least };
      // Backing chains hold themselves: what one level shows, the next shows too.
      if (depth < maxDepth) yield* variations(least, resolved, types, field, depth + 1);
    } else if (resolved.kind === 'list') {
      for (const inner of newValues({ optional: true, type: resolved.of }, types, `${field}[]`, depth))
        yield { field: inner.field, value: [inner.value] };
    } else for (const value of simple(resolved)) yield { field, value };
  }
}

/** The alternative of a union that a value is of: the one whose words (`type: 'file'`) are its own. */
const fitting = (value: unknown, type: ReturnType<typeof resolveType>, types: Types): ReturnType<typeof resolveType> => {
  if (type.kind !== 'union' || !isRecord(value)) return type;
  const found = type.of
    .map((one) => resolveType(one, types))
    .find(
      (one) =>
        one.kind === 'object' &&
        [...one.members].every(([name, member]) => {
          const words = resolveType(member.type, types);
          const allowed = words.kind === 'union' ? words.of : [words];
          const isWord = allowed.every((word) => word.kind === 'literal');
          return !isWord || member.optional || allowed.some((word) => word.kind === 'literal' && word.value === value[name]);
        }),
    );
  return found ?? type;
};

const minimal = (type: Extract<ModelType, { kind: 'object' }>, types: Types): Record<string, unknown> =>
  Object.fromEntries(
    [...type.members].flatMap(([name, member]) => {
      if (name === 'path') return [[name, '/domain/devices/added']];
      if (member.optional) return [];
      const resolved = resolveType(member.type, types);
      const first = resolved.kind === 'union' ? resolveType(resolved.of[0] ?? resolved, types) : resolved;
      if (first.kind === 'object') return [[name, minimal(first, types)]];
      return [[name, first.kind === 'list' ? [] : simple(first)[0]]];
    }),
  );

/** Values of a type that has no parts. Several, since a rule may take only some of them. */
const simple = (type: ModelType): readonly unknown[] => {
  switch (type.kind) {
    case 'string':
      // A comma first: where it reaches the text of an option, it must not begin another one.
      return [commaText, 'tapestry', '/a/b', '12', '5001405ea4b1bdc2'];
    case 'number':
      return [1, 2, 7, 4096];
    case 'bigint':
      return [1n, 4096n];
    case 'boolean':
      return [true, false];
    case 'literal':
      return [type.value];
    case 'union':
      return type.of.flatMap((one) => simple(one));
    default:
      return [];
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
