import type { NewInterface } from '../../../shared/domain-xml/index.ts';
import type { MachineState } from '../../../shared/contract/machines.ts';
import { testDefinition } from './definition.ts';

/** A machine that the test connection begins with. */
export interface Seed {
  readonly state: MachineState;
  readonly autostart?: boolean;
  readonly definition: Parameters<typeof testDefinition>[0];
}

const uuid = (last: string): string => `7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e${last}`;
const onNetwork = (network: string, mac: string): NewInterface => ({ source: { type: 'network', network }, mac });

/** One machine in each state. The last one has a NIC that the test host can't plug. */
export const seeds: readonly Seed[] = [
  {
    state: 'running',
    autostart: true,
    definition: {
      name: 'debian-12',
      uuid: uuid('01'),
      title: 'Everyday Debian',
      memoryGiB: 4,
      vcpus: 4,
      interfaces: [onNetwork('default', '52:54:00:e4:2e:c1'), { source: { type: 'user' }, mac: '52:54:00:12:34:56' }],
    },
  },
  {
    state: 'running',
    definition: { name: 'web-1', uuid: uuid('02'), memoryGiB: 2, vcpus: 2, interfaces: [onNetwork('lab', '52:54:00:aa:00:02')] },
  },
  {
    state: 'paused',
    definition: { name: 'database', uuid: uuid('03'), memoryGiB: 8, vcpus: 4, interfaces: [onNetwork('lab', '52:54:00:aa:00:03')] },
  },
  {
    state: 'shut off',
    definition: {
      name: 'router-lab',
      uuid: uuid('04'),
      memoryGiB: 1,
      vcpus: 1,
      interfaces: [{ ...onNetwork('default', '52:54:00:6c:84:c3'), model: 'e1000e' }, onNetwork('lab', '52:54:00:aa:00:04')],
    },
  },
  {
    state: 'crashed',
    definition: {
      name: 'win11',
      uuid: uuid('05'),
      memoryGiB: 8,
      vcpus: 6,
      interfaces: [{ source: { type: 'bridge', bridge: 'br0' }, mac: '52:54:00:aa:00:05', model: 'e1000e' }],
    },
  },
];
