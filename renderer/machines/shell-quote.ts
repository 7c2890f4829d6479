import { shellQuote } from '../../shared/shell-quote.ts';

/** A command as shell lines: an option and its value on one line, lines joined by backslashes. */
export function shellLines(program: string, argv: readonly string[]): string {
  const lines: string[] = [shellQuote(program)];
  for (const argument of argv) {
    const last = lines.at(-1);
    const option = /^-[a-z]/.test(argument);
    if (option || last === undefined || lines.length === 1 || last.includes(' ')) lines.push(shellQuote(argument));
    else lines[lines.length - 1] = `${last} ${shellQuote(argument)}`;
  }
  return lines.join(' \\\n  ');
}
