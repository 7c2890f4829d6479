import type { SysInfoEntry } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { escapeCommas, join, type OptionProps } from './options.ts';

/** Adds I/O threads, and the pool of the main loop. */
export function addIoThreads(line: CommandLine): void {
  const { threads, defaultPoolMin, defaultPoolMax } = line.draft.domain.ioThreads;
  for (const thread of threads)
    line.object({
      'qom-type': 'iothread',
      id: `iothread${thread.id}`,
      'thread-pool-min': thread.poolMin,
      'thread-pool-max': thread.poolMax,
    });
  if (defaultPoolMin !== undefined || defaultPoolMax !== undefined)
    line.object({ 'qom-type': 'main-loop', id: 'main-loop', 'thread-pool-min': defaultPoolMin, 'thread-pool-max': defaultPoolMax });
}

/** Adds the generation id and the device by which a guest hands over its crash notes. */
export function addGenId(line: CommandLine): void {
  const { genid, features } = line.draft.domain;
  if (features.vmcoreinfo === true) line.device({ driver: 'vmcoreinfo' });
  if (genid === undefined) return;
  if (genid === true && !line.knowsHost)
    line.refuse(unsupported('/domain/genid', 'A generation id that is made at each start can not be shown.'));
  line.device({ driver: 'vmgenid', guid: genid === true ? 'auto' : genid, id: 'vmgenid0' });
}

/** AMD's encrypted memory. */
export function addLaunchSecurity(line: CommandLine): void {
  const { launchSecurity: sec } = line.draft.domain;
  if (sec === undefined) return;
  if (sec.type === 'sev-snp' || sec.type === 'tdx')
    throw unsupported(`${sec.path}/@type`, `Launch security of the type '${sec.type}' is not supported.`);
  if (sec.type !== 'sev') throw invalid(`${sec.path}/@type`, `Launch security of the type '${sec.type}' exists on s390 only.`);
  if (line.starts || sec.cbitpos === undefined || sec.reducedPhysBits === undefined) throw unsupported(sec.path, 'SEV is not supported.');
  const file = (name: string) => `${line.paths.runtime}/${name}.base64`;
  line.object({
    'qom-type': 'sev-guest',
    id: 'lsec0',
    cbitpos: sec.cbitpos,
    'reduced-phys-bits': sec.reducedPhysBits,
    policy: sec.policy,
    'dh-cert-file': sec.dhCert === undefined ? undefined : file('dh_cert'),
    'session-file': sec.session === undefined ? undefined : file('session'),
    'kernel-hashes': sec.kernelHashes,
  });
}

const entry = (entries: readonly SysInfoEntry[] | undefined, pairs: Readonly<Record<string, string>>): string[] =>
  (entries ?? []).flatMap(({ name, value }) => (pairs[name] === undefined ? [] : [`${pairs[name]}=${escapeCommas(value)}`]));

/** Adds what the firmware tells the guest about its maker (formatdomain "SMBIOS System Information"). */
export function addSysInfo(line: CommandLine): void {
  const { os, sysInfo, uuid } = line.draft.domain;
  if (os.smbios === 'host') line.refuse(unsupported(`${os.path}/smbios/@mode`, "The host's SMBIOS can not be copied."));
  const smbios = sysInfo.find((info) => info.type === 'smbios');
  if (os.smbios === 'sysinfo') {
    if (smbios === undefined) throw invalid(`${os.path}/smbios/@mode`, "mode='sysinfo' needs <sysinfo type='smbios'>.");
    const own = smbios.system?.find((e) => e.name === 'uuid')?.value;
    if (own !== undefined && uuid !== undefined && own.toLowerCase() !== uuid)
      throw invalid(`${smbios.path}/system`, 'The UUID in <sysinfo> differs from that of the domain.');
    const common = { manufacturer: 'manufacturer', product: 'product', version: 'version', serial: 'serial', asset: 'asset' };
    const tables: [number, string[]][] = [
      [0, entry(smbios.bios, { vendor: 'vendor', version: 'version', date: 'date', release: 'release' })],
      [1, entry(smbios.system, { ...common, uuid: 'uuid', sku: 'sku', family: 'family' })],
      ...smbios.baseBoards.map((board): [number, string[]] => [2, entry(board, { ...common, location: 'location' })]),
      [3, entry(smbios.chassis, { ...common, sku: 'sku' })],
      [11, (smbios.oemStrings ?? []).map((text) => `value=${escapeCommas(text)}`)],
    ];
    for (const [type, parts] of tables) if (parts.length > 0) line.add('smbios', join(`type=${type}`, ...parts));
  }
  for (const { name, value, file } of sysInfo.flatMap((info) => info.fwcfg)) {
    line.add(
      'fw_cfg',
      join(`name=${escapeCommas(name)}`, file === undefined ? `string=${escapeCommas(value ?? '')}` : `file=${escapeCommas(file)}`),
    );
  }
}

/** `-sandbox`: everything that a machine's QEMU never needs, where this QEMU can be kept from it. */
export function sandboxOf(line: CommandLine): OptionProps | undefined {
  return line.capabilities.hasOption('sandbox')
    ? { enable: 'on', obsolete: 'deny', elevateprivileges: 'deny', spawn: 'deny', resourcecontrol: 'deny' }
    : undefined;
}
