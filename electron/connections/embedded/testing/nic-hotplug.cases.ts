import { lastWords } from '../../../network/testing/last-words.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { interfaces, ipLink, rejectsWith, until } from '../../../network/testing/tools.ts';
import { never, NicMachine } from './nic-machine.ts';
import {
  isUp,
  modeOf,
  passtRuns,
  passts,
  listening,
  lower,
  wayOut,
  direct,
  passt,
  forward,
  passtOf,
  command,
  network,
} from './hotplug-tools.ts';

export const cases: NamespaceCases = {
  'a macvtap is plugged into a running machine in each mode; it is up while the processors run, and goes with the NIC': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare: lower,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define("<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>");
      await machine.act('start');
      const plugged = async () => (await machine.strips()).filter(({ type }) => type === 'direct').map(({ device }) => device ?? '');
      const modes = ['vepa', 'bridge', 'private'];
      for (const [place, mode] of modes.entries()) await machine.device('attach', direct(mode, '', place + 2), 'live');
      const three = await plugged();
      assert.deepEqual(await Promise.all(three.map(modeOf)), modes);
      assert.ok((await Promise.all(three.map(isUp))).every(Boolean));
      const [strip] = (await machine.strips()).filter(({ type }) => type === 'direct');
      assert.deepEqual(
        strip?.timeline.map(({ kind }) => kind),
        ['created', 'node-opened', 'attached', 'up'],
      );
      for (const device of three)
        assert.match((await machine.connection.domains.xml(machine.uuid)).live ?? '', new RegExp(`<target dev='${device}'/>`));
      await machine.act('suspend');
      assert.ok(!(await Promise.all(three.map(isUp))).some(Boolean), 'down while paused');
      await machine.stop(['lo', 'v0', 'v1']);

      // The card of its own, and taken out again: the firmware answers no request, a reset does it.
      await machine.act('start');
      const own = (await ipLink('v0'))['address'];
      await machine.device('attach', direct('passthrough'), 'live');
      const [alone = ''] = await plugged();
      assert.equal(await modeOf(alone), 'passthru');
      assert.equal((await ipLink('v0'))['address'], '52:54:00:00:00:02');
      assert.equal((await machine.device('detach', direct('passthrough'), 'live')).state, 'pending');
      await machine.reset();
      await until(async () => (await interfaces()).join(' ') === 'lo v0 v1', 'the macvtap is gone');
      await until(async () => (await machine.strips()).length === 1, 'and its NIC');
      assert.equal((await ipLink('v0'))['address'], own);

      // Plugged while the processors stand still, it waits for them.
      await machine.act('suspend');
      await machine.device('attach', direct('bridge'), 'live');
      const waiting = (await machine.strips()).find(({ type }) => type === 'direct')?.device ?? '';
      assert.ok(!(await isUp(waiting)));
      await machine.act('resume');
      await until(() => isUp(waiting), 'up when they run');
      const again = direct('bridge').replace(':02', ':03');
      // A NIC that QEMU doesn't take, and one on nothing: no macvtap is left.
      const before = await interfaces();
      await rejectsWith(machine.device('attach', again.replace("'virtio'", "'no-such-nic'"), 'live'), 'qmp');
      await rejectsWith(machine.device('attach', again.replace("'v0'", "'none0'"), 'live'), 'interface-missing');
      assert.deepEqual(await interfaces(), before);
      assert.doesNotMatch(await network(machine), /hostnet2/);
      await machine.stop(['lo', 'v0', 'v1']);
      await machine.close();
    },
  },
  'what happens to a NIC behind our back is told, in the next life too, and put back': {
    as: ['root', 'user'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: [...wayOut, ['ip', 'link', 'add', 'br0', 'type', 'bridge'], ['ip', 'link', 'add', 'br1', 'type', 'bridge']],
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const onBridge =
        "<interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='br0'/><model type='virtio'/></interface>";
      await machine.define(onBridge + passt('1', forward(7001)));
      await machine.act('start-paused');
      const strip = async (alias: string) => {
        const found = (await machine.strips()).find((one) => one.alias === alias);
        assert.ok(found);
        return found;
      };
      const ip = (...args: string[]) => execFileSync('ip', args);
      const told = (alias: string, text: RegExp) =>
        until(async () => text.test(lastWords((await strip(alias)).timeline)), `the timeline tells ${String(text)}`);
      const device = (await strip('net0')).device ?? '';
      assert.equal((await strip('net0')).fault, undefined);
      const putBack = (xml: string) => machine.device('update', xml, 'live');

      ip('link', 'del', 'br0');
      await told('net0', /^left br0: the bridge is gone$/);
      const lost = await strip('net0');
      assert.equal(lost.timeline.at(-1)?.kind, 'lost');
      assert.equal(lost.fault?.code, 'bridge-missing');
      assert.deepEqual(
        lost.fault.fixes?.map(({ kind, value }) => [kind, value]),
        [['put-back', 'br0']],
      );
      await rejectsWith(putBack(onBridge), 'bridge-missing');
      await machine.connection.networks.createBridge({ name: 'br0' });
      await putBack(onBridge);
      assert.equal((await ipLink(device))['master'], 'br0');
      assert.equal((await strip('net0')).fault, undefined);
      assert.match(lastWords((await strip('net0')).timeline), /moved to br0/);

      ip('link', 'set', device, 'master', 'br1');
      await told('net0', /^left br0: another program put it on br1$/);
      ip('link', 'set', device, 'nomaster');
      await told('net0', /^left br0: another program took it off$/);
      ip('link', 'set', device, 'master', 'br0');
      await told('net0', /^put back by another program$/);
      assert.equal((await strip('net0')).fault, undefined);
      // A move of ours is none of these.
      const steps = (await strip('net0')).timeline.length;
      await putBack(onBridge.replace('br0', 'br1'));
      await putBack(onBridge);
      assert.deepEqual(
        (await strip('net0')).timeline.slice(steps).map(({ kind }) => kind),
        ['moved', 'moved'],
      );

      const first = passtOf(machine, 'net1');
      assert.ok(passtRuns(first));
      process.kill(first ?? 0, 'SIGKILL');
      await told('net1', /^passt \d+ ended by itself: the NIC has no network$/);
      assert.match((await strip('net1')).fault?.message ?? '', /passt.* has ended/);
      // The next life knows it; and a cable that was pulled meanwhile is put back as it begins.
      await machine.close();
      ip('link', 'set', device, 'nomaster');
      await machine.open();
      assert.match((await strip('net1')).fault?.message ?? '', /passt.* has ended/);
      await until(async () => (await ipLink(device))['master'] === 'br0', 'the TAP is on its bridge again');
      await putBack(passt('1', forward(7001)));
      assert.ok(passtRuns(passtOf(machine, 'net1')) && listening(7001));
      assert.equal((await strip('net1')).fault, undefined);
      assert.match(lastWords((await strip('net1')).timeline), /replaced by \d+ because it had ended/);
      // And of a passt that ended while nobody looked.
      await machine.close();
      process.kill(passtOf(machine, 'net1') ?? 0, 'SIGKILL');
      await machine.open();
      await told('net1', /^passt \d+ ended by itself/);
      await machine.act('destroy');
      await until(() => passts().length === 0, 'no passt is left');
      await machine.close();
    },
  },
  'a NIC is re-plugged for what can’t be changed on it: at once, when the guest lets go, and back again when the new one fails': {
    as: ['root', 'user'],
    needs: ['qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
      ['ip', 'link', 'set', 'br0', 'up'],
    ],
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const on = (mac: string, inner: string, bridge = 'br0') =>
        `<interface type='bridge'><mac address='52:54:00:00:00:0${mac}'/><source bridge='${bridge}'/>${inner}</interface>`;
      const model = (name: string) => `<model type='${name}'/>`;
      const usb = "<address type='usb' bus='0' port='1'/>";
      await machine.define(`<controller type='usb' model='piix3-uhci'/>${on('1', model('usb-net') + usb)}${on('2', model('virtio'))}`);
      await machine.act('start');
      const xmls = () => machine.connection.domains.xml(machine.uuid);
      const nicIn = async (live: boolean, alias: string, mac: string) => {
        const { live: running, inactive } = await xmls();
        const all = [...((live ? running : inactive) ?? '').matchAll(/<interface.*?<\/interface>/gs)].map(([text]) => text);
        return all.find((text) => (live ? text.includes(`name='${alias}'`) : text.includes(mac))) ?? '';
      };
      const update = (xml: string, alias: string, scope: 'live' | 'both' = 'both', replug = true) =>
        machine.connection.domains.device({ machine: machine.uuid, how: 'update', xml, scope, replug, alias }, never);
      const devices = async () => JSON.stringify(await command(machine, 'human-monitor-command', { 'command-line': 'info network' }));

      // Without the wish it is refused, and told that it would help.
      const refused = await rejectsWith(update(on('9', model('usb-net') + usb), 'net0', 'both', false), 'unsupported-operation');
      assert.deepEqual(
        refused.data.fixes?.map(({ kind }) => kind),
        ['replug'],
      );
      const [before] = await machine.strips();

      // A USB card goes at once: another MAC, the same alias and place.
      const done = await update(on('9', model('usb-net')), 'net0');
      assert.deepEqual([done.state, done.replugged], ['done', true]);
      assert.match(await nicIn(true, 'net0', ''), /00:09.*<address[^>]*type='usb'[^>]*port='1'/s);
      assert.match(await nicIn(false, '', '00:09'), /usb-net/);
      assert.doesNotMatch((await xmls()).inactive ?? '', /00:01/);
      assert.match(await devices(), /net0:[^\n]*00:09/);
      const after = (await machine.strips()).find(({ alias }) => alias === 'net0');
      assert.notEqual(after?.device, before?.device);
      assert.match(lastWords(after?.timeline), /re-plugged/);
      assert.equal((await machine.connection.domains.get(machine.uuid)).pending, false);

      // No model means the usual one, not the one that is there; a MAC that isn't said again stays, in the running XML too.
      await rejectsWith(update(on('2', ''), 'net1', 'live', false), 'unsupported-operation');
      assert.match(await nicIn(true, 'net1', ''), /<model type='virtio'/);
      const plain = (link: string) =>
        `<interface type='bridge'><source bridge='br0'/><model type='virtio'/><link state='${link}'/></interface>`;
      for (const link of ['down', 'up']) assert.equal((await update(plain(link), 'net1', 'live', false)).state, 'done');
      assert.match(await nicIn(true, 'net1', ''), /00:02.*<model type='virtio'/s);

      // The new one fails after the old one went: the old one is back, and nothing is stored. What can be seen before is refused before.
      const stored = (await xmls()).inactive;
      for (const [xml, code] of [
        [on('9', `${model('usb-net')}<mtu size='1400'/>`, 'br9'), 'bridge-missing'],
        [
          `<interface type='ethernet'><mac address='52:54:00:00:00:09'/><target dev='br0'/>${model('usb-net')}</interface>`,
          'interface-exists',
        ],
      ] as const) {
        await rejectsWith(update(xml, 'net0'), code);
        assert.equal((await xmls()).inactive, stored);
        assert.match(await devices(), /net0:[^\n]*00:09/);
        assert.match(await nicIn(true, 'net0', ''), /source bridge='br0'.*usb-net/s);
      }
      const taps = (await interfaces()).filter((name) => name.startsWith('vt'));
      assert.equal(taps.length, 2);

      // The firmware doesn't answer: it waits, over the app's next life too, and a reset of the guest finishes it.
      const waiting = await update(on('2', model('e1000')), 'net1');
      assert.deepEqual([waiting.state, waiting.replugged], ['pending', true]);
      assert.equal((await machine.strips()).find(({ alias }) => alias === 'net1')?.detachPending, true);
      await machine.close();
      await machine.open();
      await machine.reset();
      await until(async () => /net1:[^\n]*model=e1000/.test(await devices()), 'the new card is there');
      await until(async () => /e1000/.test(await nicIn(true, 'net1', '')), 'and in the XML');
      await until(
        async () => (await machine.strips()).some(({ alias, detachPending }) => alias === 'net1' && !detachPending),
        'nothing waits',
      );
      await until(async () => !(await machine.connection.domains.get(machine.uuid)).pending, 'what runs is what is stored');
      await machine.stop(['br0', 'lo']);
      await machine.close();
    },
  },
};
