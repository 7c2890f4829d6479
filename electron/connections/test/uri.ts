import { TapestryError } from '../../../shared/errors.ts';

/** What the URI of a test connection says. Times in ms. */
export interface TestOptions {
  /** `test:///empty` begins without machines. */
  readonly empty: boolean;
  /** Everything takes so much longer. */
  readonly latency: number;
  /** Gone by itself so long after it was connected; back by itself so long after that. */
  readonly dropAfter?: number;
  readonly backAfter?: number;
}

const names = ['latency', 'drop-after', 'back-after'] as const;

/**
 * Reads `test:///default?latency=MS&drop-after=MS&back-after=MS`.
 * @throws TapestryError `invalid`, naming what is wrong
 */
export function readTestUri(uri: string): TestOptions {
  const { pathname, searchParams } = new URL(uri);
  if (pathname !== '/default' && pathname !== '/empty')
    throw new TapestryError('invalid', `The test connection has no host “${pathname}”.`, {
      next: 'It has test:///default and test:///empty.',
    });
  const unknown = [...searchParams.keys()].find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TapestryError('invalid', `“${unknown}” says nothing to the test connection.`, { next: `It knows ${names.join(', ')}.` });
  const [latency, dropAfter, backAfter] = names.map((name) => {
    const text = searchParams.get(name);
    if (text === null) return undefined;
    if (!/^\d{1,7}$/.test(text))
      throw new TapestryError('invalid', `“${name}” of a test connection is a number of milliseconds, not “${text}”.`);
    return Number(text);
  });
  return {
    empty: pathname === '/empty',
    latency: latency ?? 0,
    ...(dropAfter === undefined ? {} : { dropAfter }),
    ...(backAfter === undefined ? {} : { backAfter }),
  };
}
