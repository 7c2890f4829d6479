import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { newDomain } from '../../shared/domain-xml/index.ts';
import { copyFileAtomically } from '../files/atomic-file.ts';
import { makeNotedFolder, type NoteLeftover } from '../files/leftovers.ts';
import { createImage } from '../storage/create-image.ts';
import { type BuildStep, buildGuest } from './build-guest.ts';
import { guestCommandLine } from './command-line.ts';

/** What a demo machine is made of. */
export interface DemoMachineOptions {
  /** Also the name of its folder; no slashes. */
  readonly name: string;
  readonly uuid: string;
  /** Where disk images go (`$XDG_DATA_HOME/tapestry/images`); the machine's files get a folder in it. */
  readonly imagesDirectory: string;
  /** `$XDG_CACHE_HOME/tapestry`. */
  readonly cacheDirectory: string;
  /** Is KVM usable here (tried, not assumed)? Asked once the guest is built, which a trial needs. Else the machine is emulated. */
  readonly kvm: (signal: AbortSignal) => Promise<boolean>;
  /** Gets what it makes before and after it is there, for whoever comes after a kill. */
  readonly note: NoteLeftover;
  /** Path for `<emulator>`; left out of the XML when not given. */
  readonly emulator?: string;
}

/** One step; `xml` stands in the last: the definition to be defined. */
export interface DemoStep extends BuildStep {
  readonly xml?: string;
}

/** Size of the disk, bytes: qcow2, so only what is used takes space. */
const diskSize = 1024 * 1024 * 1024;

const total = 7;

/**
 * Makes the demo machine's files and its domain XML: kernel, initramfs and an empty disk. The files are copies, so that
 * clearing the cache doesn't break the machine. What it made is removed when it fails or is cancelled.
 *
 * @throws TapestryError `host-missing` (packages, tools), `io`, `storage-full`, `cancelled`
 */
export async function* createDemoMachine(options: DemoMachineOptions, signal: AbortSignal): AsyncGenerator<DemoStep> {
  const building = buildGuest(options.cacheDirectory, signal, options.note);
  let next = await building.next();
  for (; next.done !== true; next = await building.next()) yield { ...next.value, total };
  const guest = next.value;
  yield { step: 'try-kvm', done: 4, total };
  const kvm = await options.kvm(signal);
  const folder = await makeFolder(options);
  let finished = false;
  try {
    yield { step: 'copy-kernel', done: 5, total };
    const kernel = path.join(folder, 'vmlinuz');
    const initrd = path.join(folder, 'initrd.img');
    await copyFileAtomically(guest.kernel, kernel);
    await copyFileAtomically(guest.initrd, initrd);
    yield { step: 'create-disk', done: 6, total };
    const disk = path.join(folder, 'disk.qcow2');
    // Whatever is left of it lies in the folder, which is noted.
    const note = () => Promise.resolve();
    await createImage({ path: disk, format: 'qcow2', sizeBytes: diskSize, preallocation: 'off' }, { signal, note });
    finished = true;
    yield { step: 'define', done: total, total, xml: demoXml({ ...options, kvm }, { kernel, initrd, disk }) };
  } finally {
    if (!finished) await rm(folder, { recursive: true, force: true });
  }
}

/** A folder of its own, numbered when the name is taken: an undefined machine may have left its disk. */
const makeFolder = async ({ imagesDirectory, name, note }: DemoMachineOptions): Promise<string> => {
  await mkdir(imagesDirectory, { recursive: true, mode: 0o700 });
  for (let number = 1; ; number += 1) {
    const folder = path.join(imagesDirectory, number === 1 ? name : `${name}-${number}`);
    try {
      await makeNotedFolder(folder, note);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
};

/** The definition: serial login, a NIC in user mode, a disk; nothing that needs a privilege. */
export function demoXml(
  options: Pick<DemoMachineOptions, 'name' | 'uuid' | 'emulator'> & { readonly kvm: boolean },
  files: { readonly kernel: string; readonly initrd: string; readonly disk: string },
): string {
  return newDomain({
    name: options.name,
    uuid: options.uuid,
    title: 'Demo machine',
    description: 'A tiny Linux to try things with. Log in on its console as root, password guest.',
    type: options.kvm ? 'kvm' : 'qemu',
    emulator: options.emulator,
    memoryKiB: 256 * 1024,
    vcpus: 1,
    // What KVM was tried with.
    cpuMode: 'emulator',
    kernel: {
      kernel: files.kernel,
      initrd: files.initrd,
      cmdline: guestCommandLine({ disk: true, hostname: 'demo', verbose: true }),
    },
    disks: [{ file: files.disk, format: 'qcow2' }],
    interfaces: [{ source: { type: 'user' } }],
    graphics: false,
    // Nobody is there in the guest.
    guestAgent: false,
  });
}
