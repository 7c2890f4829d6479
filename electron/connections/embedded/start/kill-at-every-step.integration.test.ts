import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { Fixture } from '../testing/fixture.ts';

const scenario = new URL('../testing/kill-scenario.ts', import.meta.url).pathname;

it('leaves no TAP, bridge port, process or file when the app (never opened again), QEMU or the helper is killed at any step of a start, or QEMU while it runs', async (context) => {
  if (spawnSync('unshare', ['-mn', 'test', '-c', '/dev/net/tun']).status !== 0) {
    context.skip('this user may not make a network namespace, or there is no /dev/net/tun');
  }
  await using fixture = await Fixture.make();
  const outcome = spawnSync(
    'unshare',
    // sysfs shows the interfaces of the namespace it was mounted in.
    ['-mn', 'sh', '-c', 'mount -t sysfs none /sys && exec "$@"', 'sh', process.execPath, scenario, JSON.stringify(fixture.directories)],
    { encoding: 'utf8' },
  );
  expect(outcome.stderr).toBe('');
  expect(outcome.status).toBe(0);
});
