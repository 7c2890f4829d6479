import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A type of the domain model, as far as values of it can be made. */
export type ModelType =
  | { readonly kind: 'string' | 'number' | 'bigint' | 'boolean' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'list'; readonly of: ModelType }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Member> }
  | { readonly kind: 'union'; readonly of: readonly ModelType[] }
  | { readonly kind: 'name'; readonly name: string; readonly file: string }
  | { readonly kind: 'both'; readonly of: readonly ModelType[] };

export interface Member {
  readonly optional: boolean;
  readonly type: ModelType;
}

const folder = resolve(import.meta.dirname, '../../../shared/domain');

/**
 * Reads the type declarations of the domain model (shared/domain) from their source, so that a test can walk every field that
 * there is: TypeScript has no types at run time. The sources keep to a small part of the language: interfaces, aliases, unions,
 * intersections, lists, literals, `Omit` and `Extract`.
 */
export function modelTypes(): ReadonlyMap<string, ModelType> {
  const types = new Map<string, ModelType>();
  for (const file of readdirSync(folder).filter(
    (name) => name.endsWith('.ts') && !['index.ts', 'made.ts', 'device-kinds.ts'].includes(name),
  )) {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, ' ');
    const tokens = text.match(/'[^']*'|[A-Za-z_$][\w$]*|-?\d+n?|=>|[{}[\]()<>|&;:,=?.]/g) ?? [];
    new Declarations(tokens, types).read(file.replace('.ts', ''));
  }
  return types;
}

/** Resolves names, and joins intersections: their members, for each alternative of those that are unions. */
export function resolveType(type: ModelType, types: ReadonlyMap<string, ModelType>): Exclude<ModelType, { kind: 'name' | 'both' }> {
  switch (type.kind) {
    case 'name': {
      const found = types.get(`${type.file}:${type.name}`) ?? types.get(type.name);
      if (found === undefined) throw new Error(`The model has no type ${type.name}.`);
      return resolveType(found, types);
    }
    case 'both': {
      let all: ReadonlyMap<string, Member>[] = [new Map()];
      for (const part of type.of) {
        const found = resolveType(part, types);
        all = all.flatMap((members) =>
          (found.kind === 'union' ? found.of : [found]).map((one) => {
            if (one.kind !== 'object') throw new Error('Only objects can be joined.');
            return new Map([...members, ...one.members]);
          }),
        );
      }
      return unionOf(all.map((members) => ({ kind: 'object', members })));
    }
    case 'union':
      return unionOf(
        type.of.flatMap((one) => {
          const found = resolveType(one, types);
          return found.kind === 'union' ? found.of : [found];
        }),
      );
    default:
      return type;
  }
}

const unionOf = (of: readonly ModelType[]) => {
  const [only] = of;
  return of.length === 1 && only !== undefined && only.kind !== 'name' && only.kind !== 'both' ? only : { kind: 'union' as const, of };
};

class Declarations {
  readonly #tokens: readonly string[];
  readonly #types: Map<string, ModelType>;
  #at = 0;
  #file = '';

  constructor(tokens: readonly string[], types: Map<string, ModelType>) {
    this.#tokens = tokens;
    this.#types = types;
  }

  read(file: string): void {
    this.#file = file;
    let exported = false;
    while (this.#at < this.#tokens.length) {
      const word = this.#next();
      if (word === 'export') {
        exported = true;
        continue;
      }
      if (word === 'interface') this.#interface(exported);
      else if (word === 'type' && this.#tokens[this.#at + 1] === '=') this.#alias(exported);
      else if (word === 'import') while (this.#peek() !== ';') this.#next();
      exported = false;
    }
  }

  #peek = (): string => this.#tokens[this.#at] ?? '';
  #next = (): string => this.#tokens[this.#at++] ?? '';
  #take(expected: string): void {
    const got = this.#next();
    if (got !== expected)
      throw new Error(
        `${this.#file}: '${expected}' expected, '${got}' found at ${this.#tokens.slice(this.#at - 6, this.#at + 3).join(' ')}`,
      );
  }
  #is(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }

  #interface(exported: boolean): void {
    const name = this.#next();
    const parents: ModelType[] = [];
    if (this.#is('extends'))
      do parents.push(this.#single());
      while (this.#is(','));
    this.#define(name, this.#both([...parents, this.#object()]), exported);
  }

  #alias(exported: boolean): void {
    const name = this.#next();
    this.#take('=');
    this.#define(name, this.#type(), exported);
  }

  // Names that aren't exported (`Common`) repeat from file to file.
  #define(name: string, type: ModelType, exported: boolean): void {
    this.#types.set(exported ? name : `${this.#file}:${name}`, type);
  }

  #type(): ModelType {
    this.#is('|');
    const of = [this.#intersection()];
    while (this.#is('|')) of.push(this.#intersection());
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'union', of };
  }

  #intersection(): ModelType {
    const parts = [this.#single()];
    while (this.#is('&')) parts.push(this.#single());
    return this.#both(parts);
  }

  #both(parts: readonly ModelType[]): ModelType {
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'both', of: parts };
  }

  #single(): ModelType {
    this.#is('readonly');
    let type: ModelType;
    const token = this.#peek();
    if (token === '{') type = this.#object();
    else if (token === '(') {
      this.#next();
      type = this.#type();
      this.#take(')');
    } else {
      this.#next();
      if (token.startsWith("'")) type = { kind: 'literal', value: token.slice(1, -1) };
      else if (/^-?\d+$/.test(token)) type = { kind: 'literal', value: Number(token) };
      else if (token === 'undefined' || token === 'null') type = { kind: 'union', of: [] };
      else if (token === 'true' || token === 'false') type = { kind: 'literal', value: token === 'true' };
      else if (token === 'string' || token === 'number' || token === 'boolean' || token === 'bigint') type = { kind: token };
      else if (token === 'typeof') {
        // Words of a list that is there at run time too.
        this.#next();
        type = { kind: 'string' };
      } else if (token === 'Omit') {
        this.#take('<');
        type = this.#single();
        while (!this.#is('>')) this.#next();
      } else type = { kind: 'name', name: token, file: this.#file };
    }
    while (this.#peek() === '[' && this.#tokens[this.#at + 1] === ']') {
      this.#at += 2;
      type = { kind: 'list', of: type };
    }
    // A look-up in a type (`Device['kind']`) is of no device's field.
    if (this.#peek() === '[') while (!this.#is(']')) this.#next();
    return type;
  }

  #object(): ModelType {
    this.#take('{');
    const members = new Map<string, Member>();
    while (!this.#is('}')) {
      this.#is('readonly');
      const name = this.#next().replaceAll("'", '');
      const optional = this.#is('?');
      this.#take(':');
      members.set(name, { optional, type: this.#type() });
      if (!this.#is(';')) this.#is(',');
    }
    return { kind: 'object', members };
  }
}
