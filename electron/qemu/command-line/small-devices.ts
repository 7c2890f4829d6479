import type { Tpm } from '../../../shared/domain/index.ts';
import type { DescriptorRequest } from '../plan/launch-plan.types.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import { virtioProps, type CommandLine } from './builder.ts';
import { addChardev } from './chardev.ts';
import { escapeCommas, join, pair, type OptionProps } from './options.ts';

/** Adds pointers and keyboards (formatdomain "Input devices"). PS/2 ones are built in. */
export function addInputs(line: CommandLine): void {
  line.each(line.draft.devices.inputs, (input) => {
    const id = line.id(input);
    if (input.type === 'evdev') {
      const toggles = input.grabToggle;
      line.object({
        'qom-type': 'input-linux',
        id,
        evdev: input.source,
        repeat: input.repeat,
        grab_all: input.grab === 'all' ? true : undefined,
        'grab-toggle': toggles,
      });
      return;
    }
    if (input.bus === 'ps2') return;
    if (input.bus === 'usb') {
      const driver = { mouse: 'usb-mouse', tablet: 'usb-tablet', keyboard: 'usb-kbd', passthrough: undefined }[input.type];
      if (driver === undefined) line.refuse(invalid(`${input.path}/@bus`, 'Input devices of the host are handed through by virtio.'));
      line.device({ driver, id, ...line.place(input) });
    } else if (input.bus === 'virtio') {
      const base = { mouse: 'virtio-mouse', tablet: 'virtio-tablet', keyboard: 'virtio-keyboard', passthrough: 'virtio-input-host' }[
        input.type
      ];
      if (line.starts && input.type === 'passthrough')
        line.refuse(unsupported(`${input.path}/@type`, 'Handing an input device of the host through is not supported.'));
      line.device({
        driver: line.virtioType(base, input.address, input.model, input.path),
        ...virtioProps(input.driver),
        id,
        evdev: input.source,
        ...line.place(input),
      });
    } else throw unsupported(`${input.path}/@bus`, `QEMU has no input devices on the bus '${input.bus ?? ''}'.`);
  });
}

/** Adds USB hubs. */
export function addHubs(line: CommandLine): void {
  line.each(line.draft.devices.hubs, (hub) => line.device({ driver: 'usb-hub', id: hub.alias, ...line.place(hub) }));
}

/** Adds the balloon. */
export function addMemballoon(line: CommandLine): void {
  const balloon = line.draft.devices.memballoon;
  if (balloon === undefined || balloon.model === 'none') return;
  if (balloon.model === 'xen') line.refuse(unsupported(`${balloon.path}/@model`, 'The Xen balloon exists on Xen only.'));
  line.device({
    driver: line.virtioType('virtio-balloon', balloon.address, balloon.model, balloon.path),
    ...virtioProps(balloon.driver),
    id: balloon.alias,
    'deflate-on-oom': balloon.autodeflate,
    'free-page-reporting': balloon.freePageReporting,
    ...line.place(balloon),
  });
}

const watchdogActions: Readonly<Record<string, string>> = {
  dump: 'pause',
  reset: 'reset',
  shutdown: 'shutdown',
  poweroff: 'poweroff',
  pause: 'pause',
  none: 'none',
  'inject-nmi': 'inject-nmi',
};

/** Adds watchdogs. A dump is made after QEMU paused. */
export function addWatchdogs(line: CommandLine): void {
  line.each(line.draft.devices.watchdogs, (watchdog) => {
    if (watchdog.model === 'diag288') line.refuse(invalid(`${watchdog.path}/@model`, 'The watchdog diag288 exists on s390 only.'));
    if (line.starts && watchdog.action === 'dump')
      line.refuse(unsupported(`${watchdog.path}/@action`, "The watchdog's action 'dump' is not supported."));
    if (watchdog.model === 'itco') line.add('global', 'ICH9-LPC.noreboot=off');
    else line.device({ driver: watchdog.model, id: watchdog.alias, ...line.place(watchdog) });
  });
  // One for all of them: QEMU knows a single action.
  const action = line.draft.devices.watchdogs.at(-1)?.action;
  if (action !== undefined) line.add('watchdog-action', watchdogActions[action] ?? action);
}

/** Adds panic notifiers; the Hyper-V one is a CPU feature. */
export function addPanics(line: CommandLine): void {
  line.each(line.draft.devices.panics, (panic) => {
    if (panic.model === 'hyperv') return;
    if (panic.model === 'isa') line.device({ driver: 'pvpanic', ioport: panic.address?.type === 'isa' ? panic.address.iobase : undefined });
    else if (panic.model === 'pvpanic') line.device({ driver: 'pvpanic-pci', ...line.place(panic) });
    else
      throw invalid(`${panic.path}/@model`, `A panic notifier of the model '${panic.model ?? ''}' does not exist on ${line.draft.arch}.`);
  });
}

/** Adds the IOMMU; it must come before the devices behind it. */
export function addIommu(line: CommandLine): void {
  const { iommu } = line.draft.devices;
  if (iommu === undefined) return;
  if (iommu.model === 'virtio') line.device({ driver: 'virtio-iommu', id: iommu.alias, ...line.place(iommu) });
  else if (iommu.model === 'intel') {
    const word = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'on' : 'off');
    line.device({
      driver: 'intel-iommu',
      id: iommu.alias,
      intremap: word(iommu.intremap),
      'caching-mode': iommu.cachingMode,
      eim: word(iommu.eim),
      'device-iotlb': iommu.iotlb,
      'aw-bits': iommu.awBits,
    });
  }
}

/** Adds the socket between host and guest. */
export function addVsock(line: CommandLine): void {
  const { vsock } = line.draft.devices;
  if (vsock === undefined) return;
  if (line.starts) line.refuse(unsupported(vsock.path, 'vsock is not supported.'));
  const fd = line.descriptor({ kind: 'file', opaque: 'vsock0-vhost', path: '/dev/vhost-vsock', flags: 'read-write' });
  line.device({
    driver: line.virtioType('vhost-vsock', vsock.address, vsock.model, vsock.path),
    ...virtioProps(vsock.driver),
    id: vsock.alias,
    'guest-cid': vsock.cid.address ?? (vsock.cid.auto === true ? 3 : undefined),
    vhostfd: fd,
    ...line.place(vsock),
  });
}

/** Adds devices that encrypt (formatdomain "Crypto"; qemu qapi/qom.json, CryptodevBackendProperties). */
export function addCryptos(line: CommandLine): void {
  line.each(line.draft.devices.cryptos, (crypto) => {
    const { path, driver, backend } = crypto;
    const alias = line.id(crypto);
    const object = `cryptodev-backend-${backend.model}`;
    if (!line.capabilities.hasType('virtio-crypto-pci')) line.refuse(unsupported(`${path}/@model`, 'This QEMU has no crypto devices.'));
    if (!line.capabilities.hasType(object))
      line.refuse(
        unsupported(
          `${path}/backend/@model`,
          `This QEMU has no back end '${backend.model}' for crypto devices.`,
          backend.model === 'lkcf' ? "Use 'builtin', or a QEMU of 8.0 or newer." : 'Remove the device.',
        ),
      );
    if (line.starts && backend.queues !== undefined && backend.queues > 1)
      line.refuse(unsupported(`${path}/backend/@queues`, 'QEMU’s back ends for crypto devices have one queue.', 'Remove the number.'));
    line.object({ 'qom-type': object, id: `obj${alias}`, queues: backend.queues });
    line.device({
      driver: line.virtioType('virtio-crypto', crypto.address, crypto.model, path),
      ...virtioProps(driver),
      cryptodev: `obj${alias}`,
      id: alias,
      ...line.place(crypto),
    });
  });
}

type TpmProfile = NonNullable<Extract<DescriptorRequest, { kind: 'tpm' }>['profile']>;

/**
 * The back end of an emulated TPM: a stream whose other end swtpm has, so that there is no socket on disk and neither can
 * outlive the other (formatdomain "TPM device"; qemu docs/specs/tpm "The QEMU TPM emulator device").
 */
const tpmEmulator = (line: CommandLine, tpm: Tpm, backend: Extract<Tpm['backend'], { type: 'emulator' }>, id: string): OptionProps => {
  const at = `${tpm.path}/backend`;
  if (!line.knowsHost)
    line.refuse(unsupported(`${at}/@type`, 'The stream to swtpm is made when the machine starts: it has no path that could be shown.'));
  if (!line.capabilities.tpmTypes.includes('emulator')) line.refuse(unsupported(`${at}/@type`, 'This QEMU knows no emulated TPM.'));
  if (backend.encryptionSecret !== undefined)
    line.refuse(unsupported(`${at}/encryption`, 'Encrypting the state of a TPM is not supported.'));
  if ((backend.activePcrBanks ?? []).length > 0)
    line.refuse(unsupported(`${at}/active_pcr_banks`, "Choosing a TPM's PCR banks is not supported."));
  const profile = profileOf(backend, at);
  const fd = line.descriptor({
    kind: 'tpm',
    alias: id,
    element: at,
    version: backend.version ?? '2.0',
    ...(backend.debug === undefined ? {} : { debug: backend.debug }),
    ...(backend.state === undefined ? {} : { state: backend.state }),
    ...(profile === undefined ? {} : { profile }),
  });
  line.chardev({ backend: 'socket', id: 'chrtpm', fd });
  return { type: 'emulator', id: `tpm-${id}`, chardev: 'chrtpm' };
};

/**
 * The profile that swtpm is to give a new TPM. Where only a name is given it is libvirt's report of another host's TPM, with state that isn't here:
 * swtpm gives a new one what it gives all.
 */
const profileOf = ({ profile }: Extract<Tpm['backend'], { type: 'emulator' }>, at: string): TpmProfile | undefined => {
  if (profile?.source === undefined) {
    if (profile?.removeDisabled === undefined) return undefined;
    throw invalid(`${at}/profile/@removeDisabled`, 'What is removed from a profile needs its source.');
  }
  const from = /^(?:local|distro):/.exec(profile.source)?.[0];
  if (from !== undefined)
    throw unsupported(
      `${at}/profile/@source`,
      `Profiles in files ('${from}…') are swtpm_setup's, which isn't asked here.`,
      "Choose one that swtpm has: 'default-v1', 'null' or 'custom'.",
    );
  return { name: profile.source, ...(profile.removeDisabled === undefined ? {} : { removeDisabled: profile.removeDisabled }) };
};

/** Adds the TPM. */
export function addTpms(line: CommandLine): void {
  const [tpm, second] = line.draft.devices.tpms;
  if (second !== undefined) line.refuse(invalid(second.path, 'A machine has one TPM.'));
  if (tpm !== undefined) line.each([tpm], () => addTpm(line, tpm));
}

const addTpm = (line: CommandLine, tpm: CommandLine['draft']['devices']['tpms'][number]): void => {
  const id = line.id(tpm);
  const { backend } = tpm;
  let option: OptionProps;
  if (backend.type === 'emulator') option = tpmEmulator(line, tpm, backend, id);
  else if (backend.type === 'passthrough') {
    if (line.starts) line.refuse(unsupported(`${tpm.path}/backend/@type`, "Handing the host's TPM through is not supported."));
    const device = backend.device ?? '/dev/tpm0';
    const path = line.fdset({ kind: 'file', opaque: `${id}-tpm`, path: device, flags: 'read-write' }, `${id}-tpm`);
    // QEMU takes from a set only what was opened in the very way it asks for: for cancelling, to write (hw/tpm/tpm_passthrough.c).
    const cancel = line.fdset(
      { kind: 'file', opaque: `${id}-cancel`, path: `/sys/class/tpm/${device.slice('/dev/'.length)}/device/cancel`, flags: 'write' },
      `${id}-cancel`,
    );
    option = { type: 'passthrough', id: `tpm-${id}`, path, 'cancel-path': cancel };
  } else {
    const chardev = addChardev(line, backend.source, { alias: id, id: 'chrtpm', path: tpm.path });
    option = { type: 'emulator', id: `tpm-${id}`, chardev };
  }
  line.tpmdev(option);
  line.device({ driver: tpm.model ?? 'tpm-tis', tpmdev: `tpm-${id}`, id });
};

/** Adds directories shared with the guest (formatdomain "Filesystems"). */
export function addFilesystems(line: CommandLine): void {
  line.each(line.draft.devices.filesystems, (fs) => {
    const id = line.id(fs);
    if (fs.driver.type === 'virtiofs') {
      if (fs.readOnly) line.refuse(unsupported(`${fs.path}/readonly`, 'virtiofs has no read-only mode.'));
      if (line.starts && fs.sourceSocket === undefined)
        line.refuse(
          unsupported(
            `${fs.path}/driver/@type`,
            'virtiofsd can not be started yet.',
            'Start virtiofsd yourself and name its socket: <source socket=…>.',
          ),
        );
      const chardev = `chr-vu-${id}`;
      line.chardev({ backend: 'socket', id: chardev, path: fs.sourceSocket ?? `${line.paths.runtime}/${id}-fs.sock` });
      line.device({
        driver: line.virtioType('vhost-user-fs', fs.address, fs.model, fs.path),
        id,
        chardev,
        'queue-size': fs.driver.queue,
        tag: fs.target,
        bootindex: fs.bootIndex,
        ...virtioProps(fs.driver),
        ...line.place(fs),
      });
      return;
    }
    if (fs.type !== 'mount') throw unsupported(`${fs.path}/@type`, `Filesystems of the type '${fs.type}' exist for containers only.`);
    if (fs.driver.type !== undefined && fs.driver.type !== 'path')
      line.refuse(unsupported(`${fs.path}/driver/@type`, `This QEMU has no filesystem driver '${fs.driver.type}'.`));
    if (fs.sourceDir === undefined) throw invalid(`${fs.path}/source/@dir`, 'A shared directory needs a source.');
    const mode = fs.accessMode ?? 'passthrough';
    line.add(
      'fsdev',
      join(
        'local',
        `security_model=${mode === 'squash' ? 'none' : mode}`,
        fs.multidevs === undefined || fs.multidevs === 'default' ? undefined : `multidevs=${fs.multidevs}`,
        fs.driver.writePolicy === undefined ? undefined : `writeout=${fs.driver.writePolicy}`,
        pair('fmode', fs.fmode?.padStart(4, '0')),
        pair('dmode', fs.dmode?.padStart(4, '0')),
        `id=fsdev-${id}`,
        `path=${escapeCommas(fs.sourceDir)}`,
        fs.readOnly ? 'readonly=on' : undefined,
      ),
    );
    line.device({
      driver: line.virtioType('virtio-9p', fs.address, fs.model, fs.path),
      ...virtioProps(fs.driver),
      id,
      fsdev: `fsdev-${id}`,
      mount_tag: fs.target,
      ...line.place(fs),
    });
  });
}

/** The file of memory that machines share by this name (shm_open(3) on Linux). */
export function sharedMemoryFile({ name }: { readonly name: string }): string {
  return `/dev/shm/${name}`;
}

/** Adds memory that machines share. */
export function addShmems(line: CommandLine): void {
  line.each(line.draft.devices.shmems, (shmem) => {
    const id = line.id(shmem);
    if (shmem.model === 'ivshmem-plain') {
      line.object({
        'qom-type': 'memory-backend-file',
        id: `shmmem-${id}`,
        'mem-path': sharedMemoryFile(shmem),
        size: shmem.sizeBytes ?? 4 * 1024 * 1024,
        share: true,
      });
      line.device({
        driver: 'ivshmem-plain',
        id,
        memdev: `shmmem-${id}`,
        master: shmem.role === undefined ? undefined : shmem.role === 'master' ? 'on' : 'off',
        ...line.place(shmem),
      });
    } else if (shmem.model === 'ivshmem-doorbell') {
      const chardev = addChardev(
        line,
        { type: 'unix', mode: 'connect', path: shmem.serverPath ?? `/var/lib/libvirt/shmem-${shmem.name}-sock` },
        { alias: id, path: shmem.path },
      );
      line.device({
        driver: 'ivshmem-doorbell',
        id,
        chardev,
        vectors: shmem.msi?.vectors,
        ioeventfd: shmem.msi?.ioeventfd ?? true,
        master: shmem.role === undefined ? undefined : shmem.role === 'master' ? 'on' : 'off',
        ...line.place(shmem),
      });
    } else
      throw unsupported(
        `${shmem.path}/model/@type`,
        "This QEMU has no shared memory of the model 'ivshmem'.",
        "Use 'ivshmem-plain' or 'ivshmem-doorbell'.",
      );
  });
}
