import { made } from '../../../domain/made.ts';
import type { Loader, Nvram, Os, SysInfo, SysInfoEntry } from '../../../domain/os.ts';
import { parseUuid, type Reader } from '../reader/reader.ts';
import { readStorageSource, storageTypes } from '../devices/storage-source.ts';

const readLoader = (reader: Reader | undefined): Loader | undefined =>
  reader === undefined
    ? undefined
    : made<Loader>({
        path: reader.path,
        file: reader.text(),
        readOnly: reader.yesNo('readonly'),
        type: reader.oneOf('type', ['rom', 'pflash']),
        secure: reader.yesNo('secure'),
        stateless: reader.yesNo('stateless'),
        format: reader.oneOf('format', ['raw', 'qcow2']),
      });

const readNvram = (reader: Reader | undefined): Nvram | undefined => {
  if (reader === undefined) return undefined;
  const type = reader.oneOf('type', storageTypes);
  return made<Nvram>({
    path: reader.path,
    file: type === undefined ? reader.text() : undefined,
    template: reader.filled('template'),
    format: reader.oneOf('format', ['raw', 'qcow2']),
    templateFormat: reader.oneOf('templateFormat', ['raw', 'qcow2']),
    source: type === undefined ? undefined : readStorageSource(reader, type),
  });
};

/** Rules about firmware that libvirt applies when a domain is defined. */
const checkFirmware = (os: Reader, read: Os): void => {
  const { loader, nvram, firmware } = read;
  const at = (name: string): Reader => os.child(name) ?? os;
  if (loader !== undefined && firmware === undefined && loader.file === undefined)
    at('loader').error('The loader needs a file, or <os firmware=…> to choose one.');
  if (firmware === undefined && read.firmwareFeatures.length > 0) at('firmware').error('Firmware features need <os firmware=…>.');
  if (nvram !== undefined && firmware === 'bios') at('nvram').error("A BIOS has no NVRAM: that goes with firmware='efi'.");
  if (nvram !== undefined && firmware === undefined && loader === undefined) at('nvram').error('An NVRAM needs a loader: add <loader>.');
  // libvirt takes such a loader for a ROM, and never looks at the NVRAM.
  if (nvram !== undefined && firmware === undefined && loader !== undefined && loader.type !== 'pflash')
    at('nvram').warning("A loader in ROM keeps no UEFI variables: add readonly='yes' type='pflash' to <loader> to keep them.");
  if (loader?.stateless === true && nvram !== undefined) {
    at('nvram').error(
      nvram.template === undefined ? 'A stateless loader has no NVRAM.' : 'A stateless loader has no NVRAM template.',
      nvram.template === undefined ? undefined : 'template',
    );
  }
  if (loader !== undefined && loader.stateless === false && loader.type !== 'pflash' && firmware === undefined) {
    at('loader').error('Only a loader of type pflash has an NVRAM, so this one is stateless.', 'stateless');
  }
  const feature = (name: string) => read.firmwareFeatures.find((one) => one.name === name)?.enabled;
  if (feature('enrolled-keys') === true && feature('secure-boot') === false) {
    at('firmware').error("The firmware feature 'enrolled-keys' needs 'secure-boot'.");
  }
  // Newer libvirt stores both features with a BIOS, as what it hasn't.
  if (firmware === 'bios' && read.firmwareFeatures.some(({ enabled }) => enabled))
    at('firmware').error("Firmware features go with firmware='efi'.");
};

/** Reads `<os>`. */
export function readOs(domain: Reader): Os {
  const os = domain.child('os');
  if (os === undefined) {
    domain.error('The machine needs <os> with a <type>.');
    return { path: `${domain.path}/os`, type: 'hvm', firmwareFeatures: [], boot: [], acpiTables: [] };
  }
  const type = os.child('type');
  if (type?.text() === undefined) os.error('<os> needs a <type>, as <type>hvm</type>.');
  const menu = os.child('bootmenu');
  const bios = os.child('bios');
  const enable = menu?.yesNo('enable');
  const firmware = os.child('firmware');
  const arch = type?.filled('arch');
  const read = made<Os>({
    path: os.path,
    type: type?.text() === undefined ? 'hvm' : (type.textOneOf(['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh']) ?? 'hvm'),
    arch,
    machine: type?.filled('machine'),
    firmware: os.oneOf('firmware', ['bios', 'efi']),
    firmwareFeatures: (firmware?.children('feature') ?? []).map((feature) => ({
      name: feature.requiredOneOf('name', ['enrolled-keys', 'secure-boot'], 'secure-boot'),
      enabled: feature.requiredOneOf('enabled', ['yes', 'no'], 'no') === 'yes',
    })),
    loader: readLoader(os.child('loader')),
    nvram: readNvram(os.child('nvram')),
    kernel: os.childText('kernel'),
    initrd: os.childText('initrd'),
    // Blanks count here: the guest's kernel sees them.
    cmdline: os.child('cmdline')?.rawText() || undefined,
    dtb: os.childText('dtb'),
    boot: os.children('boot').flatMap((boot) => {
      const dev = boot.requiredOneOf('dev', ['fd', 'hd', 'cdrom', 'network'], 'hd');
      return [dev];
    }),
    bootMenu: enable === undefined ? undefined : made({ enable, timeout: menu?.integer('timeout', { max: 65535 }) }),
    bios:
      bios === undefined
        ? undefined
        : made({ useSerial: bios.yesNo('useserial'), rebootTimeout: bios.integer('rebootTimeout', { min: -1, max: 65535 }) }),
    smbios: os.child('smbios')?.requiredOneOf('mode', ['none', 'emulate', 'host', 'sysinfo'], 'emulate'),
    acpiTables: (os.child('acpi')?.children('table') ?? []).map((table) => ({
      path: table.path,
      type: table.requiredOneOf('type', ['slic', 'raw', 'rawset', 'msdm'], 'slic'),
      file: table.text() ?? '',
    })),
  });
  if (menu !== undefined && enable === undefined) menu.ignore('timeout');
  checkFirmware(os, read);
  return read;
}

const entries = (reader: Reader | undefined): SysInfoEntry[] | undefined =>
  reader?.children('entry').map((entry) => ({ name: entry.required('name'), value: entry.text() ?? '' }));

/** As {@link entries}; the release date must be one, as libvirt has it (virSysinfoParseBIOSDef): month/day/year. */
const biosEntries = (reader: Reader | undefined): SysInfoEntry[] | undefined => {
  const read = entries(reader);
  for (const { name, value } of read ?? [])
    if (name === 'date' && !isBiosDate(value)) reader?.error(`'${value}' is no date like 04/01/2014.`);
  return read;
};

const isBiosDate = (text: string): boolean => {
  const [, month, day, year] = /^\s*([0-9]+)\/([0-9]+)\/([0-9]+)$/.exec(text) ?? [];
  const [m, d, y] = [Number(month), Number(day), Number(year)];
  return m >= 1 && m <= 12 && d >= 1 && d <= 31 && (y <= 99 || y >= 1900);
};

/**
 * Reads the `<sysinfo>` elements.
 *
 * @param uuid the domain's: an entry that names another one is refused
 */
export function readSysInfo(domain: Reader, uuid: string | undefined): SysInfo[] {
  return domain.children('sysinfo').map((info) => {
    const system = info.child('system');
    const read = made<SysInfo>({
      path: info.path,
      type: info.requiredOneOf('type', ['smbios', 'fwcfg'], 'smbios'),
      bios: biosEntries(info.child('bios')),
      system: entries(system),
      baseBoards: info.children('baseBoard').map((board) => entries(board) ?? []),
      chassis: entries(info.child('chassis')),
      oemStrings: info
        .child('oemStrings')
        ?.children('entry')
        .map((entry) => entry.text() ?? ''),
      fwcfg: info
        .children('entry')
        .map((entry) => made<SysInfo['fwcfg'][number]>({ name: entry.required('name'), file: entry.filled('file'), value: entry.text() })),
    });
    const other = read.system?.find(({ name }) => name === 'uuid')?.value;
    const parsed = other === undefined ? undefined : parseUuid(other);
    if (other !== undefined && parsed === undefined) system?.error(`'${other}' is not a UUID.`);
    if (parsed !== undefined && uuid !== undefined && parsed !== uuid)
      system?.error(`The system's uuid must be the machine's own: ${uuid}.`);
    return read;
  });
}
