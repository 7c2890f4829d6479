import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Node's own raw mode leaves the terminal's output processing on, which makes CR LF of each LF; and nothing that is set here outlives a
 * SIGKILL of this process. So a shell sets the mode with stty(1), waits for the end of its standard input, which comes however this
 * process ends, and gives the terminal back. Nobody may stop it for touching a terminal whose foreground is another's by then.
 */
const script = `
trap '' TTOU INT TERM HUP QUIT
before=$(stty -g <&3) || exit 1
stty raw -echo <&3 || exit 1
echo raw
read -r _
test -z "$1" || printf %s "$1" >&3
stty "$before" <&3
`;

/**
 * Makes a terminal raw: keys come as they are typed and output goes through as it is (termios(3), cfmakeraw).
 *
 * @param terminal the descriptor of the terminal
 * @param farewell is written to it when it is given back
 * @returns gives the terminal back as it was; undefined where there is no stty
 */
export async function makeRaw(terminal: number, farewell: string): Promise<(() => Promise<void>) | undefined> {
  const keeper = spawn('/bin/sh', ['-c', script, 'sh', farewell], { stdio: ['pipe', 'pipe', 'ignore', terminal] });
  const ended = once(keeper, 'close').catch(() => undefined); // no shell: told by the answer that never comes
  const { stdin, stdout } = keeper;
  if (stdin === null || stdout === null) return undefined; // nothing could be started
  stdin.on('error', () => undefined); // the keeper ended first, and has given the terminal back
  const answer = await Promise.race([once(stdout, 'data').then(() => 'raw' as const), ended]);
  if (answer !== 'raw') return undefined;
  return async () => {
    stdin.end();
    await ended;
  };
}
