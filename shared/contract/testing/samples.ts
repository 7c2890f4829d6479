import type { Job } from '../jobs.ts';
import type { MachineSummary } from '../machines.ts';
import type { HostInterface } from '../networks.ts';

/** A machine that is off, with everything filled in that `more` leaves out. Its UUID follows from its name. */
export function sampleMachine(name: string, more: Partial<MachineSummary> = {}): MachineSummary {
  return {
    connection: 'embedded',
    uuid: `00000000-0000-4000-8000-${name
      .split('')
      .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffffffffffff, 7)
      .toString(16)
      .padStart(12, '0')}`,
    name,
    state: 'shut off',
    reason: 'unknown',
    id: null,
    pid: null,
    startedAt: null,
    autostart: false,
    persistent: true,
    vcpus: 2,
    memoryKiB: 2 * 1024 ** 2,
    maxMemoryKiB: 2 * 1024 ** 2,
    type: 'kvm',
    arch: 'x86_64',
    machine: 'pc-q35-10.0',
    pending: false,
    macs: ['52:54:00:7a:1c:12'],
    consoles: [{ alias: 'serial0', label: 'Serial 1', interactive: true }],
    ...more,
  };
}

/** An interface of the host that is up and plugged nowhere, a bridge unless `more` says otherwise. */
export function sampleInterface(name: string, more: Partial<HostInterface> = {}): HostInterface {
  return {
    name,
    index: 1,
    kind: 'bridge',
    up: true,
    carrier: true,
    mac: '3c:52:82:10:20:30',
    mtu: 1500,
    master: null,
    addresses: [],
    ports: [],
    uplink: null,
    managedBy: null,
    ours: null,
    tap: null,
    portState: null,
    rxBytes: 0,
    txBytes: 0,
    rxDropped: 0,
    txDropped: 0,
    speed: null,
    ...more,
  };
}

/** A job that goes on, the creation of an image unless `more` says otherwise. */
export function sampleJob(more: Partial<Job> = {}): Job {
  return {
    connection: 'embedded',
    id: 1,
    kind: 'image',
    subject: '/images/web.qcow2',
    machine: null,
    state: 'running',
    progress: null,
    amount: null,
    step: null,
    steps: [],
    begunAt: 0,
    endedAt: null,
    begunBy: { host: 'browser' },
    cancel: { loses: 'image' },
    cancelledBy: null,
    result: null,
    error: null,
    leftovers: [],
    ...more,
  };
}
