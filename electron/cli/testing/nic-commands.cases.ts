import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { openEmbedded } from '../../host/open-embedded.ts';
import { openRuntime } from '../../host/runtime.ts';
import type { NamespaceCases } from '../../network/testing/namespace.ts';
import { interfaces, ipLink, scratch, until } from '../../network/testing/tools.ts';
import { runProgram } from '../program.ts';

export const cases: NamespaceCases = {
  'the NIC commands change and show real TAPs': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
      ['ip', 'link', 'set', 'br0', 'up'],
    ],
    run: async () => {
      const home = scratch();
      const of = (name: string) => path.join(home, name);
      for (const name of ['c', 's', 'd', 'k', 'r']) mkdirSync(of(name), { mode: 0o700 });
      const directories = {
        HOME: home,
        XDG_CONFIG_HOME: of('c'),
        XDG_STATE_HOME: of('s'),
        XDG_DATA_HOME: of('d'),
        XDG_CACHE_HOME: of('k'),
      };
      Object.assign(process.env, directories, { XDG_RUNTIME_DIR: of('r') });
      const log = (error: unknown) => assert.equal(error, undefined);
      const runtime = await openRuntime({ host: 'cli', openConnection: openEmbedded(log), log });
      const run = async (...args: string[]): Promise<string> => {
        const written = { out: '', err: '' };
        const sink = (name: 'out' | 'err') =>
          new Writable({
            write(chunk: Buffer, _encoding, done) {
              written[name] += chunk.toString();
              done();
            },
          }) as unknown as NodeJS.WriteStream;
        const context = {
          stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
          stdout: sink('out'),
          stderr: sink('err'),
          runtime: () => Promise.resolve(runtime),
          api: () => Promise.resolve(runtime.api),
          exit: { status: 0 as const },
        };
        const status = await runProgram({ context, version: '0.0.0', log }, args);
        assert.equal(status, 0, `${args.join(' ')}: ${written.err}`);
        return written.out;
      };
      writeFileSync(
        of('m.xml'),
        "<domain type='qemu'><name>m</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><target dev='lan0'/><model type='virtio'/></interface></devices></domain>",
      );
      await run('define', of('m.xml'));
      await run('start', 'm');
      assert.match(await run('domiflist', 'm'), /^ lan0 +bridge +br0 +virtio +52:54:00:00:00:01$/m);
      assert.match(await run('domifstat', 'm', '52:54:00:00:00:01'), /^52:54:00:00:00:01 rx_bytes \d+$/m);
      await run('domif-setlink', 'm', 'lan0', 'down');
      assert.equal((await run('domif-getlink', 'm', 'lan0')).trim(), 'lan0 down');
      assert.ok(((await ipLink('lan0'))['flags'] as string[]).includes('UP'), 'the TAP stays up');
      await run('domiftune', 'm', 'lan0', '--inbound', '100,200,300', '--live');
      assert.match(await run('domiftune', 'm', 'lan0'), /inbound\.average: 100\ninbound\.peak *: 200\ninbound\.burst *: 300\n/);
      await run(
        'attach-interface',
        'm',
        'bridge',
        'br0',
        '--target',
        'lan1',
        '--mac',
        '52:54:00:00:00:02',
        '--model',
        'virtio',
        '--live',
        '--config',
      );
      assert.equal((await ipLink('lan1'))['master'], 'br0');
      assert.match(await run('domiflist', 'm', '--inactive'), /^ lan1 +bridge +br0 +virtio +52:54:00:00:00:02$/m);
      await run('detach-interface', 'm', 'bridge', '--mac', '52:54:00:00:00:02', '--config');
      assert.doesNotMatch(await run('domiflist', 'm', '--inactive'), /lan1/);
      assert.match(await run('iface-list'), /^ br0 +active /m);
      await run('destroy', 'm');
      await until(async () => (await interfaces()).join(' ') === 'br0 lo', 'the TAPs are gone');
      await runtime.close();
    },
  },
};
