/** One argument as a POSIX shell reads it back. */
export const shellQuote = (argument: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

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
