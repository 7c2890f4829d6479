import type { Os } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import { isForMachine, templateOf, type FirmwareDescriptor } from '../plan/firmware-descriptor.ts';
import { codeBeside } from './firmware-files.ts';
import type { Firmware, FirmwareQuestion } from '../plan/firmware.types.ts';
import { isThere, namedFirmware, otherTemplate } from './named-firmware.ts';

/**
 * Chooses the firmware of a machine: the files that the XML names, or the first installed one that has what it asks
 * for (formatdomain "BIOS bootloader"; libvirt's firmware autoselection). What stands beside a wish (`firmware='efi'`) was
 * chosen for it by libvirt, which stores it since 9.2, and stays. A distribution's image that isn't on this computer gives way
 * to the one here that does the same, and the difference is told.
 *
 * @throws TapestryError `xml-invalid` for contradictions, `xml-unsupported` when nothing fits.
 */
export function chooseFirmware(question: FirmwareQuestion): Firmware {
  const { os, installed } = question;
  const { loader, nvram } = os;
  if (os.firmware === undefined) {
    if (os.firmwareFeatures.length > 0)
      throw invalid(`${os.path}/firmware`, "Firmware features are for automatic selection: add firmware='efi' to <os>.");
    return namedFirmware(question);
  }
  if (loader?.file !== undefined) return namedFirmware(question);
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
      return namedFirmware({ ...question, os: { ...os, loader: { path: os.path, ...loader, file: code } } });
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
}

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
