import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
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

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&apos;');

/** The definition (libvirt formatdomain): serial login, a NIC in user mode, a disk; nothing that needs a privilege. */
export function demoXml(
  options: Pick<DemoMachineOptions, 'name' | 'uuid' | 'emulator'> & { readonly kvm: boolean },
  files: { readonly kernel: string; readonly initrd: string; readonly disk: string },
): string {
  return `<domain type='${options.kvm ? 'kvm' : 'qemu'}'>
  <name>${escape(options.name)}</name>
  <uuid>${options.uuid}</uuid>
  <title>Demo machine</title>
  <description>A tiny Linux to try things with. Log in on its console as root, password guest.</description>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${escape(files.kernel)}</kernel>
    <initrd>${escape(files.initrd)}</initrd>
    <cmdline>${escape(guestCommandLine({ disk: true, hostname: 'demo', verbose: true }))}</cmdline>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
${options.emulator === undefined ? '' : `    <emulator>${escape(options.emulator)}</emulator>\n`}    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='${escape(files.disk)}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'>
      <model type='virtio'/>
    </interface>
    <serial type='pty'>
      <target port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <memballoon model='virtio'/>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`;
}
