import type { Activity, HostCheck } from '../../../shared/contract/host.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Host, Storage } from '../../connections/connection.ts';
import { Broadcast, pause } from './broadcast.ts';
import type { FakeJobs } from './fake-jobs.ts';

/** Facts, checks and activity of a computer that isn't there. */
export class FakeHost implements Host {
  readonly #news = new Broadcast<Activity>();
  readonly #jobs: FakeJobs;
  readonly #recent: Activity[] = [{ at: Date.now() - 60_000, text: 'Tapestry started', severity: 'info' }];

  constructor(jobs: FakeJobs) {
    this.#jobs = jobs;
  }

  tell(text: string, machine?: string): void {
    const item: Activity = { at: Date.now(), text, severity: 'info', ...(machine === undefined ? {} : { machine }) };
    this.#recent.push(item);
    this.#news.send(item);
  }

  facts(): ReturnType<Host['facts']> {
    return Promise.resolve({
      version: '0.1.0',
      hostname: 'workbench',
      cpus: 8,
      memoryKiB: 32 * 1024 * 1024,
      arch: 'x86_64',
      user: 'user',
      root: false,
      stateDirectory: '/home/user/.local/state/tapestry',
      qemu: { path: '/usr/bin/qemu-system-x86_64', version: '8.2.2' },
      machineTypes: ['pc', 'q35', 'pc-q35-8.2', 'pc-i440fx-8.2', 'microvm'],
      cpuModels: ['host', 'max', 'qemu64', 'Skylake-Client', 'EPYC'],
      kvm: { usable: 'yes', message: 'A real kernel booted under KVM in 0.4 s.' },
      uefi: true,
    });
  }

  doctor({ begunBy }: Parameters<Host['doctor']>[0]): ReturnType<Host['doctor']> {
    return this.#jobs.begin(
      { kind: 'doctor', subject: '', cancel: { loses: 'nothing' }, begunBy },
      async ({ signal, step, amount, result }) => {
        for await (const list of this.checks(signal)) {
          step({ code: 'check', check: list.at(-1)?.title ?? '' });
          amount({ done: list.filter(({ status }) => status !== 'running').length, total: checks.length, unit: 'steps' });
          result({ kind: 'doctor', checks: list });
        }
        signal.throwIfAborted();
      },
    );
  }

  async *checks(signal: AbortSignal): AsyncGenerator<HostCheck[], void> {
    const done: HostCheck[] = [];
    for (const check of checks) {
      yield [...done, { ...check, status: 'running', message: '…' }];
      await pause(300, signal);
      if (signal.aborted) return;
      done.push(check);
    }
    yield done;
  }

  activity(signal: AbortSignal): AsyncIterable<Activity> {
    return this.#news.listen(signal, () => this.#recent);
  }

  capabilities(): Promise<string> {
    return Promise.resolve('<capabilities>\n  <host>\n    <cpu>\n      <arch>x86_64</arch>\n    </cpu>\n  </host>\n</capabilities>\n');
  }

  domainCapabilities(): Promise<string> {
    return Promise.resolve(
      '<domainCapabilities>\n  <path>/usr/bin/qemu-system-x86_64</path>\n  <domain>kvm</domain>\n</domainCapabilities>\n',
    );
  }
}

const checks: HostCheck[] = [
  { id: 'qemu', title: 'QEMU', status: 'ok', message: 'QEMU 8.2.2 at /usr/bin/qemu-system-x86_64' },
  { id: 'kvm', title: 'KVM', status: 'ok', message: 'A real kernel booted under KVM in 0.4 s.' },
  {
    id: 'helper',
    title: 'Network helper',
    status: 'error',
    message: 'The network helper is there, but it isn’t privileged.',
    command: 'sudo setcap cap_net_admin+ep build/native/net-helper',
    fix: { kind: 'copy-command', label: 'Copy the command', value: 'sudo setcap cap_net_admin+ep build/native/net-helper' },
  },
  { id: 'space', title: 'Disk space', status: 'warning', message: '8.1 GiB are free for images.' },
];

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'directory' | 'file';
  readonly size: number;
  readonly modified: number;
}

/** A home directory with a few images. */
export class FakeStorage implements Storage {
  readonly #directory = '/home/user/.local/share/tapestry/images';
  readonly #files: Entry[] = [
    ['/home/user', 'ISO', 'directory', 0],
    ['/home/user', 'Documents', 'directory', 0],
    ['/home/user/ISO', 'debian-12.8.0-amd64-netinst.iso', 'file', 661_651_456],
    ['/home/user/ISO', 'ubuntu-24.04.1-desktop-amd64.iso', 'file', 6_203_355_136],
    [this.#directory, 'debian-12.qcow2', 'file', 4_512_088_064],
    [this.#directory, 'web-1.qcow2', 'file', 1_812_332_544],
  ].map(
    ([directory, name, kind, size]) =>
      ({ name, path: `${String(directory)}/${String(name)}`, kind, size, modified: Date.now() - 86_400_000 }) as Entry,
  );

  readonly #jobs: FakeJobs;

  constructor(jobs: FakeJobs) {
    this.#jobs = jobs;
  }

  defaults(): ReturnType<Storage['defaults']> {
    return Promise.resolve({ directory: this.#directory, freeBytes: 211 * 1024 ** 3 });
  }

  imageInfo(path: string): ReturnType<Storage['imageInfo']> {
    const file = this.#files.find((entry) => entry.path === path && entry.kind === 'file');
    if (file === undefined) throw new TapestryError('disk-missing', `The image “${path}” doesn’t exist.`, { path: 'path' });
    return Promise.resolve({
      path,
      format: path.endsWith('.iso') ? 'raw' : 'qcow2',
      virtualSize: path.endsWith('.iso') ? file.size : 20 * 1024 ** 3,
      actualSize: file.size,
      ...(path.endsWith('debian-12.qcow2') ? { inUseBy: 'debian-12' } : {}),
    });
  }

  createImage({ path, sizeBytes, begunBy }: Parameters<Storage['createImage']>[0]): ReturnType<Storage['createImage']> {
    if (this.#files.some((entry) => entry.path === path))
      throw new TapestryError('io', `“${path}” exists already.`, { path: 'path', next: 'Choose another name.' });
    return this.#jobs.begin(
      { kind: 'image', subject: path, cancel: { loses: 'image' }, begunBy },
      async ({ signal, step, amount, result }) => {
        step({ code: 'allocate' });
        for (let part = 0; part <= 4; part += 1) {
          amount({ done: (sizeBytes * part) / 4, total: sizeBytes, unit: 'bytes' });
          await pause(80, signal);
          signal.throwIfAborted();
        }
        const slash = path.lastIndexOf('/');
        this.#files.push({ name: path.slice(slash + 1), path, kind: 'file', size: Math.min(sizeBytes, 196_624), modified: Date.now() });
        result({ kind: 'image', path });
      },
    );
  }

  deleteImage(path: string): Promise<void> {
    const at = this.#files.findIndex((entry) => entry.path === path);
    if (at < 0) throw new TapestryError('disk-missing', `The image “${path}” doesn’t exist.`, { path: 'path' });
    this.#files.splice(at, 1);
    return Promise.resolve();
  }

  browse({ path = '/home/user', suffixes }: Parameters<Storage['browse']>[0]): ReturnType<Storage['browse']> {
    const entries = this.#files.filter(
      (entry) =>
        entry.path.slice(0, entry.path.lastIndexOf('/')) === path &&
        (entry.kind === 'directory' || suffixes === undefined || suffixes.some((suffix) => entry.name.endsWith(suffix))),
    );
    const parent = path === '/' ? null : path.slice(0, path.lastIndexOf('/')) || '/';
    return Promise.resolve({ path, parent, entries });
  }
}
