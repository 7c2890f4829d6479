import type { NewInterface } from '../../../shared/domain-xml/index.ts';
import type { MachineState } from '../../../shared/contract/machines.ts';
import { fakeDefinition } from './fake-definition.ts';

/** A machine that the fake begins with. */
export interface Seed {
  readonly state: MachineState;
  readonly autostart?: boolean;
  readonly definition: Parameters<typeof fakeDefinition>[0];
}

const uuid = (last: string): string => `7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e${last}`;
const onBridge = (bridge: string, mac: string): NewInterface => ({ source: { type: 'bridge', bridge }, mac });

/** One machine in each state, on every kind of network. */
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
      interfaces: [onBridge('br0', '52:54:00:e4:2e:c1'), { source: { type: 'user' }, mac: '52:54:00:12:34:56' }],
    },
  },
  {
    state: 'running',
    definition: { name: 'web-1', uuid: uuid('02'), memoryGiB: 2, vcpus: 2, interfaces: [onBridge('br200', '52:54:00:aa:00:02')] },
  },
  {
    state: 'paused',
    definition: { name: 'database', uuid: uuid('03'), memoryGiB: 8, vcpus: 4, interfaces: [onBridge('br200', '52:54:00:aa:00:03')] },
  },
  {
    state: 'shut off',
    definition: {
      name: 'router-lab',
      uuid: uuid('04'),
      memoryGiB: 1,
      vcpus: 1,
      interfaces: [
        { source: { type: 'ethernet', ips: [], routes: [] }, mac: 'f6:19:e0:6c:84:c3', target: 'tap10', model: 'e1000e' },
        onBridge('br200', '52:54:00:aa:00:04'),
      ],
    },
  },
  {
    state: 'crashed',
    definition: {
      name: 'win11',
      uuid: uuid('05'),
      memoryGiB: 8,
      vcpus: 6,
      interfaces: [{ source: { type: 'user' }, mac: '52:54:00:aa:00:05', model: 'e1000e' }],
    },
  },
];
