import { useEffect, useMemo, useState } from 'react';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { useApi } from '../state/services.ts';
import { checkXml, syntaxProblem } from './problems.ts';

/** The pause in typing after which the host is asked, ms. */
const settle = 400;

const none: readonly XmlProblem[] = [];

/**
 * What is wrong with a definition: whether it is XML at once, what the host thinks of it after a pause in typing.
 * @param text undefined while nothing is edited
 * @returns the problems by line, and the error that asking the host ended with
 */
export function useXmlProblems(
  { connection, uuid }: MachineRef,
  text: string | undefined,
): { readonly problems: readonly XmlProblem[]; readonly failed: ErrorData | null } {
  const api = useApi();
  const [found, setFound] = useState<{ readonly problems: readonly XmlProblem[]; readonly failed: ErrorData | null }>();
  const syntax = useMemo(() => (text === undefined ? undefined : syntaxProblem(text)), [text]);
  const asked = syntax ? undefined : text;
  useEffect(() => {
    if (asked === undefined) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      checkXml(api, asked, { machine: { connection, uuid } }, abort.signal).then(
        (problems) => {
          if (!abort.signal.aborted) setFound({ problems, failed: null });
        },
        (thrown: unknown) => {
          if (!isCancelled(thrown) && !abort.signal.aborted) setFound({ problems: none, failed: errorDataOf(thrown) });
        },
      );
    }, settle);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, asked, connection, uuid]);
  const problems = useMemo(() => (text === undefined ? none : syntax ? [syntax] : (found?.problems ?? none)), [text, syntax, found]);
  return { problems, failed: text === undefined ? null : (found?.failed ?? null) };
}
