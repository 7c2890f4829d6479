/** A pattern of osinfo-db, ready to be looked for. */
export interface Pattern {
  /** Is it somewhere in this text? In time that grows with the product of both lengths and never faster. */
  test(text: string): boolean;
}

/** A longer pattern is refused, characters. The longest of osinfo-db has a hundred. */
const longestPattern = 512;
/** What a pattern may become, in steps: `(a{99}){99}` would be more. */
const mostSteps = 4000;
/** What may be looked for ahead: so many times in a pattern, each of so many steps, since each is tried at every place. */
const mostLooks = 4;
const mostLookSteps = 200;
/** A repetition beyond this is refused. */
const mostRepeats = 200;

type Test = (code: number) => boolean;
type Node =
  | { readonly kind: 'empty' | 'start' | 'end' }
  | { readonly kind: 'char'; readonly test: Test }
  | { readonly kind: 'all' | 'either'; readonly parts: readonly Node[] }
  | { readonly kind: 'look'; readonly part: Node; readonly wanted: boolean }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

type Step =
  | { readonly kind: 'char'; readonly test: Test }
  | { readonly kind: 'start' | 'end' | 'found' }
  | { readonly kind: 'look'; readonly steps: readonly Step[]; readonly wanted: boolean }
  | { readonly kind: 'split'; readonly to: number[] };

const isDigit: Test = (code) => code >= 48 && code <= 57;
const isWord: Test = (code) => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Test = (code) => code === 32 || (code >= 9 && code <= 13);
const not =
  (test: Test): Test =>
  (code) =>
    !test(code);
const classes: Readonly<Record<string, Test>> = { d: isDigit, D: not(isDigit), w: isWord, W: not(isWord), s: isSpace, S: not(isSpace) };
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12 };

/** Reads PCRE's syntax as far as osinfo-db uses it (pcrepattern(3)): classes, groups, alternatives, repetitions, both
 * anchors, and what follows or doesn't. */
class Reader {
  readonly #text: string;
  #at = 0;
  #looking = false;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#either();
    if (this.#at < this.#text.length) throw new SyntaxError('a bracket is closed that was not opened');
    return node;
  }

  #either(): Node {
    const parts = [this.#all()];
    while (this.#text[this.#at] === '|') {
      this.#at++;
      parts.push(this.#all());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'either', parts };
  }

  #all(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') parts.push(this.#repeated());
    return { kind: 'all', parts };
  }

  #repeated(): Node {
    let part = this.#one();
    for (;;) {
      const rest = this.#text.slice(this.#at);
      const [sign, braces, low, comma, high] = /^(?:[*+?]|(\{(\d+)(,(\d*))?\}))/.exec(rest) ?? [];
      if (sign === undefined) return part;
      this.#at += sign.length;
      // Lazy and possessive ones find the same texts where only the finding counts; a possessive one would find fewer, and none is in use.
      if (this.#text[this.#at] === '?') this.#at++;
      const least = braces === undefined ? (sign === '+' ? 1 : 0) : Number(low);
      const most =
        braces === undefined ? (sign === '?' ? 1 : Infinity) : comma === undefined ? least : high === '' ? Infinity : Number(high);
      if (least > mostRepeats || (most !== Infinity && most > mostRepeats) || most < least)
        throw new SyntaxError(`the repetition ${sign} is too long`);
      part = { kind: 'repeat', part, least, most };
    }
  }

  #one(): Node {
    const sign = this.#text[this.#at++] ?? '';
    if (sign === '(') return this.#group();
    if (sign === '[') return { kind: 'char', test: this.#set() };
    if (sign === '.') return { kind: 'char', test: (code) => code !== 10 };
    if (sign === '^') return { kind: 'start' };
    if (sign === '$') return { kind: 'end' };
    if (sign === '\\') return { kind: 'char', test: this.#escape() };
    if (sign === '*' || sign === '+' || sign === '?') throw new SyntaxError(`${sign} repeats nothing`);
    const code = sign.charCodeAt(0);
    return { kind: 'char', test: (other) => other === code };
  }

  #group(): Node {
    const [sign = '', look] = /^\?(?::|([=!]))/.exec(this.#text.slice(this.#at)) ?? [];
    if (sign === '' && this.#text[this.#at] === '?')
      throw new SyntaxError(`the group (${this.#text.slice(this.#at, this.#at + 2)} is not understood`);
    if (look !== undefined && this.#looking) throw new SyntaxError('what is looked for ahead looks ahead itself');
    this.#at += sign.length;
    this.#looking ||= look !== undefined;
    const inside = this.#either();
    if (this.#text[this.#at++] !== ')') throw new SyntaxError('a bracket is not closed');
    if (look === undefined) return inside;
    this.#looking = false;
    return { kind: 'look', part: inside, wanted: look === '=' };
  }

  #escape(): Test {
    const sign = this.#text[this.#at++];
    if (sign === undefined) throw new SyntaxError('it ends with a backslash');
    const known = classes[sign];
    if (known !== undefined) return known;
    const code = controls[sign] ?? sign.charCodeAt(0);
    if (controls[sign] === undefined && isWord(code)) throw new SyntaxError(`\\${sign} is not understood`);
    return (other) => other === code;
  }

  #set(): Test {
    const inverted = this.#text[this.#at] === '^';
    if (inverted) this.#at++;
    const tests: Test[] = [];
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      const sign = this.#text[this.#at++];
      if (sign === undefined) throw new SyntaxError('a set of characters is not closed');
      if (sign === '[' && this.#text[this.#at] === ':') throw new SyntaxError('named sets of characters are not understood');
      const upTo = this.#text[this.#at] === '-' ? this.#text[this.#at + 1] : undefined;
      if (sign === '\\') tests.push(this.#escape());
      else if (upTo !== undefined && upTo !== ']') {
        this.#at += 2;
        const [from, to] = [sign.charCodeAt(0), upTo.charCodeAt(0)];
        if (to < from) throw new SyntaxError(`the range ${sign}-${upTo} is empty`);
        tests.push((code) => code >= from && code <= to);
      } else {
        const code = sign.charCodeAt(0);
        tests.push((other) => other === code);
      }
    }
    this.#at++;
    const some: Test = (code) => tests.some((test) => test(code));
    return inverted ? not(some) : some;
  }
}

/** Appends the steps of a node. */
const emit = (node: Node, steps: Step[]): void => {
  if (steps.length > mostSteps) throw new SyntaxError('it becomes too large');
  if (node.kind === 'empty') return;
  if (node.kind === 'all') for (const part of node.parts) emit(part, steps);
  else if (node.kind === 'either') {
    const choice = { kind: 'split' as const, to: [] as number[] };
    steps.push(choice);
    const ends = node.parts.map((part) => {
      choice.to.push(steps.length);
      emit(part, steps);
      const end = { kind: 'split' as const, to: [] as number[] };
      steps.push(end);
      return end;
    });
    for (const end of ends) end.to.push(steps.length);
  } else if (node.kind === 'repeat') {
    for (let n = 0; n < node.least; n++) emit(node.part, steps);
    if (node.most === Infinity) {
      const choice = { kind: 'split' as const, to: [steps.length + 1] };
      const start = steps.push(choice) - 1;
      emit(node.part, steps);
      steps.push({ kind: 'split', to: [start] });
      choice.to.push(steps.length);
    } else {
      const choices: { to: number[] }[] = [];
      for (let n = node.least; n < node.most; n++) {
        const choice = { kind: 'split' as const, to: [steps.length + 1] };
        choices.push(choice);
        steps.push(choice);
        emit(node.part, steps);
      }
      for (const choice of choices) choice.to.push(steps.length);
    }
  } else if (node.kind === 'look') {
    const inside: Step[] = [];
    emit(node.part, inside);
    inside.push({ kind: 'found' });
    if (inside.length > mostLookSteps || steps.filter(({ kind }) => kind === 'look').length >= mostLooks)
      throw new SyntaxError('it looks ahead for too much');
    steps.push({ kind: 'look', steps: inside, wanted: node.wanted });
  } else steps.push(node.kind === 'char' ? { kind: 'char', test: node.test } : { kind: node.kind });
};

/**
 * Reads a pattern of osinfo-db. Its files are other people's, and JavaScript's own RegExp takes years for `(a+)+$` on a text of 40 letters: here all
 * ways through a pattern are followed at once, character by character (Thompson, 1968).
 *
 * @throws SyntaxError for what is too long, not well formed, or uses more of PCRE than is understood
 */
export function patternOf(text: string): Pattern {
  if (text.length > longestPattern) throw new SyntaxError(`it is longer than ${String(longestPattern)} characters`);
  const steps: Step[] = [];
  emit(new Reader(text).whole(), steps);
  steps.push({ kind: 'found' });
  if (steps.length > mostSteps) throw new SyntaxError('it becomes too large');
  return { test: (subject) => isFound(steps, subject) };
}

/** @param from where it is looked for @param here it must begin there, and may not begin later */
const isFound = (steps: readonly Step[], subject: string, from = 0, here = false): boolean => {
  let now: number[] = [];
  for (let place = from; place <= subject.length; place++) {
    const begun = here && place > from ? now : [...now, 0];
    if (begun.length === 0) return false;
    const seen = new Uint8Array(steps.length);
    const code = subject.charCodeAt(place);
    now = [];
    while (begun.length > 0) {
      const at = begun.pop() ?? 0;
      const step = steps[at];
      if (step === undefined || seen[at] === 1) continue;
      seen[at] = 1;
      if (step.kind === 'found') return true;
      if (step.kind === 'split') begun.push(...step.to);
      else if (step.kind === 'char') {
        if (place < subject.length && step.test(code)) now.push(at + 1);
      } else if (step.kind === 'look') {
        if (isFound(step.steps, subject, place, true) === step.wanted) begun.push(at + 1);
      } else if (step.kind === 'start' ? place === 0 : place === subject.length) begun.push(at + 1);
    }
  }
  return false;
};
