import { z } from 'zod';
import { jsonOrUndefined } from '../../shared/json.ts';
import { SpareFile } from '../files/spare-file.ts';

/** What a run of the browser host leaves for the next: where its windows look for it, and what they prove themselves with. */
export interface RememberedRun {
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Key of HMAC-SHA-256 that the run gave to its windows; 256 bits, base64url. */
  readonly key: string;
  /** SHA-256 of the window's index.html, base64url: a window of another build might speak another contract. */
  readonly build: string;
}

/** Runs that are remembered, newest first. */
export const maxRememberedRuns = 8;

const bits256 = z.string().regex(/^[\w-]{43}$/);
const file = z
  .array(z.strictObject({ port: z.int().min(1).max(65535), key: bits256, build: bits256 }))
  .max(maxRememberedRuns)
  .readonly();

/** The file of the runs, newest first. Without it windows are opened anew, which is all that is lost. */
export function rememberedRuns(path: string): SpareFile<readonly RememberedRun[]> {
  return new SpareFile(path, (text) => file.safeParse(jsonOrUndefined(text)).data);
}

/** The file's text after one more run. */
export function rememberedRunsText(run: RememberedRun, earlier: readonly RememberedRun[]): string {
  return `${JSON.stringify([run, ...earlier].slice(0, maxRememberedRuns), null, 2)}\n`;
}
