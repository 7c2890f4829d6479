import type { Command } from 'commander';
import { CliError, exclusive, notRunning } from './context.ts';

/** virsh's flags for what a change applies to. */
export interface ScopeOptions {
  readonly live?: boolean;
  readonly config?: boolean;
  readonly persistent?: boolean;
  readonly current?: boolean;
}

/** Adds --live, --config, --persistent, --current. */
export function withScope(command: Command): Command {
  return command
    .option('--live', 'affect the running domain')
    .option('--config', 'affect the next boot')
    .option('--persistent', 'make the change persistent: the next boot, and the running domain if it runs')
    .option('--current', 'affect the present state: the running domain if it runs, else the next boot (default)');
}

/**
 * What virsh means by its flags.
 * @param running does the machine run
 * @param heading what is printed when the flags don't go with that
 */
export function scopeOf(options: ScopeOptions, running: boolean, heading?: string): 'live' | 'config' | 'both' {
  const { live = false, config = false, persistent = false, current = false } = options;
  for (const [flag, given] of [
    ['--live', live],
    ['--config', config],
    ['--persistent', persistent],
  ] as const)
    exclusive(['--current', current], [flag, given]);
  const wantsLive = live || (running && (persistent || (!config && !persistent)));
  const wantsConfig = config || persistent || (!live && !running);
  if (live && !running) throw new CliError(notRunning, heading);
  if (wantsLive) return wantsConfig ? 'both' : 'live';
  return 'config';
}
