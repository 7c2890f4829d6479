/**
 * The kernel command line of the guest.
 *
 * @param options `autologin`: a root shell (`NAME:~# `) instead of a login prompt (`NAME login: `; root, password guest);
 *   `hostname`: default `demo`; `disk`: make a file system on an empty /dev/vda and mount it on /data;
 *   `verbose`: the kernel prints what it does while it boots; `ip`: `none`, or `eth0,ADDRESS/PREFIX` instead of DHCP; `ignorePowerButton`: for tests of a guest that doesn't obey
 */
export function guestCommandLine(
  options: { autologin?: boolean; hostname?: string; disk?: boolean; ip?: string; verbose?: boolean; ignorePowerButton?: boolean } = {},
): string {
  return [
    'console=ttyS0,115200',
    ...(options.verbose === true ? [] : ['quiet', 'loglevel=3']),
    // A panic reboots at once instead of standing still.
    'panic=-1',
    ...(options.hostname === undefined ? [] : [`tapestry.hostname=${options.hostname}`]),
    ...(options.autologin === true ? ['tapestry.autologin=1'] : []),
    ...(options.disk === true ? ['tapestry.disk=1'] : []),
    ...(options.ip === undefined ? [] : [`tapestry.ip=${options.ip}`]),
    ...(options.ignorePowerButton === true ? ['tapestry.acpi=ignore'] : []),
  ].join(' ');
}
