import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { Fixture } from '../testing/fixture.ts';

const scenario = new URL('../testing/bridge-scenario.ts', import.meta.url).pathname;

it('plugs, moves, unplugs and finds again bridge NICs of a real QEMU, in a network namespace of its own', async (context) => {
  if (spawnSync('unshare', ['-mn', 'test', '-c', '/dev/net/tun']).status !== 0)
    context.skip('this user may not make a network namespace, or there is no /dev/net/tun');
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
