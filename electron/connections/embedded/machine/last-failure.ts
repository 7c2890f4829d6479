import { z } from 'zod';
import { errorCodes, errorFix, xmlProblem, type ErrorCode, type ErrorData } from '../../../../shared/errors.ts';

/** What went wrong with a machine last. */
export interface Failure {
  /** ms since the epoch. */
  readonly at: number;
  readonly error: ErrorData;
}

/** The failure as it stands on disk: what a person is told of it. It has a form of its own, apart from the contract's. */
export const storedFailure = z.object({
  at: z.number(),
  code: z.string(),
  message: z.string(),
  next: z.string().optional(),
  path: z.string().optional(),
  detail: z.string().optional(),
  fixes: z.array(z.looseObject({ kind: z.string(), label: z.string() })).optional(),
  /** Everything that stood in the way. */
  findings: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});

/** At most this much of QEMU's words is kept, characters. */
const longestDetail = 16_384;

/** The failure in its form on disk. */
export function storeFailure({ at, error }: Failure): z.infer<typeof storedFailure> {
  const { code, message, next, path, detail, fixes, findings } = error;
  return {
    at,
    code,
    message,
    ...(next === undefined ? {} : { next }),
    ...(path === undefined ? {} : { path }),
    ...(detail === undefined ? {} : { detail: detail.slice(-longestDetail) }),
    ...(fixes === undefined ? {} : { fixes }),
    ...(findings === undefined ? {} : { findings }),
  };
}

const isCode = (code: string): code is ErrorCode => errorCodes.some((known) => known === code);

/** The failure that was stored, as far as this version knows its parts: a newer one's codes and fixes are left out, its words aren't. */
export function readFailure({ at, code, fixes, findings, next, path, detail, message }: z.infer<typeof storedFailure>): Failure {
  const known = (fixes ?? []).flatMap((fix) => {
    const { success, data } = errorFix.safeParse(fix);
    return success ? [data] : [];
  });
  const told = (findings ?? []).flatMap((finding) => {
    const { success, data } = xmlProblem.safeParse(finding);
    return success ? [data] : [];
  });
  return {
    at,
    error: {
      code: isCode(code) ? code : 'internal',
      message,
      ...(next === undefined ? {} : { next }),
      ...(path === undefined ? {} : { path }),
      ...(detail === undefined ? {} : { detail }),
      ...(known.length === 0 ? {} : { fixes: known }),
      ...(told.length === 0 ? {} : { findings: told }),
    },
  };
}
