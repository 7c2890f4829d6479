import { z } from 'zod';
import { invalid, unsupported } from './draft.ts';
import type { Os } from '../../shared/domain/index.ts';

/** One descriptor of an installed firmware (QEMU's docs/interop/firmware.json), as far as a choice needs it. */
export const firmwareDescriptor = z.looseObject({
  description: z.string().optional(),
  'interface-types': z.array(z.string()),
  mapping: z.discriminatedUnion('device', [
    z.looseObject({
      device: z.literal('flash'),
      mode: z.enum(['split', 'combined', 'stateless']).optional(),
      executable: z.looseObject({ filename: z.string(), format: z.string() }),
      'nvram-template': z.looseObject({ filename: z.string(), format: z.string() }).optional(),
    }),
    z.looseObject({ device: z.literal('memory'), filename: z.string() }),
    z.looseObject({ device: z.literal('kernel'), filename: z.string() }),
  ]),
  targets: z.array(z.looseObject({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

/** See {@link firmwareDescriptor}. */
export type FirmwareDescriptor = z.infer<typeof firmwareDescriptor>;

/** A firmware as it is given to QEMU. */
export type Firmware =
  | { readonly kind: 'default' }
  /** `-bios`. */
  | { readonly kind: 'bios'; readonly file: string }
  /** Two flash chips: the code, and the variables of this machine (made from the template at the first start). */
  | {
      readonly kind: 'flash';
      readonly code: string;
      readonly codeFormat: string;
      readonly readOnly: boolean;
      readonly secure: boolean;
      readonly smm: boolean;
      readonly variables?: { readonly template?: string; readonly format: string };
    };

/**
 * Chooses the firmware of a machine: the files that the XML names, or the first installed one that has what it asks
 * for (formatdomain "BIOS bootloader"; libvirt's firmware autoselection).
 *
 * @param machine machine type by its full name (`pc-q35-7.2`), for the patterns of descriptors
 * @param smm whether the XML turns system management mode on or off
 * @throws TapestryError `xml-invalid` for contradictions, `xml-unsupported` when nothing fits.
 */
export const chooseFirmware = (
  os: Os,
  arch: string,
  machine: string,
  smm: boolean | undefined,
  installed: readonly FirmwareDescriptor[],
): Firmware => {
  const { loader, nvram } = os;
  if (os.firmware === undefined) {
    if (os.firmwareFeatures.length > 0)
      throw invalid(`${os.path}/firmware`, "Firmware features are for automatic selection: add firmware='efi' to <os>.");
    return manual(os, installed);
  }
  // Newer libvirt writes what it chose beside the wish, format and all: chosen is chosen.
  if (loader?.file !== undefined && loader.format !== undefined) return manual(os, installed);
  if (nvram?.source !== undefined && nvram.source.type !== 'file')
    throw invalid(`${nvram.path}`, 'Automatic firmware selection keeps the variables in a file.');
  if (loader?.file !== undefined)
    throw invalid(`${loader.path}`, 'Automatic firmware selection chooses the loader: remove its path, or the attribute firmware of <os>.');
  if (nvram?.template !== undefined)
    throw invalid(`${nvram.path}/@template`, 'Automatic firmware selection chooses the template: remove it.');
  if (loader?.stateless === true && nvram !== undefined) throw invalid(nvram.path, 'Stateless firmware has no variables.');
  const wanted = wantedFeatures(os);
  const found = installed.find((firmware) => matches(firmware, os, arch, machine, smm, wanted));
  if (found === undefined)
    throw unsupported(
      `${os.path}/@firmware`,
      `There is no ${os.firmware === 'efi' ? 'UEFI' : 'BIOS'} firmware installed here that has what this machine asks for.`,
      "Install one (Debian: package 'ovmf'), or ask for less.",
    );
  const { mapping } = found;
  if (mapping.device !== 'flash') return { kind: 'bios', file: mapping.filename };
  const needsSmm = found.features.includes('requires-smm');
  const template = mapping['nvram-template'];
  return {
    kind: 'flash',
    code: mapping.executable.filename,
    codeFormat: mapping.executable.format,
    readOnly: true,
    secure: needsSmm,
    smm: needsSmm,
    ...(template === undefined || loader?.stateless === true
      ? {}
      : { variables: { template: template.filename, format: template.format } }),
  };
};

const manual = (os: Os, installed: readonly FirmwareDescriptor[]): Firmware => {
  const { loader, nvram } = os;
  if (loader === undefined) {
    if (nvram !== undefined) throw invalid(nvram.path, 'Variables without a loader: add <loader>.');
    return { kind: 'default' };
  }
  if (loader.file === undefined) throw invalid(loader.path, "The loader needs a path, unless <os firmware='efi'> chooses it.");
  if (loader.type !== 'pflash') {
    if (nvram !== undefined) throw invalid(nvram.path, 'Variables are for firmware in flash.');
    if (loader.stateless === false) throw invalid(`${loader.path}/@stateless`, 'A BIOS ROM has no state.');
    return { kind: 'bios', file: loader.file };
  }
  if (loader.stateless === true && nvram !== undefined) throw invalid(nvram.path, 'Stateless firmware has no variables.');
  // Without the attribute the flash is writable, and holds the variables itself.
  const readOnly = loader.readOnly === true;
  const isWanted = nvram !== undefined || (readOnly && loader.stateless !== true);
  const template = nvram?.template ?? templateOf(loader.file, installed);
  return {
    kind: 'flash',
    code: loader.file,
    codeFormat: loader.format ?? 'raw',
    readOnly,
    secure: loader.secure === true,
    smm: false,
    ...(isWanted ? { variables: { format: nvram?.format ?? 'raw', ...(template === undefined ? {} : { template }) } } : {}),
  };
};

/** The template that the distribution ships with a firmware. */
const templateOf = (code: string, installed: readonly FirmwareDescriptor[]): string | undefined => {
  for (const { mapping } of installed)
    if (mapping.device === 'flash' && mapping.executable.filename === code) return mapping['nvram-template']?.filename;
  return undefined;
};

const wantedFeatures = (os: Os): Map<string, boolean> => {
  const wanted = new Map<string, boolean>(os.firmwareFeatures.map((f) => [f.name, f.enabled]));
  const { loader } = os;
  if (loader?.secure === true && wanted.get('secure-boot') === false)
    throw invalid(`${loader.path}/@secure`, 'The loader is to be secure, and secure boot is turned off: one contradicts the other.');
  if (loader?.secure === false && wanted.get('secure-boot') === true)
    throw invalid(`${loader.path}/@secure`, 'The loader is not to be secure, and secure boot is turned on: one contradicts the other.');
  if (wanted.get('enrolled-keys') === true) {
    if (wanted.get('secure-boot') === false) throw invalid(`${os.path}/firmware`, 'Enrolled keys are of use with secure boot only.');
    wanted.set('secure-boot', true);
  }
  if (loader?.secure !== undefined) wanted.set('secure-boot', loader.secure);
  return wanted;
};

/** Machine patterns of descriptors are globs (`pc-q35-*`). */
const isGlobMatch = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(name);

const matches = (
  firmware: FirmwareDescriptor,
  os: Os,
  arch: string,
  machine: string,
  smm: boolean | undefined,
  wanted: ReadonlyMap<string, boolean>,
): boolean => {
  const kind = os.firmware === 'efi' ? 'uefi' : 'bios';
  if (!firmware['interface-types'].includes(kind)) return false;
  if (!firmware.targets.some((t) => t.architecture === arch && t.machines.some((pattern) => isGlobMatch(pattern, machine)))) return false;
  const has = (feature: string) => firmware.features.includes(feature);
  for (const [feature, enabled] of wanted) if (has(feature) !== enabled) return false;
  if (has('requires-smm') && smm === false) return false;
  const { mapping } = firmware;
  if (mapping.device === 'kernel') return false;
  if (os.loader?.type === 'rom' && mapping.device !== 'memory') return false;
  if (os.loader?.type === 'pflash' && mapping.device !== 'flash') return false;
  if (mapping.device === 'flash') {
    if (os.loader?.format !== undefined && mapping.executable.format !== os.loader.format) return false;
    const template = mapping['nvram-template'];
    if (os.nvram?.format !== undefined && template !== undefined && template.format !== os.nvram.format) return false;
  }
  const isStateless = mapping.device === 'memory' || mapping.mode === 'stateless' || mapping['nvram-template'] === undefined;
  return os.loader?.stateless === undefined ? kind === 'bios' || !isStateless : os.loader.stateless === isStateless;
};
