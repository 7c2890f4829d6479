import type { Api } from '../../shared/contract/index.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { locate } from '../../shared/domain-xml/xml/path.ts';
import { errorDataOf } from '../words/errors.ts';

/** What is not well-formed, found here and at once; undefined when the text can be read. */
export function syntaxProblem(text: string): XmlProblem | undefined {
  try {
    parseXml(text);
    return undefined;
  } catch (thrown) {
    const { message, path = '', line, column } = errorDataOf(thrown);
    return { severity: 'error', path, message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  }
}

/** Where a text is to be defined: a connection, or the machine that it is of. */
export type CheckedFor = { readonly connection: string } | { readonly machine: MachineRef };

/**
 * Everything wrong with a text: what can't be read, and else what the host finds (rules, duplicates, what it can't honour).
 * Problems that name only a path get the line and column of what the path names.
 * @throws TapestryError when the host can't be asked
 */
export async function checkXml(api: Api, text: string, where: CheckedFor, signal?: AbortSignal): Promise<readonly XmlProblem[]> {
  const syntax = syntaxProblem(text);
  if (syntax) return [syntax];
  const input = 'machine' in where ? { connection: where.machine.connection, machine: where.machine } : where;
  const { problems } = await api['machines.check']({ ...input, xml: text }, signal ? { signal } : {});
  const document = parseXml(text);
  return problems.map((problem) => (problem.line === undefined ? { ...problem, ...locate(document, problem.path) } : problem));
}
