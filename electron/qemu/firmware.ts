import { basename } from 'node:path';
import { z } from 'zod';
import type { Loader, Os } from '../../shared/domain/index.ts';
import { invalid, unsupported } from './draft.ts';
import { codeBeside, isOfDistribution, traitsOfImage, usualImages, variablesBeside, type ImageTraits } from './firmware-files.ts';

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

/** Something that is other than the XML says, since this computer hasn't what it names. */
export interface FirmwareDifference {
  /** Path of the element. */
  readonly path: string;
  readonly message: string;
  readonly next?: string;
}

/** A firmware as it is given to QEMU. */
export type Firmware = { readonly differences?: readonly FirmwareDifference[] } & (
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
    }
);

/** What a choice of firmware goes by. */
export interface FirmwareQuestion {
  readonly os: Os;
  readonly arch: string;
  /** Machine type by its full name (`pc-q35-7.2`), for the patterns of descriptors. */
  readonly machine: string;
  /** Whether the XML turns system management mode on or off. */
  readonly smm: boolean | undefined;
  readonly installed: readonly FirmwareDescriptor[];
  /** Which of {@link firmwareFilesOf}'s files are there; undefined: nobody looked, and all are taken to be. */
  readonly files: readonly string[] | undefined;
}

/**
 * Chooses the firmware of a machine: the files that the XML names, or the first installed one that has what it asks
 * for (formatdomain "BIOS bootloader"; libvirt's firmware autoselection). What stands beside a wish (`firmware='efi'`) was
 * chosen for it by libvirt, which stores it since 9.2, and stays. A distribution's image that isn't on this computer gives way
 * to the one here that does the same, and the difference is told.
 *
 * @throws TapestryError `xml-invalid` for contradictions, `xml-unsupported` when nothing fits.
 */
export const chooseFirmware = (question: FirmwareQuestion): Firmware => {
  const { os, installed } = question;
  const { loader, nvram } = os;
  if (os.firmware === undefined) {
    if (os.firmwareFeatures.length > 0)
      throw invalid(`${os.path}/firmware`, "Firmware features are for automatic selection: add firmware='efi' to <os>.");
    return manual(question);
  }
  if (loader?.file !== undefined) return manual(question);
  if (loader?.stateless === true && nvram !== undefined) throw invalid(nvram.path, 'Stateless firmware has no variables.');
  const wanted = wantedFeatures(os);
  const fitting = installed.filter((firmware) => matches(firmware, question, wanted));
  // A template alone goes with the code that is installed together with it.
  const withTemplate = nvram?.template === undefined ? undefined : fitting.find((one) => templateOf(one)?.filename === nvram.template);
  const found = withTemplate ?? fitting[0];
  if (found === undefined)
    throw unsupported(
      `${os.path}/@firmware`,
      `There is no ${os.firmware === 'efi' ? 'UEFI' : 'BIOS'} firmware installed here that has what this machine asks for.`,
      os.firmware === 'efi' ? "Install one (Debian: package 'ovmf'), or ask for less." : 'Ask for less.',
    );
  if (nvram?.template !== undefined && withTemplate === undefined && isThere(question, nvram.template)) {
    const code = codeBeside(nvram.template);
    if (code !== undefined && question.files !== undefined && isThere(question, code))
      return manual({ ...question, os: { ...os, loader: { path: os.path, ...loader, file: code } } });
  }
  const { mapping } = found;
  if (mapping.device !== 'flash') return { kind: 'bios', file: mapping.filename };
  const needsSmm = found.features.includes('requires-smm');
  const own = templateOf(found);
  const isKept = nvram?.template === undefined || withTemplate !== undefined || isThere(question, nvram.template);
  const isLocal = nvram?.source === undefined || nvram.source.type === 'file';
  return {
    kind: 'flash',
    code: mapping.executable.filename,
    codeFormat: mapping.executable.format,
    readOnly: true,
    secure: needsSmm,
    smm: needsSmm,
    ...(own === undefined || loader?.stateless === true
      ? {}
      : {
          variables: {
            ...(isLocal ? { template: (isKept ? nvram?.template : undefined) ?? own.filename } : {}),
            format: nvram?.format ?? own.format,
          },
        }),
    ...(isKept || nvram?.template === undefined ? {} : { differences: [otherTemplate(nvram.path, nvram.template, own?.filename)] }),
  };
};

const isThere = ({ files }: FirmwareQuestion, file: string): boolean => files === undefined || files.includes(file);

const templateOf = ({ mapping }: FirmwareDescriptor): { readonly filename: string; readonly format: string } | undefined =>
  mapping.device === 'flash' ? mapping['nvram-template'] : undefined;

const otherTemplate = (path: string, named: string, used: string | undefined): FirmwareDifference => ({
  path: `${path}/@template`,
  message:
    used === undefined
      ? `The template of the UEFI variables, ${named}, is not on this computer.`
      : `The template of the UEFI variables, ${named}, is not on this computer: ${used} is taken.`,
});

/** The firmware that the XML names by its file. */
const manual = (question: FirmwareQuestion): Firmware => {
  const { os } = question;
  const { loader, nvram } = os;
  if (loader === undefined) {
    if (nvram !== undefined) throw invalid(nvram.path, 'Variables without a loader: add <loader>.');
    return { kind: 'default' };
  }
  if (loader.file === undefined) throw invalid(loader.path, "The loader needs a path, unless <os firmware='efi'> chooses it.");
  const type = loader.type ?? (os.firmware === 'efi' ? 'pflash' : 'rom');
  if (type === 'rom') return rom(question, { ...loader, file: loader.file });
  if (loader.stateless === true && nvram !== undefined) throw invalid(nvram.path, 'Stateless firmware has no variables.');
  const image = imageFor(question, { ...loader, file: loader.file });
  // Without the attribute the flash is writable, and holds the variables itself; a distribution's image never is.
  const readOnly = loader.readOnly ?? os.firmware === 'efi';
  const isWanted = nvram !== undefined || (readOnly && loader.stateless !== true);
  const isLocal = nvram?.source === undefined || nvram.source.type === 'file';
  const keepsTemplate = nvram?.template !== undefined && isThere(question, nvram.template) && image.difference === undefined;
  const template = !isLocal ? undefined : keepsTemplate ? nvram.template : image.template;
  const needsSmm = (image.needsSmm || loader.secure === true) && readOnly && question.smm !== false && loader.secure !== false;
  // libvirt's rule, and QEMU's own: writes to the flash are kept to SMM on q35 only.
  if ((loader.secure === true || needsSmm) && !question.machine.includes('q35'))
    throw invalid(
      loader.secure === undefined ? loader.path : `${loader.path}/@secure`,
      'Secure Boot needs a q35 machine.',
      "Choose <type machine='q35'>, or firmware without Secure Boot.",
    );
  const differences = [
    ...(image.difference === undefined ? [] : [image.difference]),
    ...(nvram?.template === undefined || keepsTemplate || image.difference !== undefined || !isLocal
      ? []
      : [otherTemplate(nvram.path, nvram.template, template)]),
  ];
  return {
    kind: 'flash',
    code: image.file,
    codeFormat: image.format,
    readOnly,
    secure: loader.secure === true || needsSmm,
    smm: needsSmm,
    ...(isWanted
      ? { variables: { format: nvram?.format ?? image.templateFormat ?? 'raw', ...(template === undefined ? {} : { template }) } }
      : {}),
    ...(differences.length === 0 ? {} : { differences }),
  };
};

type NamedLoader = Loader & { readonly file: string };

/** A loader in ROM. libvirt takes one without a type for it; then what stands in `<nvram>` is never read. */
const rom = (question: FirmwareQuestion, loader: NamedLoader): Firmware => {
  const { nvram } = question.os;
  if (loader.stateless === false) throw invalid(`${loader.path}/@stateless`, 'A BIOS ROM has no state.');
  const differences: FirmwareDifference[] =
    nvram === undefined
      ? []
      : [
          {
            path: nvram.path,
            message: 'A loader in ROM keeps no UEFI variables: what the guest sets in them is gone when it ends.',
            next: "Keep them with <loader readonly='yes' type='pflash'>.",
          },
        ];
  if (isThere(question, loader.file)) return { kind: 'bios', file: loader.file, ...(differences.length === 0 ? {} : { differences }) };
  // SeaBIOS is what QEMU starts by itself, whatever a distribution calls the file.
  if (/^bios(?:-256k)?\.bin$/.test(basename(loader.file)) && isOfDistribution(loader.file)) {
    const message = `The firmware ${loader.file} is not on this computer: QEMU's own BIOS is taken.`;
    return { kind: 'default', differences: [...differences, { path: loader.path, message }] };
  }
  throw missing(loader);
};

const missing = (loader: NamedLoader) =>
  unsupported(
    loader.path,
    `The firmware ${loader.file} is not on this computer.`,
    `Install it, or let one be chosen: <os firmware='efi'> without the path of a loader.`,
  );

interface Image {
  readonly file: string;
  readonly format: string;
  readonly needsSmm: boolean;
  readonly template?: string | undefined;
  readonly templateFormat?: string | undefined;
  readonly difference?: FirmwareDifference;
}

/** The code image of a loader in flash with the template that goes with it, or the one that stands in for it here. */
const imageFor = (question: FirmwareQuestion, loader: NamedLoader): Image => {
  const { os } = question;
  const keys = os.firmwareFeatures.find(({ name }) => name === 'enrolled-keys')?.enabled;
  if (isThere(question, loader.file)) return imageOf(question, loader.file, keys, loader.format);
  if (!isOfDistribution(loader.file)) throw missing(loader);
  const named = traitsOfImage(loader.file);
  const byTemplate = os.nvram?.template === undefined ? undefined : traitsOfImage(os.nvram.template).enrolledKeys;
  const secureBoot = os.firmwareFeatures.find(({ name }) => name === 'secure-boot')?.enabled ?? loader.secure ?? named.secureBoot;
  const wanted = { ...named, secureBoot, enrolledKeys: keys ?? byTemplate ?? named.enrolledKeys };
  const stand = standIn(question, loader, wanted);
  if (stand === undefined)
    throw unsupported(
      loader.path,
      `The firmware ${loader.file} is not on this computer, and none ${secureBoot ? 'with' : 'without'} Secure Boot that could stand in for it.`,
      "Install UEFI firmware (Debian: package 'ovmf').",
    );
  const image = imageOf(question, stand.file, wanted.enrolledKeys, stand.format);
  const isOtherSize = traitsOfImage(stand.file).sizeMiB !== named.sizeMiB;
  return {
    ...image,
    difference: {
      path: loader.path,
      message: `The firmware ${loader.file} is not on this computer: ${stand.file} is taken${wanted.enrolledKeys && stand.enrolledKeys === false ? ', which comes without enrolled keys' : ''}.`,
      ...(isOtherSize ? { next: 'Its variables have another size: those that the guest has set before can not be taken over.' } : {}),
    },
  };
};

const imageOf = (question: FirmwareQuestion, file: string, keys: boolean | undefined, format: string | undefined): Image => {
  const { os, installed } = question;
  const described = installed.filter(({ mapping }) => mapping.device === 'flash' && mapping.executable.filename === file);
  const wantsKeys = (one: FirmwareDescriptor) => keys === undefined || one.features.includes('enrolled-keys') === keys;
  const ofTemplate = described.find((one) => os.nvram?.template !== undefined && templateOf(one)?.filename === os.nvram.template);
  const descriptor = ofTemplate ?? described.find(wantsKeys) ?? described[0];
  const template = descriptor === undefined ? undefined : templateOf(descriptor);
  const executable = descriptor?.mapping.device === 'flash' ? descriptor.mapping.executable : undefined;
  const fits = descriptor !== undefined && wantsKeys(descriptor);
  const beside = question.files === undefined ? undefined : variablesBeside(file, keys).find((one) => isThere(question, one));
  return {
    file,
    format: format ?? executable?.format ?? (file.endsWith('.qcow2') ? 'qcow2' : 'raw'),
    needsSmm: descriptor === undefined ? traitsOfImage(file).needsSmm : descriptor.features.includes('requires-smm'),
    template: (fits ? template?.filename : undefined) ?? beside ?? template?.filename,
    templateFormat: template?.format ?? (file.endsWith('.qcow2') ? 'qcow2' : undefined),
  };
};

interface StandIn {
  readonly file: string;
  readonly format?: string;
  readonly secureBoot: boolean;
  readonly enrolledKeys: boolean;
  readonly needsSmm: boolean;
  readonly sizeMiB: 2 | 4;
}

/** What is installed here and does the same as an image that isn't: with Secure Boot or without, then by size, then by keys. */
const standIn = (question: FirmwareQuestion, loader: NamedLoader, wanted: ImageTraits): StandIn | undefined => {
  const { installed, arch, machine, smm } = question;
  const described = installed.flatMap((one): StandIn[] => {
    const { mapping, features } = one;
    if (mapping.device !== 'flash' || !one['interface-types'].includes('uefi') || !isForMachine(one, arch, machine)) return [];
    if ((mapping['nvram-template'] === undefined) !== (loader.stateless === true)) return [];
    return [
      {
        file: mapping.executable.filename,
        format: mapping.executable.format,
        secureBoot: features.includes('secure-boot'),
        enrolledKeys: features.includes('enrolled-keys'),
        needsSmm: features.includes('requires-smm'),
        sizeMiB: traitsOfImage(mapping.executable.filename).sizeMiB,
      },
    ];
  });
  const usual = arch !== 'x86_64' || loader.stateless === true ? [] : (question.files ?? []).filter((file) => usualImages.includes(file));
  const all: StandIn[] = [...described, ...usual.map((file) => ({ file, ...traitsOfImage(file) }))];
  const isQ35 = machine.includes('q35');
  const fitting = all.filter((one) => one.secureBoot === wanted.secureBoot && !(one.needsSmm && (smm === false || !isQ35)));
  const distance = (one: StandIn) =>
    (one.sizeMiB === wanted.sizeMiB ? 0 : 2) +
    (one.enrolledKeys === wanted.enrolledKeys ? 0 : 1) +
    (one.format === 'qcow2' && loader.format !== 'qcow2' ? 4 : 0);
  return fitting.toSorted((a, b) => distance(a) - distance(b))[0];
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

const isForMachine = ({ targets }: FirmwareDescriptor, arch: string, machine: string): boolean =>
  targets.some((t) => t.architecture === arch && t.machines.some((pattern) => isGlobMatch(pattern, machine)));

const matches = (firmware: FirmwareDescriptor, question: FirmwareQuestion, wanted: ReadonlyMap<string, boolean>): boolean => {
  const { os, arch, machine, smm } = question;
  const kind = os.firmware === 'efi' ? 'uefi' : 'bios';
  if (!firmware['interface-types'].includes(kind)) return false;
  if (!isForMachine(firmware, arch, machine)) return false;
  const has = (feature: string) => firmware.features.includes(feature);
  for (const [feature, enabled] of wanted) if (has(feature) !== enabled) return false;
  if (has('requires-smm') && smm === false) return false;
  const { mapping } = firmware;
  if (mapping.device === 'kernel') return false;
  if (os.loader?.readOnly === false && !(mapping.device === 'flash' && mapping.mode === 'combined')) return false;
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
