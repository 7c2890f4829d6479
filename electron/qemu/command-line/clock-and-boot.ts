import { unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { escapeCommas, flag, join } from './options.ts';

/** Adds `-rtc` and timers that aren't CPU features (formatdomain "Time keeping"). */
export function addClock(line: CommandLine): void {
  const { clock } = line.draft.domain;
  const rtc = clock.timers.find((timer) => timer.name === 'rtc');
  const track = rtc?.track === undefined ? undefined : { guest: 'vm', wall: 'host', realtime: 'rt', boot: undefined }[rtc.track];
  if (rtc?.track === 'boot') line.refuse(unsupported(`${rtc.path}/@track`, "QEMU's clock can't track 'boot'."));
  const drift = rtc?.tickPolicy === 'catchup' ? 'driftfix=slew' : undefined;
  if (rtc?.tickPolicy === 'merge' || rtc?.tickPolicy === 'discard')
    line.refuse(unsupported(`${rtc.path}/@tickpolicy`, `QEMU's real-time clock has no tick policy '${rtc.tickPolicy}'.`));
  line.add('rtc', join(`base=${rtcBase(line)}`, track === undefined ? undefined : `clock=${track}`, drift));
  for (const timer of clock.timers) {
    if (timer.name === 'pit' && timer.present !== false) {
      if (timer.tickPolicy === 'delay' || timer.tickPolicy === undefined) {
        if (line.capabilities.hasProperty('kvm-pit', 'lost_tick_policy')) line.add('global', 'kvm-pit.lost_tick_policy=delay');
      } else if (timer.tickPolicy === 'discard') {
        if (!line.capabilities.hasProperty('kvm-pit', 'lost_tick_policy'))
          line.refuse(unsupported(`${timer.path}/@tickpolicy`, 'This QEMU has no PIT whose ticks can be discarded.'));
        line.add('global', 'kvm-pit.lost_tick_policy=discard');
      } else if (timer.tickPolicy === 'merge') line.refuse(unsupported(`${timer.path}/@tickpolicy`, "The PIT has no tick policy 'merge'."));
    } else if (timer.name === 'platform' || timer.name === 'armvtimer')
      line.refuse(unsupported(`${timer.path}/@name`, `The timer '${timer.name}' does not exist on ${line.draft.arch}.`));
    else if (timer.name === 'tsc' && timer.mode !== undefined && timer.mode !== 'auto')
      line.refuse(unsupported(`${timer.path}/@mode`, "The TSC's mode can't be chosen."));
  }
}

const rtcBase = (line: CommandLine): string => {
  const { clock } = line.draft.domain;
  const isoSeconds = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);
  switch (clock.offset) {
    case 'utc':
      return 'utc';
    case 'localtime':
      return 'localtime';
    case 'timezone':
      // The zone reaches QEMU by the variable TZ.
      return 'localtime';
    case 'absolute':
      return isoSeconds(clock.start ?? 0);
    case 'variable': {
      if (!line.knowsHost)
        line.refuse(unsupported(`${clock.path}/@offset`, 'A clock with a variable offset depends on the moment of the start.'));
      if (clock.basis === 'localtime')
        line.refuse(unsupported(`${clock.path}/@basis`, 'A variable offset from local time is not supported.'));
      return isoSeconds(line.host.now + (clock.adjustment ?? 0));
    }
  }
};

/** Adds `-boot`, direct kernel boot, ACPI tables and what the machine does at power-off and reboot. */
export function addBoot(line: CommandLine): void {
  const { os, lifecycle } = line.draft.domain;
  if (line.starts) {
    // libvirt leaves this to its monitor; here QEMU ends by itself unless somebody must see the end.
    const actions = [
      lifecycle.onReboot === 'destroy' ? 'reboot=shutdown' : undefined,
      lifecycle.onPoweroff === 'destroy' ? undefined : 'shutdown=pause',
    ].filter((a) => a !== undefined);
    for (const action of actions) line.add('action', action);
  } else line.add('no-shutdown');
  const menu = os.bootMenu;
  line.add(
    'boot',
    join(
      menu === undefined ? undefined : flag('menu', menu.enable),
      menu?.enable === true && menu.timeout !== undefined ? `splash-time=${menu.timeout}` : undefined,
      os.bios?.rebootTimeout === undefined ? undefined : `reboot-timeout=${os.bios.rebootTimeout}`,
      'strict=on',
    ),
  );
  if (os.kernel !== undefined) line.add('kernel', os.kernel);
  if (os.initrd !== undefined) line.add('initrd', os.initrd);
  if (os.cmdline !== undefined) line.add('append', os.cmdline);
  if (os.dtb !== undefined) line.add('dtb', os.dtb);
  for (const { path, type, file } of os.acpiTables) {
    if (type === 'rawset')
      line.refuse(unsupported(`${path}/@type`, 'A set of tables in one file exists on Xen only.', "Name each by a <table type='raw'>."));
    // The file holds the table with its header in any case; the signature goes over the one that stands there.
    line.add('acpitable', join(type === 'raw' ? undefined : `sig=${type.toUpperCase()}`, `file=${escapeCommas(file)}`));
  }
}
