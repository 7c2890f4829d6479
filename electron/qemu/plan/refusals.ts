import type { XmlProblem } from '../../../shared/errors.ts';
import { TapestryError } from '../../../shared/errors.ts';

/** As the finding that a refusal is. Other errors than refusals of XML are no findings about it: `unsupported`, they only keep a start from succeeding. */
export function problemOf({ data }: TapestryError): XmlProblem {
  const { path, line, column, message, next, fixes, code } = data;
  return {
    severity: code.startsWith('xml-') && code !== 'xml-unsupported' ? 'error' : 'unsupported',
    path: path ?? '',
    message,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(next === undefined ? {} : { next }),
    ...(fixes === undefined ? {} : { fixes }),
  };
}

/** All findings that an error stands for: those it carries, else itself. */
export function findingsOf(error: TapestryError): readonly XmlProblem[] {
  return error.data.findings ?? [problemOf(error)];
}

/**
 * The error of a start that these findings stop: the first one, errors before what isn't supported, and all of them in `findings` where there are
 * several. Undefined when none of them stops a start.
 */
export function refusalOf(findings: readonly XmlProblem[]): TapestryError | undefined {
  const stops = findings.filter(({ severity }) => severity === 'error' || severity === 'unsupported');
  const main = stops.find(({ severity }) => severity === 'error') ?? stops[0];
  if (main === undefined) return undefined;
  const { severity, message, next = 'Change this part of the XML.', ...where } = main;
  return new TapestryError(severity === 'error' ? 'xml-invalid' : 'xml-unsupported', message, {
    ...where,
    next,
    ...(stops.length === 1 ? {} : { findings: [...stops] }),
  });
}

/** After this many nobody reads on. */
const maxRefusals = 200;

/**
 * What refuses a machine, collected: one refusal must not hide the next. Parts that refuse by throwing are asked through
 * {@link collect} and {@link each}; what they made before is of no use then, since nothing is started with refusals.
 */
export class Refusals {
  readonly #found: TapestryError[] = [];

  get found(): readonly TapestryError[] {
    return this.#found;
  }

  /** Takes a refusal. @throws whatever else it is: a defect of ours is no finding */
  add(error: unknown): void {
    if (!(error instanceof TapestryError) || !error.code.startsWith('xml-')) throw error;
    const known = this.#found.some(({ data }) => data.path === error.data.path && data.message === error.data.message);
    if (!known && this.#found.length < maxRefusals) this.#found.push(error);
  }

  /** Asks one part; undefined when it refuses. */
  collect<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** Asks for each item: those that refuse don't keep the others from being asked. @returns the answers of the others */
  each<T, R>(items: readonly T[], ask: (item: T, place: number) => R): R[] {
    const answers: R[] = [];
    for (const [place, item] of items.entries()) this.collect(() => answers.push(ask(item, place)));
    return answers;
  }

  /** @throws TapestryError the first refusal, errors before what isn't supported; with several, `findings` has them all */
  throwIfAny(): void {
    const main = this.#found.find(({ code }) => code !== 'xml-unsupported') ?? this.#found[0];
    if (main === undefined) return;
    if (this.#found.length === 1) throw main;
    const { code, message, ...more } = main.data;
    throw new TapestryError(code, message, { ...more, findings: this.#found.map(problemOf), cause: main });
  }
}
