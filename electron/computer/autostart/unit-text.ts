/** What Tapestry's user unit for autostart is made of. */
export interface UnitWords {
  /** The program and its arguments; the program's path is absolute. */
  readonly argv: readonly string[];
  /** Added to the user manager's environment, which knows nothing of what a shell sets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Name of the unit. */
export const unitName = 'tapestry-autostart.service';

/** First line of each unit that Tapestry wrote: one without it is somebody else's. */
const mark = '# Made by Tapestry: changed with the machines that are marked, and removed with the last of them.';

/** Is this text of a unit ours to change or remove? */
export function isOurUnit(text: string): boolean {
  return text.startsWith(`${mark}\n`);
}

/**
 * One word of a setting, quoted as systemd.syntax(7) and systemd.service(5), “Command lines”, have it: C escapes within double quotes, `%`
 * doubled (a specifier otherwise).
 */
const quoted = (word: string): string =>
  `"${Array.from(word, (sign) => {
    if (sign === '%') return '%%';
    if (sign === '"' || sign === '\\') return `\\${sign}`;
    const code = sign.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : sign;
  }).join('')}"`;

/** `:` keeps systemd from putting variables where a word has a `$`. */
const commandLine = (argv: readonly string[]): string =>
  `${argv.some((word) => word.includes('$')) ? ':' : ''}${argv.map(quoted).join(' ')}`;

/**
 * The unit's file (systemd.service(5)). `KillMode=process`: the machines that it starts stay in its control group and run on when its own
 * process has ended.
 */
export function unitText({ argv, environment }: UnitWords): string {
  return [
    mark,
    '[Unit]',
    'Description=Start the virtual machines that are marked for it in Tapestry',
    '',
    '[Service]',
    'Type=oneshot',
    'KillMode=process',
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `ExecStart=${commandLine(argv)}`,
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}
