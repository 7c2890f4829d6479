import { join } from 'node:path';
import type { z } from 'zod';
import type { brokenDefinition as schema } from '../../../../../shared/contract/machines.ts';
import { TapestryError } from '../../../../../shared/errors.ts';

/** What is told of a definition file that isn't one of the machines. */
export type BrokenDefinition = z.infer<typeof schema>;

/** The name that a file had before it was kept aside; undefined for any other file. */
export function keptAsideFrom(file: string): string | undefined {
  return /^(.+\.xml)\.corrupt-[0-9TZ.-]+$/.exec(file)?.[1];
}

/** A name under which a file can be kept aside. */
export function asideName(file: string): string {
  return `${file}.corrupt-${new Date().toISOString().replaceAll(':', '')}`;
}

/** @param file its path, or the one that it had before it was kept aside, @param keptAs its path now, @param error what reading it said */
export function brokenDefinition(file: string, keptAs: string, error: unknown): BrokenDefinition {
  const reason = error instanceof TapestryError ? error.data : undefined;
  const name = file.slice(file.lastIndexOf('/') + 1);
  return {
    file,
    keptAs,
    error: new TapestryError(
      'definition-corrupt',
      `The definition ${name} can't be read${reason === undefined ? '' : `: ${reason.message}`}`,
      {
        next:
          keptAs === file
            ? `${file} was left as it is: mend it, and it is read again; or remove it.`
            : `It was kept as ${keptAs}: mend it, and it is taken back; or remove it.`,
        ...(reason?.line === undefined ? {} : { line: reason.line }),
        ...(reason?.column === undefined ? {} : { column: reason.column }),
        ...(reason?.path === undefined ? {} : { path: reason.path }),
        detail: error instanceof Error ? error.message : String(error),
      },
    ).data,
  };
}

/** A file that is left as it is, and out of the machines. */
export function ignored(directory: string, file: string, error: TapestryError): BrokenDefinition {
  const path = join(directory, file);
  return { file: path, keptAs: path, error: error.data };
}
