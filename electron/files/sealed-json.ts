import { createHash } from 'node:crypto';
import { jsonOrUndefined } from '../../shared/json.ts';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** JSON with its SHA-256 in the line before it, for a cache: one wrong bit would be a wrong answer for as long as the cache is used. */
export function sealedJson(value: unknown): string {
  const body = JSON.stringify(value);
  return `${digestOf(body)}\n${body}`;
}

/** The value of {@link sealedJson}; undefined where the text is cut short, damaged or something else. */
export function openSealedJson(text: string): unknown {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  return end !== -1 && text.slice(0, end) === digestOf(body) ? jsonOrUndefined(body) : undefined;
}
