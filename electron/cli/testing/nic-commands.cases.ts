import assert from 'node:assert/strict';
import type { NamespaceCases } from '../../network/testing/namespace.ts';
import { interfaces, ipLink, sh, until } from '../../network/testing/tools.ts';
import { openCli } from './open-cli.ts';

export const cases: NamespaceCases = {
  'the NIC commands change and show real TAPs': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
      ['ip', 'link', 'set', 'br0', 'up'],
    ],
    run: async () => {
      const { file, run, fails, close } = await openCli();
      const definition = file(
        'm.xml',
        "<domain type='qemu'><name>m</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><target dev='lan0'/><model type='virtio'/></interface></devices></domain>",
      );
      await run('define', definition);
      await run('start', 'm');
      assert.match(await run('domiflist', 'm'), /^ lan0 +bridge +br0 +virtio +52:54:00:00:00:01$/m);
      assert.match(await run('domifstat', 'm', '52:54:00:00:00:01'), /^52:54:00:00:00:01 rx_bytes \d+$/m);
      await run('domif-setlink', 'm', 'lan0', 'down');
      assert.equal((await run('domif-getlink', 'm', 'lan0')).trim(), 'lan0 down');
      assert.ok(((await ipLink('lan0'))['flags'] as string[]).includes('UP'), 'the TAP stays up');
      await run('domiftune', 'm', 'lan0', '--inbound', '100,200,300', '--live');
      assert.match(
        await fails('domiftune', 'm', 'lan0', '--inbound', '99999999999'),
        /99999999999 is too much for "average": at most 4194303 KiB\/s/,
      );
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
      await close();
    },
  },

  'device files are attached, changed and detached, in what runs and in what is stored': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
      ['ip', 'link', 'set', 'br0', 'up'],
      ['ip', 'link', 'add', 'br1', 'type', 'bridge'],
      ['ip', 'address', 'add', '192.168.77.1/24', 'dev', 'br0'],
    ],
    run: async () => {
      const { file, run, fails, close } = await openCli();
      const nic = (mac: string, dev: string, bridge: string, more = '') =>
        `<interface type='bridge'><mac address='${mac}'/><source bridge='${bridge}'/><target dev='${dev}'/><model type='virtio'/>${more}</interface>`;
      const [first, second] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];
      await run(
        'define',
        file(
          'm.xml',
          `<domain type='qemu'><name>m</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>${nic(first, 'lan0', 'br0')}</devices></domain>`,
        ),
      );
      await run('start', 'm');
      const added = file('added.xml', nic(second, 'lan1', 'br0'));
      assert.equal(await run('attach-device', 'm', added, '--live'), 'Device attached successfully\n\n');
      assert.equal((await ipLink('lan1'))['master'], 'br0');
      assert.doesNotMatch(await run('dumpxml', 'm', '--inactive'), /lan1/);
      assert.equal(await run('attach-device', 'm', added, '--config'), 'Device attached successfully\n\n');
      assert.match(await run('dumpxml', 'm', '--inactive'), /lan1/);
      assert.match(await fails('attach-device', 'm', added, '--config'), /^error: Failed to attach device from .*added\.xml\nerror: /);

      const moved = file('moved.xml', nic(second, 'lan1', 'br1'));
      assert.equal(await run('update-device', 'm', moved, '--live'), 'Device updated successfully\n\n');
      assert.equal((await ipLink('lan1'))['master'], 'br1');
      assert.match(await run('domiflist', 'm', '--inactive'), /^ lan1 +bridge +br0 /m);
      assert.equal(await run('update-device', 'm', moved, '--config'), 'Device updated successfully\n\n');
      assert.match(await run('domiflist', 'm', '--inactive'), /^ lan1 +bridge +br1 /m);
      assert.match(await fails('update-device', 'm', moved, '--force'), /doesn't support option --force/);

      // The neighbour table knows the first NIC's address; nobody knows the second one's.
      await sh('ip', 'neighbour', 'replace', '192.168.77.5', 'lladdr', first, 'dev', 'br0', 'nud', 'reachable');
      const addresses = await run('domifaddr', 'm', '--source', 'arp');
      assert.match(addresses, / lan0 +52:54:00:00:00:01 +ipv4 +192\.168\.77\.5\/\d+\n/);
      assert.doesNotMatch(addresses, /lan1/);
      assert.doesNotMatch(await run('domifaddr', 'm', '--source', 'lease'), /192\.168\.77\.5/);

      assert.equal(await run('detach-device', 'm', moved, '--config'), 'Device detached successfully\n\n');
      assert.doesNotMatch(await run('dumpxml', 'm', '--inactive'), /lan1/);
      // No guest runs that would let go of it: it is asked, and said to be pending.
      const pending = JSON.parse(await run('detach-device', 'm', moved, '--live', '--json')) as { state: string };
      assert.equal(pending.state, 'pending');
      assert.match(await run('qemu-monitor-command', 'm', '--hmp', 'info status'), /^VM status: running\n\n\n$/);
      assert.match(await run('qemu-monitor-command', 'm', 'nonsense'), /^\{"error":\{"class":"CommandNotFound",/);
      await run('destroy', 'm');
      await until(async () => (await interfaces()).join(' ') === 'br0 br1 lo', 'the TAPs are gone');
      await close();
    },
  },

  'iface-bridge and iface-unbridge make and take away a bridge around an uplink': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'far0'],
      ['ip', 'link', 'set', 'up0', 'up'],
    ],
    run: async () => {
      const { api, file, run, fails, failsAnswered, close } = await openCli();
      assert.match(await fails('iface-bridge', 'up0', 'br7'), /iface-bridge asks whether to keep the change/);
      assert.match(await fails('iface-bridge', 'up0', 'br7', '--delay', '3', '--yes'), /doesn't support option --delay/);
      assert.match(await fails('iface-bridge', 'up0', 'br7', '--no-start', '--yes'), /doesn't support option --no-start/);
      assert.match(await fails('iface-bridge', 'lo', 'br7', '--yes'), /“lo” can’t be an uplink/);
      assert.match(await fails('iface-bridge', 'nope', 'br7', '--yes'), /There is no interface “nope”/);
      assert.deepEqual(await interfaces(), ['far0', 'lo', 'up0'], 'no bridge is left of a refusal');
      assert.match(await failsAnswered('n\n', 'iface-bridge', 'up0', 'br7'), /The change wasn't kept: up0 is off the bridge br7 again\./);
      assert.deepEqual(await interfaces(), ['far0', 'lo', 'up0'], 'all is taken back when the command ends');
      assert.equal(
        await run('iface-bridge', 'up0', 'br7', '--no-stp', '--yes'),
        'Created bridge br7 with attached device up0\nBridge interface br7 started\n\n',
      );
      assert.equal((await ipLink('up0'))['master'], 'br7');
      assert.equal((await sh('cat', '/sys/class/net/br7/bridge/stp_state')).trim(), '0');
      assert.match(await run('iface-list'), /^ br7 +active /m);
      assert.match(await fails('iface-bridge', 'up0', 'br7', '--yes'), /^error: Failed to create bridge br7\nerror: /);
      assert.match(await fails('iface-unbridge', 'up0'), /Interface device 'up0' is not a bridge/);
      assert.match(await fails('iface-unbridge', 'br8'), /failed to get interface 'br8'/);

      // A bridge doesn't go from under a running machine, with an uplink or without.
      const nic = "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br7'/><target dev='lan0'/></interface>";
      const rest = "<memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>";
      await run('define', file('m.xml', `<domain type='qemu'><name>web</name>${rest}<devices>${nic}</devices></domain>`));
      await run('start', 'web');
      const used = /^error: Failed to delete bridge br7\nerror: The bridge “br7” can’t be deleted .*: “web” \(lan0\)\./;
      assert.match(await fails('iface-unbridge', 'br7'), used);
      await assert.rejects(api['networks.deleteBridge']({ connection: 'embedded', name: 'br7' }), /“web” \(lan0\)/);
      assert.equal((await ipLink('up0'))['master'], 'br7', 'the uplink stays, too');
      assert.equal((await ipLink('lan0'))['master'], 'br7');
      await api['networks.removeUplink']({ connection: 'embedded', bridge: 'br7', port: 'up0' });
      assert.match(await fails('iface-unbridge', 'br7'), used);
      assert.equal((await ipLink('lan0'))['master'], 'br7');
      await run('destroy', 'web');
      await until(async () => (await interfaces()).join(' ') === 'br7 far0 lo up0', 'the TAP is gone');
      assert.equal(await run('iface-unbridge', 'br7'), 'Bridge br7 deleted\n\n');
      await run('iface-bridge', 'up0', 'br7', '--yes');
      assert.equal(await run('iface-unbridge', 'br7'), 'Device up0 un-attached from bridge br7\n\n');
      assert.deepEqual(await interfaces(), ['far0', 'lo', 'up0']);
      await close();
    },
  },
};
