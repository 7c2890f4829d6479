import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { interfaces, ipLink, rejectsWith, until } from '../../../network/testing/tools.ts';
import { guestCommandLine } from '../../../guest/command-line.ts';
import { GuestShell } from './guest-shell.ts';
import { never, NicMachine } from './nic-machine.ts';

const isUp = async (name: string) => ((await ipLink(name))['flags'] as string[]).includes('UP');
const modeOf = async (name: string) => ((await ipLink(name))['linkinfo'] as { info_data: { mode: string } }).info_data.mode;

/** Is this pid a passt that runs? */
const passtRuns = (pid: number | null | undefined): boolean => {
  try {
    return pid !== null && pid !== undefined && /^Name:\s+passt(?:.*\n)+?State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // it is gone
  }
};

/** Every passt in this process namespace. */
const passts = (): number[] => {
  const pids = execFileSync('sh', ['-c', 'ls /proc | grep -E "^[0-9]+$"'], { encoding: 'utf8' }).trim().split('\n').map(Number);
  return pids.filter((pid) => passtRuns(pid));
};

/** Does somebody listen on this port here? */
const listening = (port: number): boolean =>
  ['tcp', 'tcp6'].some((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .some((line) => new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 0+:0000 0A`).test(line)),
  );

const lower = [
  ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
  ['ip', 'link', 'set', 'v0', 'up'],
];
/** passt wants a way out. */
const wayOut = [
  ...lower,
  ['ip', 'link', 'set', 'v1', 'up'],
  ['ip', 'address', 'add', '10.1.0.2/24', 'dev', 'v0'],
  ['ip', 'route', 'add', 'default', 'via', '10.1.0.1'],
];
const direct = (mode: string, inner = '', last = 2) =>
  `<interface type='direct'><mac address='52:54:00:00:00:0${last}'/><source dev='v0' mode='${mode}'/><model type='virtio'/>${inner}</interface>`;
const passt = (last: string, forwards = '') =>
  `<interface type='user'><mac address='52:54:00:00:00:0${last}'/>${forwards}<model type='virtio'/><backend type='passt'/></interface>`;
const forward = (port: number) => `<portForward proto='tcp'><range start='${port}' to='22'/></portForward>`;
const recordOf = (machine: NicMachine) =>
  JSON.parse(readFileSync(path.join(machine.folder, 's', machine.uuid, 'record.json'), 'utf8')) as {
    nics: { alias: string; processId: number | null }[];
  };
/** The passt that serves a NIC now. */
const passtOf = (machine: NicMachine, alias: string) => recordOf(machine).nics.find((nic) => nic.alias === alias)?.processId;
const command = (machine: NicMachine, execute: string, args: Readonly<Record<string, unknown>>) =>
  machine.connection.domains.monitor(machine.uuid, JSON.stringify({ execute, arguments: args }));
/** Sends bytes through a forwarded port of this host, and has others back from the guest's `nc`, which listens on `guestPort`. */
const exchange = async (guest: GuestShell, hostPort: number, guestPort: number): Promise<void> => {
  // nc ends when its own input does: it gets one, and the guest's shell goes on.
  await guest.run(`rm -f /tmp/got; (echo of-guest | nc -l -p ${guestPort} >/tmp/got) &`);
  await until(async () => (await guest.run('netstat -ltn')).includes(`:${guestPort} `), 'the guest listens');
  const socket = createConnection(hostPort, '127.0.0.1').setEncoding('latin1');
  let heard = '';
  let failure: unknown;
  socket.on('data', (text: string) => (heard += text)).on('error', (error) => (failure = error));
  socket.write('of-host\n');
  await until(() => heard.includes('of-guest') || failure !== undefined, `the guest’s bytes come through port ${hostPort}`);
  assert.equal(failure, undefined);
  await until(async () => (await guest.run('cat /tmp/got')).includes('of-host'), `and bytes reach the guest through port ${hostPort}`);
  socket.destroy();
};
/** What QEMU says is behind each NIC. */
const network = async (machine: NicMachine) =>
  JSON.stringify(await command(machine, 'human-monitor-command', { 'command-line': 'info network' }));

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
        ['created', 'other', 'attached', 'up'],
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
  'passt: forwards from the start; others while the machine runs, under the same NIC; plugged in and out': {
    as: ['root', 'user'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(passt('1', forward(7001)));
      await machine.act('start');
      const { pid } = machine.connection.domains.get(machine.uuid);
      assert.ok(listening(7001), 'a forward of the definition is there from the start');
      const first = passtOf(machine, 'net0');
      assert.ok(passtRuns(first));
      const change = (how: 'add' | 'remove', hostPort: number, scope: 'live' | 'both' = 'both') =>
        machine.connection.networks?.forward({ machine: machine.uuid, alias: 'net0', how, proto: 'tcp', hostPort, guestPort: 22, scope });

      await change('add', 7002);
      assert.ok(listening(7001) && listening(7002));
      const second = passtOf(machine, 'net0');
      assert.notEqual(second, first);
      assert.deepEqual(passts(), [second]);
      assert.equal(machine.connection.domains.get(machine.uuid).pid, pid);
      // What the new one sends reaches the NIC: a connection to the new port becomes a packet.
      const dump = path.join(machine.folder, 'packets');
      await command(machine, 'object-add', { 'qom-type': 'filter-dump', id: 'dump', netdev: 'hostnet0', file: dump });
      const caller = createConnection(7002, '127.0.0.1').on('error', () => undefined);
      await until(() => readFileSync(dump).length > 24, 'a packet through the new passt');
      caller.destroy();
      await command(machine, 'object-del', { id: 'dump' });
      const xmls = async () => machine.connection.domains.xml(machine.uuid);
      for (const text of [(await xmls()).live, (await xmls()).inactive]) assert.match(text ?? '', /start=.7002. to=.22./);
      assert.match((await machine.strips())[0]?.timeline.at(-1)?.text ?? '', /passt \d+ replaced by \d+ .*connections through it broke/);
      assert.equal((await machine.strips())[0]?.link, 'up');

      // A port that is taken: nothing changes, not even the process.
      const taken = createServer().listen(7003);
      await once(taken, 'listening');
      await rejectsWith(change('add', 7003) ?? Promise.resolve(), 'invalid');
      assert.equal(passtOf(machine, 'net0'), second);
      taken.close();
      await once(taken, 'close');

      // The app's next life changes what an earlier one began.
      await machine.close();
      await machine.open();
      await change('remove', 7001);
      await until(() => !listening(7001), 'the removed forward is gone');
      assert.ok(listening(7002));
      assert.doesNotMatch((await xmls()).inactive ?? '', /7001/);

      // A second NIC, plugged and unplugged.
      await machine.device('attach', passt('2', forward(7004)), 'live');
      const plugged = passtOf(machine, 'net1');
      assert.ok(passtRuns(plugged) && listening(7004));
      assert.match(await network(machine), /net1.*hostnet1/s);
      // A passt that can't serve: no process, no netdev.
      const inUse = await rejectsWith(machine.device('attach', passt('3', forward(7004)), 'live'), 'start-failed');
      assert.match(inUse.message, /^TCP port 7004 of this computer is in use\.$/);
      assert.match(inUse.data.path ?? '', /\/portForward\/range\/@start$/);
      assert.doesNotMatch(await network(machine), /hostnet2/);
      assert.equal(passts().length, 2);
      await machine.device('detach', passt('2'), 'live');
      await machine.reset();
      await until(() => !passtRuns(plugged), 'its passt is gone with the NIC');
      await until(() => !listening(7004), 'and its port');

      await machine.act('destroy');
      await until(() => passts().length === 0, 'no passt is left');
      assert.ok(!existsSync(path.join(machine.folder, 's', machine.uuid)));
      await machine.close();
    },
  },
  'passt: a live change that can’t be stored, and one whose passt can’t serve, are taken back': {
    as: ['root'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(
        passt('1', forward(7001)) + "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>",
      );
      await machine.act('start-paused');
      const before = await machine.connection.domains.xml(machine.uuid);
      const definitions = path.join(machine.folder, 'm');
      execFileSync('mount', ['--bind', definitions, definitions]);
      execFileSync('mount', ['-o', 'remount,bind,ro', definitions]);
      for (const [alias, how, hostPort] of [
        ['net0', 'add', 7002],
        ['net0', 'remove', 7001],
        ['net1', 'add', 7005],
      ] as const) {
        const asked = machine.connection.networks?.forward({
          machine: machine.uuid,
          alias,
          how,
          proto: 'tcp',
          hostPort,
          guestPort: 22,
          scope: 'both',
        });
        await rejectsWith(asked ?? Promise.resolve(), 'io');
        assert.deepEqual(await machine.connection.domains.xml(machine.uuid), before, `${how} ${hostPort} of ${alias}`);
        await until(() => listening(7001) && !listening(7002) && !listening(7005), `the ports are as before ${how} ${hostPort}`);
      }
      execFileSync('umount', [definitions]);
      assert.equal(passts().length, 1);
      // passt itself says no: an address that this host hasn't got.
      const refused = machine.connection.networks?.forward({
        machine: machine.uuid,
        alias: 'net0',
        how: 'add',
        proto: 'tcp',
        hostAddress: '10.77.0.1',
        hostPort: 7006,
        guestPort: 22,
        scope: 'both',
      });
      await rejectsWith(refused ?? Promise.resolve(), 'invalid');
      assert.deepEqual(await machine.connection.domains.xml(machine.uuid), before);
      await machine.act('destroy');
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
        until(async () => text.test((await strip(alias)).timeline.at(-1)?.text ?? ''), `the timeline tells ${String(text)}`);
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
      await machine.connection.networks?.createBridge({ name: 'br0' });
      await putBack(onBridge);
      assert.equal((await ipLink(device))['master'], 'br0');
      assert.equal((await strip('net0')).fault, undefined);
      assert.match((await strip('net0')).timeline.at(-1)?.text ?? '', /moved to br0/);

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
      assert.match((await strip('net1')).timeline.at(-1)?.text ?? '', /replaced by \d+ because it had ended/);
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
      assert.match(after?.timeline.at(-1)?.text ?? '', /re-plugged/);
      assert.equal(machine.connection.domains.get(machine.uuid).pending, false);

      // No model means the usual one, not the one that is there; a MAC that isn't said again stays, in the running XML too.
      await rejectsWith(update(on('2', ''), 'net1', 'live', false), 'unsupported-operation');
      assert.match(await nicIn(true, 'net1', ''), /<model type='virtio'/);
      const plain = (link: string) =>
        `<interface type='bridge'><source bridge='br0'/><model type='virtio'/><link state='${link}'/></interface>`;
      for (const link of ['down', 'up']) assert.equal((await update(plain(link), 'net1', 'live', false)).state, 'done');
      assert.match(await nicIn(true, 'net1', ''), /<model type='virtio'.*00:02/s);

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
      await until(() => !machine.connection.domains.get(machine.uuid).pending, 'what runs is what is stored');
      await machine.stop(['br0', 'lo']);
      await machine.close();
    },
  },
  'a real guest is reached through forwards of passt and of slirp; keeps its address while passt is replaced; and is re-plugged': {
    as: ['root'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const serial = path.join(machine.folder, 'serial');
      const guest = new GuestShell();
      await guest.listen(serial);
      const kernel = process.env['TAPESTRY_TEST_KERNEL'] ?? '';
      const initrd = process.env['TAPESTRY_TEST_INITRD'] ?? '';
      const nic = (mac: string) =>
        `<interface type='user'><mac address='${mac}'/><portForward proto='tcp'><range start='7001' to='8080'/></portForward><model type='virtio'/><backend type='passt'/></interface>`;
      const slirp = `<interface type='user'><mac address='52:54:00:00:00:03'/><portForward proto='tcp' address='127.0.0.1'><range start='7009' to='8080'/></portForward><model type='virtio'/></interface>`;
      const append = guestCommandLine({ autologin: true, hostname: 'guest' });
      machine.uuid = (
        await machine.connection.domains.define({
          xml: `<domain type='qemu'><name>guest</name><memory unit='MiB'>160</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type><kernel>${kernel}</kernel><initrd>${initrd}</initrd><cmdline>${append}</cmdline></os><features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${nic('52:54:00:00:00:01')}${slirp}<serial type='unix'><source mode='connect' path='${serial}'/></serial></devices></domain>`,
        })
      ).uuid;
      await machine.act('start');
      await guest.see('guest:~# ');
      const addresses = () => guest.run('ip -4 address show eth0 | grep -o "inet [0-9.]*"; cat /sys/class/net/eth0/carrier_changes');
      await until(async () => (await addresses()).includes('inet 10.1.0.2'), 'the guest has its address of passt');
      /** Asks passt for the address again: what answers serves the guest. */
      const asks = () => guest.run('udhcpc -i eth0 -n -q -t 20 -T 1 -s /bin/true 2>&1 | grep -o "lease of [0-9.]* obtained from"');
      assert.match(await asks(), /lease of 10\.1\.0\.2 obtained/);
      await exchange(guest, 7001, 8080);
      await guest.run('ip link set eth1 up; ip address add 10.0.2.15/24 dev eth1');
      await exchange(guest, 7009, 8080);
      const before = await addresses();

      await machine.connection.networks?.forward({
        machine: machine.uuid,
        alias: 'net0',
        how: 'add',
        proto: 'tcp',
        hostPort: 7002,
        guestPort: 8080,
        scope: 'live',
      });
      assert.ok(listening(7001) && listening(7002));
      assert.equal(await addresses(), before, 'address and carrier of the guest stayed');
      await exchange(guest, 7002, 8080);
      await exchange(guest, 7001, 8080);
      assert.match(await asks(), /lease of 10\.1\.0\.2 obtained/, 'and the new passt serves it');

      // Its guest lets go at once; the new card has another MAC, and takes its address anew.
      const replugged = await machine.connection.domains.device(
        { machine: machine.uuid, how: 'update', xml: nic('52:54:00:00:00:77'), scope: 'live', replug: true, alias: 'net0' },
        never,
      );
      assert.deepEqual([replugged.state, replugged.replugged], ['done', true]);
      await until(
        async () => (await guest.run('cat /sys/class/net/*/address')).includes('52:54:00:00:00:77'),
        'the guest has the new card',
      );
      assert.doesNotMatch(await guest.run('cat /sys/class/net/*/address'), /52:54:00:00:00:01/);
      await machine.act('destroy');
      guest.close();
      await machine.close();
    },
  },
};
