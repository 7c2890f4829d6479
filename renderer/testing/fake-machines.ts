import type { ComputerFacts } from '../../shared/contract/computer.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';

export { sampleMachine as fakeSummary } from '../../shared/contract/testing/samples.ts';

/** A machine as the fake keeps it. */
export interface FakeMachine {
  summary: MachineSummary;
  inactive: string | null;
  live: string | null;
}

export const fakeComputer: ComputerFacts = {
  version: '0.1.0',
  hostname: 'loom',
  host: 'browser',
  user: 'user',
  root: false,
  stateDirectory: '/home/user/.local/state/tapestry',
  kvm: { usable: 'yes', message: 'KVM works: a Linux kernel booted in 0.9 s.' },
};

export const fakeFacts: HostFacts = {
  hostname: 'loom',
  cpus: 8,
  memoryKiB: 32 * 1024 ** 2,
  arch: 'x86_64',
  qemu: { path: '/usr/bin/qemu-system-x86_64', version: '10.0.2' },
  machineTypes: ['pc', 'q35', 'pc-i440fx-10.0', 'pc-q35-10.0'],
  cpuModels: ['qemu64', 'Skylake-Client', 'EPYC'],
  kvm: { usable: 'yes', message: 'KVM works: a Linux kernel booted in 0.9 s.' },
  uefi: true,
  autostartWhen: 'window',
};

/** What a running machine's summary has more. */
export function running(more: Partial<MachineSummary> = {}): Partial<MachineSummary> {
  return {
    state: 'running',
    reason: 'booted',
    id: 1,
    pid: 48130,
    startedAt: Date.now() - 3 * 3600_000 - 12 * 60_000,
    ...more,
  };
}

/** What an action makes of a machine's summary. */
export function afterAction(action: MachineAction): Partial<MachineSummary> {
  switch (action) {
    case 'start':
      return running({ startedAt: Date.now() });
    case 'start-paused':
      return running({ state: 'paused', reason: 'starting up' });
    case 'shutdown':
      return { state: 'shut off', reason: 'shutdown', id: null, pid: null, startedAt: null };
    case 'destroy':
      return { state: 'shut off', reason: 'destroyed', id: null, pid: null, startedAt: null };
    case 'suspend':
      return { state: 'paused', reason: 'user' };
    case 'resume':
      return { state: 'running', reason: 'unpaused' };
    case 'reboot':
    case 'reset':
      return {};
  }
}
