import { basename } from 'node:path';
import type { Loader } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import { isForMachine, templateOf, type FirmwareDescriptor } from '../plan/firmware-descriptor.ts';
import { isOfDistribution, traitsOfImage, usualImages, variablesBeside, type ImageTraits } from './firmware-files.ts';
import type { Firmware, FirmwareDifference, FirmwareQuestion } from '../plan/firmware.types.ts';

/** Is a firmware's file on this computer? */
export function isThere({ files }: FirmwareQuestion, file: string): boolean {
  return files === undefined || files.includes(file);
}

/** The difference where the template that the XML names isn't here. */
export function otherTemplate(path: string, named: string, used: string | undefined): FirmwareDifference {
  return {
    path: `${path}/@template`,
    message:
      used === undefined
        ? `The template of the UEFI variables, ${named}, is not on this computer.`
        : `The template of the UEFI variables, ${named}, is not on this computer: ${used} is taken.`,
  };
}

/**
 * The firmware that the XML names by its file, or what stands in for a distribution's image that isn't on this computer.
 *
 * @throws TapestryError as {@link import('./firmware.ts').chooseFirmware}
 */
export function namedFirmware(question: FirmwareQuestion): Firmware {
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
}

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
