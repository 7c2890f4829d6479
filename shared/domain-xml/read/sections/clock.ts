import type { Clock, Timer } from '../../../domain/clock.ts';
import type { CrashAction, Lifecycle, PowerAction } from '../../../domain/lifecycle.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';

const readTimer = (timer: Reader): Timer => {
  const catchup = timer.child('catchup');
  const number = { min: 1, max: 0xffffffff };
  const tickPolicy = timer.oneOf('tickpolicy', ['delay', 'catchup', 'merge', 'discard']);
  if (catchup !== undefined && tickPolicy !== 'catchup') catchup.error('<catchup> needs tickpolicy="catchup".');
  return made<Timer>({
    path: timer.path,
    name: timer.requiredOneOf('name', ['platform', 'hpet', 'kvmclock', 'pit', 'rtc', 'tsc', 'hypervclock', 'armvtimer'], 'rtc'),
    present: timer.yesNo('present'),
    track: timer.oneOf('track', ['boot', 'guest', 'wall', 'realtime']),
    tickPolicy,
    catchup:
      catchup === undefined
        ? undefined
        : made({
            threshold: catchup.integer('threshold', number),
            slew: catchup.integer('slew', number),
            limit: catchup.integer('limit', number),
          }),
    frequency: timer.integer('frequency', { min: 1 }),
    mode: timer.oneOf('mode', ['auto', 'native', 'emulate', 'paravirt', 'smpsafe']),
  });
};

/** Reads `<clock>`. */
export function readClock(domain: Reader): Clock {
  const clock = domain.child('clock');
  if (clock === undefined) return { path: `${domain.path}/clock`, offset: 'utc', timers: [] };
  const offset = clock.oneOf('offset', ['utc', 'localtime', 'variable', 'timezone', 'absolute']) ?? 'utc';
  const reset = clock.attribute('adjustment') === 'reset';
  const seconds = { min: -Number.MAX_SAFE_INTEGER };
  return made<Clock>({
    path: clock.path,
    offset,
    adjustment: reset ? undefined : clock.integer('adjustment', seconds),
    adjustmentReset: reset ? true : undefined,
    basis: clock.oneOf('basis', ['utc', 'localtime']),
    timezone: offset === 'timezone' ? clock.required('timezone') : clock.filled('timezone'),
    start: offset === 'absolute' ? clock.requiredInteger('start') : clock.integer('start'),
    timers: clock.children('timer').map(readTimer),
  });
}

const power: readonly PowerAction[] = ['destroy', 'restart', 'preserve', 'rename-restart'];
const crash: readonly CrashAction[] = [...power, 'coredump-destroy', 'coredump-restart'];

/** Reads `on_poweroff`, `on_reboot`, `on_crash`, `on_lockfailure` and `<pm>`. */
export function readLifecycle(domain: Reader): Lifecycle {
  const pm = domain.child('pm');
  return made<Lifecycle>({
    onPoweroff: domain.child('on_poweroff')?.textOneOf(power) ?? 'destroy',
    onReboot: domain.child('on_reboot')?.textOneOf(power) ?? 'restart',
    onCrash: domain.child('on_crash')?.textOneOf(crash) ?? 'destroy',
    onLockFailure: domain.child('on_lockfailure')?.textOneOf(['poweroff', 'restart', 'pause', 'ignore']),
    suspendToMem: pm?.child('suspend-to-mem')?.yesNo('enabled'),
    suspendToDisk: pm?.child('suspend-to-disk')?.yesNo('enabled'),
  });
}
