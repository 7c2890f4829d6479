import { lastWords } from '../../../network/testing/last-words.ts';
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { interfaces, ipLink, sh, until } from '../../../network/testing/tools.ts';
import { NicMachine } from './nic-machine.ts';

const needs = ['qemu-system-x86_64'];
const link = (name: string, mtu: number) => [
  ['ip', 'link', 'add', name, 'mtu', String(mtu), 'type', 'bridge'],
  ['ip', 'link', 'set', name, 'up'],
];
const nicOf = (bridge: string, inner = '') =>
  `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='${bridge}'/>${inner}</interface>`;
const isUp = async (name: string) => ((await ipLink(name))['flags'] as string[]).includes('UP');

export const cases: NamespaceCases = {
  'a bridge deleted while the machine runs leaves its TAP; made anew, the app’s next life plugs it in again, and remembers everything': {
    as: ['root', 'capable'],
    needs,
    prepare: [...link('br0', 1500), ...link('br1', 9000)],
    acl: 'allow tap * br0\nallow tap * br1\nallow name * vt*\n',
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(nicOf('br1', "<model type='virtio'/><port isolated='yes'/>"));
      await machine.act('start-paused');
      const [before] = await machine.strips();
      assert.ok(before?.device);
      assert.equal((await ipLink(before.device))['mtu'], 9000);
      // Only root's own link can be deleted here; the ordinary uid just lives a second life.
      if (process.getuid?.() === 0) {
        await sh('ip', 'link', 'del', 'br1');
        await until(async () => (await ipLink(before.device ?? ''))['master'] === undefined, 'the TAP has no bridge');
        assert.ok(await isUp(before.device), 'the TAP stays up');
        assert.equal((await machine.connection.domains.get(machine.uuid)).state, 'paused');
        await machine.close();
        await machine.open();
        const [alone] = await machine.strips();
        assert.equal(alone?.bridge, null);
        assert.match(lastWords(alone.timeline), /could not be put back on br1: The bridge “br1” does not exist/);
        await sh('ip', 'link', 'add', 'br1', 'mtu', '4000', 'type', 'bridge');
      }
      await machine.close();
      await machine.open();
      const [after] = await machine.strips();
      assert.ok(after);
      assert.equal(after.bridge, 'br1');
      assert.equal(readFileSync(`/sys/class/net/${before.device}/brport/isolated`, 'utf8').trim(), '1');
      assert.deepEqual(
        [after.device, after.createdBy, after.descriptors, after.flags],
        [before.device, before.createdBy, before.descriptors, before.flags],
      );
      assert.deepEqual(after.timeline.slice(0, before.timeline.length), before.timeline, 'what happened is not forgotten');
      if (process.getuid?.() === 0) {
        assert.equal((await ipLink(before.device))['mtu'], 4000);
        assert.equal(after.timeline.at(-1)?.kind, 'moved');
      }
      const mine = (await machine.connection.networks.interfaces())?.find(({ name }) => name === before.device);
      assert.deepEqual([mine?.managedBy, mine?.ours?.machine], ['Tapestry', machine.uuid]);
      await machine.stop(['br0', 'br1', 'lo']);
      await machine.close();
    },
  },
  'ethernet with a host address pauses and resumes twice; killed, its TAP goes and its down script runs; an own TAP stays': {
    as: ['root'],
    needs,
    prepare: [
      ['ip', 'tuntap', 'add', 'own0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'set', 'own0', 'address', '02:00:00:00:00:07', 'mtu', '1300'],
    ],
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const trace = path.join(machine.folder, 'trace');
      const script = path.join(machine.folder, 'script');
      writeFileSync(script, `#!/bin/sh\necho "$# $1" >> ${trace}\n`);
      chmodSync(script, 0o755);
      const own = await ipLink('own0');
      await machine.define(
        `<interface type='ethernet'><source><ip address='10.7.0.1' prefix='24'/></source><target dev='tap10'/><mtu size='1400'/><downscript path='${script}'/></interface>` +
          `<interface type='ethernet'><target dev='own0' managed='no'/><mtu size='9000'/><script path='${script}'/><downscript path='${script}'/></interface>`,
      );
      await machine.act('start');
      assert.match(readFileSync(trace, 'utf8'), /^1 own0\n$/, 'one argument; and for an own TAP too');
      assert.equal((await ipLink('tap10'))['mtu'], 1400);
      const foreign = (await machine.strips()).find(({ device }) => device === 'own0');
      assert.equal(foreign?.createdBy, null);
      assert.match(lastWords(foreign.timeline.slice(0, 1)), /opened a persistent TAP of uid \d+.*made beforehand, left as it is/);
      const listed = (await machine.connection.networks.interfaces())?.find(({ name }) => name === 'own0');
      assert.deepEqual([listed?.managedBy, listed?.ours, listed?.tap?.persistent], [null, null, true]);
      for (let time = 0; time < 2; time += 1) {
        await machine.act('suspend');
        await machine.act('resume');
        assert.match(await sh('ip', 'address', 'show', 'dev', 'tap10'), /10\.7\.0\.1\/24/);
      }
      const { pid } = await machine.connection.domains.get(machine.uuid);
      assert.ok(pid);
      process.kill(pid, 'SIGKILL');
      await until(() => machine.isOff(), 'the machine is off');
      assert.deepEqual(await interfaces(), ['lo', 'own0']);
      assert.deepEqual(readFileSync(trace, 'utf8').trim().split('\n').slice(1).toSorted(), ['1 own0', '1 tap10']);
      const { ifname, address, mtu, flags } = await ipLink('own0');
      assert.deepEqual(
        { ifname, address, mtu, up: (flags as string[]).includes('UP') },
        { ifname: 'own0', address: own['address'], mtu: 1300, up: false },
      );
      await machine.close();
    },
  },
  'a macvtap is up while the processors run, whoever stops them': {
    as: ['root'],
    needs,
    prepare: [
      ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
      ['ip', 'link', 'set', 'v0', 'up'],
    ],
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define("<interface type='direct'><source dev='v0' mode='bridge'/></interface>");
      await machine.act('start');
      const device = (await machine.strips())[0]?.device ?? '';
      assert.ok(await isUp(device));
      await machine.act('suspend');
      assert.ok(!(await isUp(device)), 'down while paused');
      await machine.act('resume');
      assert.ok(await isUp(device));
      const command = (text: string) => machine.connection.domains.monitor(machine.uuid, JSON.stringify({ execute: text }));
      await command('stop');
      await until(async () => !(await isUp(device)), 'down when a monitor command stopped it');
      await command('cont');
      await until(() => isUp(device), 'up again');
      await machine.stop(['lo', 'v0', 'v1']);
      await machine.close();
    },
  },
};
