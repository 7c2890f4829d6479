import type { HostCheck } from '../../shared/contract/computer.ts';
import type { SupportTable } from '../../shared/contract/support.ts';
import type { ApiHandlers } from '../../shared/contract/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { apiHandlers, type Computer } from '../api/index.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import { testSource } from '../connections/test/index.ts';
import type { HostConnections } from '../runtime/runtime.ts';

const checks: readonly HostCheck[] = [
  { id: 'qemu', title: 'QEMU', status: 'ok', message: 'QEMU 8.2.2 at /usr/bin/qemu-system-x86_64' },
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

/** A computer that isn't there. */
export const testComputer: Computer = {
  facts: () =>
    Promise.resolve({
      version: '0.1.0',
      hostname: 'workbench',
      user: 'user',
      root: false,
      stateDirectory: '/home/user/.local/state/tapestry',
      kvm: { usable: 'yes', message: 'A real kernel booted under KVM in 0.4 s.' },
    }),
  doctor: () => Promise.reject(new TapestryError('host-missing', 'There is no computer to look at.')),
  checks: async function* () {
    yield await Promise.resolve([...checks]);
  },
};

/**
 * For `openRuntime`: a test connection alone, and no computer.
 * @param id as which it is there
 * @param support what is said of it, where that isn't its own word
 */
export function testHost(uri = 'test:///default', id = 'test', support?: SupportTable): () => Promise<HostConnections> {
  return () => {
    const source = testSource(uri, id);
    return Promise.resolve({ sources: [support === undefined ? source : { ...source, support }], computer: () => testComputer });
  };
}

/** The whole API over a test connection, without a runtime: nothing is on disk. */
export async function testHandlers(uri: string, log: (error: unknown, where: string) => void): Promise<ApiHandlers> {
  const registry = new ConnectionRegistry([testSource(uri, 'test')], log);
  await registry.open();
  return apiHandlers({ registry, computer: testComputer, host: 'browser' });
}
