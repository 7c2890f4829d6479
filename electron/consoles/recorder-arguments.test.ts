import { expect, it } from 'vitest';
import { recordOfArguments, recorderArguments } from './recorder-arguments.ts';

it('finds in a recorder’s command line what it was started with', () => {
  const record = {
    socketPath: '/run/a b/--pid',
    qemu: { pid: 4711, startTime: 8_000_000 },
    since: 1_700_000_000_123,
    limitBytes: 65_536,
    ports: [
      { alias: 'serial0', via: { kind: 'pty' as const, path: '/dev/pts/7' } },
      { alias: 'serial1', via: { kind: 'tcp' as const, host: '--fresh', port: 4000 } },
      { alias: 'serial2', via: { kind: 'unix' as const, path: '/tmp/x' } },
      { alias: 'serial3', via: { kind: 'fifo' as const, path: '/tmp/y' } },
    ],
  };
  for (const fresh of [true, false]) expect(recordOfArguments(recorderArguments('/recordings/--socket', record, fresh))).toEqual(record);
  for (const argv of [[], ['--directory'], ['guard', '1', '2'], ['--pid', '1', '--pty', 'serial0'], ['--socket', '/x', '--pid', 'x']])
    expect(recordOfArguments(argv)).toBeUndefined();
});
