import type { ErrorData, ErrorFix, XmlProblem } from '../../shared/errors.ts';
import { visible, visibleLines } from './visible-text.ts';

/**
 * A table in virsh's shape: a space before each column, two behind it, a rule as wide as the widest row, no blanks behind the
 * last column. Ends with a line break.
 */
export function table(headings: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(visible));
  const widths = headings.map((heading, column) => Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => ` ${cell}${column === cells.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - width(cell) + 2)}`)
      .join('');
  const rule = '-'.repeat(widths.reduce((sum, one) => sum + one + 3, 0));
  return `${[line(headings), rule, ...rows.map(line)].join('\n')}\n`;
}

/** Columns on a terminal: combining marks take none, East Asian wide characters and emoji two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns += /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return columns;
}

/** `Key:   value` lines, values from column 16 on, as virsh's dominfo. Ends with a line break. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([key, value]) => `${`${key}:`.padEnd(15)} ${visible(value)}\n`).join('');
}

/** What is printed of a failure: virsh's `error:` lines, then the raw words of who said no, then what to do. */
export function errorText(
  error: ErrorData,
  { heading, trailer }: { heading?: string | undefined; trailer?: string | undefined } = {},
): string {
  const lines = [...(heading === undefined ? [] : [`error: ${heading}`]), placed('error', error)];
  if (trailer !== undefined) lines.push(`error: ${trailer}`);
  for (const issue of error.issues ?? []) lines.push(`  ${issue.path === '' ? 'request' : issue.path}: ${issue.message}`);
  if (error.detail !== undefined)
    lines.push(
      ...error.detail
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    );
  lines.push(...hints(error));
  const others = (error.findings ?? []).filter(({ path: at, message }) => at !== error.path || message !== error.message);
  for (const finding of others) lines.push(...findingLines('error', finding));
  return visibleLines(`${lines.join('\n')}\n`);
}

/** What to do about a failure or a finding, in the command line's words. */
function hints({ next, fixes = [] }: { readonly next?: string | undefined; readonly fixes?: readonly ErrorFix[] | undefined }): string[] {
  const can = (kind: ErrorFix['kind']): boolean => fixes.some((fix) => fix.kind === kind);
  return [
    ...(next === undefined ? [] : [`hint: ${next}`]),
    ...(can('use-tcg')
      ? ["hint: Emulated is <domain type='qemu'>, with <cpu mode='maximum'/> where the XML takes the host's own CPU."]
      : []),
    ...(can('set-aside') ? ['hint: `tapestry start DOMAIN --set-aside` starts without it, `--set-aside-always` from now on too.'] : []),
  ];
}

const findingLines = (word: string, finding: XmlProblem): string[] => [placed(word, finding), ...hints(finding)];

/** The sentence of a failure or a finding with its place in the XML, as far as the sentence doesn't name it. */
function placed(word: string, { message, path = '', line, column }: Pick<ErrorData, 'message' | 'path' | 'line' | 'column'>): string {
  const place = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`;
  return `${word}: ${message}${place}${path === '' || message.includes(path) ? '' : ` [${path}]`}`;
}

/** Findings about a definition that was taken all the same: what keeps it from starting first, then warnings and notes. Empty without any. */
export function findingsText(findings: readonly XmlProblem[]): string {
  const stops = findings.filter(({ severity }) => severity === 'error' || severity === 'unsupported');
  const rest = findings.filter((finding) => !stops.includes(finding));
  const lines = [
    ...(stops.length === 0 ? [] : [`warning: It can't start here as it is${stops.length === 1 ? '' : `, for ${stops.length} reasons`}:`]),
    ...stops.flatMap((finding) => findingLines('warning', finding)),
    ...rest.flatMap((finding) => findingLines(finding.severity === 'note' ? 'note' : 'warning', finding)),
  ];
  return visibleLines(lines.map((line) => `${line}\n`).join(''));
}
