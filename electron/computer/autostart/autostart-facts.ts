import type { AutostartWhen } from '../../../shared/contract/machines.ts';
import type { HostCheck } from '../../../shared/contract/computer.ts';

/** What is known about how marked machines come to be started here. */
export interface AutostartFacts {
  /** Path of the unit. */
  readonly file: string;
  /** Its file: as it should be, of another place or version of Tapestry, or something that isn't ours. */
  readonly unit: 'missing' | 'current' | 'stale' | 'foreign';
  /** Does default.target want it? */
  readonly enabled: boolean;
  /** Can Tapestry's command line be run without a window? See `autostartCommand`. */
  readonly command: boolean;
  /** Is this computer run by systemd (sd_booted(3))? */
  readonly systemd: boolean;
  /** Does the user's manager begin with the computer (loginctl(1), enable-linger), not with the first login? */
  readonly lingering: boolean;
  readonly user: string;
}

/** When machines that are marked are started; where none is marked, when they would be. */
export function autostartWhen(facts: AutostartFacts, marked: boolean): AutostartWhen {
  const { unit, enabled, command, systemd, lingering } = facts;
  const works = unit === 'current' && enabled;
  if (!systemd || !command || unit === 'foreign' || (marked && !works)) return 'window';
  return lingering ? 'boot' : 'login';
}

const later = 'marked machines start when a Tapestry window is first opened after a boot';

/** The doctor's words about it. @param marked how many machines are marked */
export function autostartFinding(facts: AutostartFacts, marked: number): Omit<HostCheck, 'id' | 'title'> {
  const { unit, enabled, command, systemd, lingering, file, user } = facts;
  const status = marked > 0 ? 'warning' : 'ok';
  if (!systemd) return { status, message: `systemd doesn’t run this computer: ${later}.` };
  if (!command) return { status, message: `This package of Tapestry can’t run without its window: ${later}.` };
  if (unit === 'foreign')
    return { status, message: `${file} is not Tapestry’s and is left alone: ${later}. Move it away, and mark a machine again.` };
  if (marked === 0)
    return {
      status: 'ok',
      message: `No machine is marked; those that are would start ${lingering ? 'with this computer' : 'after you log in'}.`,
    };
  const again = 'Switch a machine’s autostart off and on again.';
  if (unit === 'missing')
    return { status, message: `The user unit that starts marked machines is missing: ${later}. ${again}`, detail: file };
  if (unit === 'stale')
    return {
      status,
      message: `The user unit that starts marked machines belongs to Tapestry at another place: ${later}. ${again}`,
      detail: file,
    };
  if (!enabled)
    return {
      status,
      message: `The user unit that starts marked machines is disabled: ${later}.`,
      command: `systemctl --user enable ${file.slice(file.lastIndexOf('/') + 1)}`,
    };
  if (lingering) return { status: 'ok', message: 'Marked machines start with this computer.', detail: file };
  return {
    status,
    message:
      'Marked machines start after you log in, not with this computer, and end when you have logged out everywhere: lingering is off.',
    command: `loginctl enable-linger ${user}`,
    detail: file,
  };
}
