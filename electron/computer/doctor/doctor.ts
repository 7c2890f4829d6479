import type { HostCheck } from '../../../shared/contract/host-check.ts';
import type { NoteLeftover } from '../../files/leftovers.ts';
import {
  type Finding,
  checkDiskSpace,
  checkMacvtap,
  checkNetworkHelper,
  checkPasst,
  checkQemu,
  checkQemuImg,
  checkSerialRecorder,
  checkStateDirectory,
  checkSwtpm,
  checkUefi,
  findingOf,
} from './checks.ts';
import type { KvmProbe, KvmVerdict } from './kvm-probe.ts';

/** What the doctor looks at. */
export interface DoctorOptions {
  readonly kvm: KvmProbe;
  readonly stateDirectory: string;
  readonly imagesDirectory: string;
  /** Gets what is made on the way, for whoever comes after a kill. */
  readonly note?: NoteLeftover;
  /** Looks at what starts marked machines. */
  readonly autostart?: () => Promise<Finding>;
}

interface Check {
  readonly id: string;
  readonly title: string;
  readonly run: () => Promise<Finding>;
}

const kvmFinding = ({ usable, message, command, detail }: KvmVerdict): Finding => ({
  status: usable === 'yes' ? 'ok' : usable === 'no' ? 'warning' : 'skipped',
  message: usable === 'no' ? `${message} Machines run with emulation (TCG), which is slower.` : message,
  ...(command === undefined ? {} : { command, fix: { kind: 'copy-command', label: 'Copy command', value: command } }),
  ...(detail === undefined ? {} : { detail }),
});

/**
 * Runs the checks one after another; each item has the whole list so far, the one under way with status `running`, and how many there are in all.
 *
 * @param full also boots a kernel under KVM; else the last result is told
 */
export async function* runDoctor(
  options: DoctorOptions,
  full: boolean,
  signal: AbortSignal,
): AsyncGenerator<{ readonly checks: HostCheck[]; readonly total: number }> {
  const checks: readonly Check[] = [
    { id: 'qemu', title: 'QEMU', run: checkQemu },
    { id: 'qemu-img', title: 'Disk tool', run: checkQemuImg },
    { id: 'network-helper', title: 'Network helper', run: () => checkNetworkHelper() },
    { id: 'serial-recorder', title: 'Serial recorder', run: checkSerialRecorder },
    { id: 'state-directory', title: 'State directory', run: () => checkStateDirectory(options.stateDirectory) },
    { id: 'disk-space', title: 'Disk space', run: () => checkDiskSpace([options.imagesDirectory, options.stateDirectory]) },
    { id: 'uefi', title: 'UEFI firmware', run: checkUefi },
    { id: 'passt', title: 'passt', run: checkPasst },
    { id: 'macvtap', title: 'macvtap', run: () => checkMacvtap() },
    { id: 'swtpm', title: 'swtpm', run: checkSwtpm },
    ...(options.autostart === undefined ? [] : [{ id: 'autostart', title: 'Autostart', run: options.autostart }]),
    // Last: it may take seconds.
    {
      id: 'kvm',
      title: 'KVM',
      run: async () => kvmFinding(full ? await options.kvm.test(signal, options.note) : await options.kvm.known()),
    },
  ];
  const total = checks.length;
  const done: HostCheck[] = [];
  for (const { id, title, run } of checks) {
    signal.throwIfAborted();
    yield { checks: [...done, { id, title, status: 'running', message: 'Looking…' }], total };
    done.push({ id, title, ...(await run().catch((error: unknown) => findingOf(error))) });
  }
  yield { checks: done, total };
}
