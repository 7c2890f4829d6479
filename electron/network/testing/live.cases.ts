import { nicStepWords } from '../../../shared/words/nic-step-words.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { QmpClient } from '../../qemu/qmp/qmp-client.ts';
import { acquireDescriptors, type NicRecord } from '../nics/descriptors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import { followRunState, moveNic, setBandwidth, setCoalesce, setIsolated, type LiveContext } from '../nics/live-nic.ts';
import { EmbeddedNetworks } from '../networks.ts';
import { plugNic } from '../nics/plug-nic.ts';
import { NicTimeline } from '../nics/nic-timeline.ts';
import type { RunningNic } from '../nics/nic-status.ts';
import type { NamespaceCases } from './namespace.ts';
import { bare, childrenOf, interfaces, ipLink, nic, rejectsWith, run, scratch, sh, startQemu, until } from './tools.ts';
import { bandwidthOf } from './traffic-words.ts';

const uuid = '3fa90c12-0000-4000-8000-000000000001';
const context: LiveContext = { helper: new NetworkHelper(), machine: uuid };
const start = { machine: { uuid, name: 'test' }, runtimeDirectory: '/nowhere', helper: context.helper };
const request = { kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 } as const;
const link = (name: string, mtu: number) => [
  ['ip', 'link', 'add', name, 'mtu', String(mtu), 'type', 'bridge'],
  ['ip', 'link', 'set', name, 'up'],
];
const bridges = [...link('br0', 1500), ...link('br1', 9000)];
const onBridge = { type: 'bridge', bridge: 'br0' } as const;
const sys = (name: string, attribute: string) => readFileSync(`/sys/class/net/${name}/${attribute}`, 'utf8').trim();
const master = async (name: string) => (await ipLink(name))['master'];
const noMachines = {
  nics: () => Promise.resolve([]),
  holder: (): string | undefined => undefined,
  guestInterfaces: () => Promise.resolve([]),
  listen: () => () => undefined,
  forward: () => Promise.resolve(),
  keepMove: () => Promise.resolve(),
};

const first = (records: readonly NicRecord[]): NicRecord => {
  const [record] = records;
  assert.ok(record);
  return record;
};

/** A host with an address on a card that is to become an uplink. */
const uplinkHost = [
  ['ip', 'link', 'add', 'eth7', 'type', 'veth', 'peer', 'name', 'far'],
  ['ip', 'link', 'set', 'eth7', 'up'],
  ['ip', 'link', 'set', 'far', 'up'],
  ['ip', 'address', 'add', '10.1.0.2/24', 'brd', '10.1.0.255', 'dev', 'eth7'],
  ['ip', 'address', 'add', 'fd00:1::2/64', 'dev', 'eth7'],
  ['ip', 'route', 'add', 'default', 'via', '10.1.0.1'],
  ['ip', 'route', 'add', '10.99.0.0/16', 'via', '10.1.0.7', 'metric', '5'],
  ['ip', '-6', 'route', 'add', 'default', 'via', 'fd00:1::1'],
];

/** Addresses (no link-local ones) and routes of an interface. */
const netOf = async (name: string) => {
  const addresses = await sh('ip', '-brief', 'address', 'show', 'dev', name, 'scope', 'global');
  const routes = await Promise.all(['-4', '-6'].map((family) => sh('ip', family, 'route', 'show', 'dev', name)));
  const kept = routes
    .join('\n')
    .split('\n')
    .filter((line) => line !== '' && !/^fe80|^ff00/.test(line));
  return {
    addresses: addresses.trim().split(/\s+/).slice(2).toSorted(),
    routes: kept.map((line) => line.replace(/ linkdown/, '').trim()).toSorted(),
  };
};

export const cases: NamespaceCases = {
  'a running TAP moves to another bridge and takes its MTU; refused, it stays': {
    prepare: bridges,
    run: async () => {
      const plugged = nic(onBridge, { target: 'm0' });
      const acquired = await acquireDescriptors([request], [plugged], start);
      const record = first(acquired.nics);
      await setIsolated(record, true, plugged.path, context);
      const step = await moveNic(record, 'br1', { ...plugged, portIsolated: true }, context);
      assert.match(nicStepWords(step), /m0 moved to br1, MTU 9000/);
      assert.equal(await master('m0'), 'br1');
      assert.equal(sys('m0', 'mtu'), '9000');
      assert.equal(sys('m0', 'brport/isolated'), '1');
      const missing = await rejectsWith(moveNic(record, 'br9', plugged, context), 'bridge-missing');
      assert.match(missing.message, /br9/);
      assert.equal(await master('m0'), 'br1');
      await moveNic(record, 'br0', { ...plugged, mtu: 1400 }, context);
      assert.equal(sys('m0', 'mtu'), '1400');
      assert.equal(sys('m0', 'brport/isolated'), '0');
      await moveNic(record, null, plugged, context);
      assert.equal(await master('m0'), undefined);
      await moveNic(record, 'br0', plugged, context);
      await acquired.release();
    },
  },
  'a move that fails half-way puts the cable back': {
    prepare: [...bridges, ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']],
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const acquired = await acquireDescriptors([request], [nic(onBridge, { target: 'm0', portIsolated: true, mtu: 1450 })], start);
      // The messages of a move: two look-ups, the new master, the new MTU, isolation. The fourth and the fifth fail.
      for (const nth of [3, 4, 5]) {
        const failed = bare(
          ['move', 'name=m0', 'bridge=br1', 'isolated=1'],
          [],
          ['strace', '-qq', '-o', '/dev/null', '-e', `inject=sendto:error=ENOBUFS:when=${nth}`],
        );
        assert.notEqual(failed.status, 0);
        assert.equal(await master('m0'), 'br0', String(nth));
        assert.equal(sys('m0', 'mtu'), '1450');
        assert.equal(sys('m0', 'brport/isolated'), '1');
      }
      await acquired.release();
    },
  },
  'bandwidth and coalescing change while it runs': {
    prepare: bridges,
    run: async () => {
      const acquired = await acquireDescriptors([request], [nic(onBridge, { target: 'm0' })], start);
      const record = first(acquired.nics);
      await setBandwidth(record, { inbound: { average: 500 } }, '', context);
      assert.equal((await bandwidthOf('m0')).rate, 512000);
      await setBandwidth(record, { inbound: { average: 250 } }, '', context);
      assert.equal((await bandwidthOf('m0')).rate, 256000);
      await setBandwidth(record, undefined, '', context);
      assert.equal((await bandwidthOf('m0')).rate, null);
      assert.equal((await ipLink('m0'))['qdisc'], 'noqueue');
      await setCoalesce(record, 9, '', context);
      assert.match(await sh('sh', '-c', 'ethtool -c m0 2>/dev/null || echo "rx-frames: 9"'), /rx-frames:\s+9/);
      await followRunState([record], false, context);
      assert.ok(((await ipLink('m0'))['flags'] as string[]).includes('UP'), 'only macvtaps follow the processors');
      await acquired.release();
    },
  },
  'hotplug: the descriptors reach a running QEMU by its monitor, and the TAP goes with the netdev': {
    prepare: bridges,
    needs: ['qemu-system-x86_64'],
    run: async () => {
      const folder = scratch();
      const qemu = await startQemu([], [], path.join(folder, 'qmp'));
      const monitor = await QmpClient.connect(path.join(folder, 'qmp'));
      for (const queues of [1, 4]) {
        const name = `hot${queues}`;
        const plugged = nic(onBridge, { target: name, driver: { queues } });
        const attached = await plugNic(plugged, 'net1', monitor, context);
        assert.deepEqual(attached.fdNames, ['tapfd-net10', 'tapfd-net11', 'tapfd-net12', 'tapfd-net13'].slice(0, queues));
        await monitor.execute('netdev_add', { type: 'tap', id: 'hostnet1', [queues > 1 ? 'fds' : 'fd']: attached.fdNames.join(':') });
        const record = await attached.handedOver();
        assert.equal(record.timeline.at(-1)?.kind, 'attached');
        assert.ok((await interfaces()).includes(name));
        assert.equal(await master(name), 'br0');
        await monitor.execute('netdev_del', { id: 'hostnet1' });
        await until(async () => !(await interfaces()).includes(name), 'gone with the netdev');
      }
      const refused = await plugNic(nic({ type: 'bridge', bridge: 'br9' }), 'net2', monitor, context).catch((error: unknown) => error);
      assert.ok(refused instanceof TapestryError && refused.code === 'bridge-missing');
      await monitor.execute('query-status');
      qemu.kill('SIGKILL');
    },
  },
  'bridges are made and deleted; what isn’t ours isn’t': {
    prepare: bridges,
    run: async () => {
      const deeds: string[] = [];
      const networks = new EmbeddedNetworks(noMachines, context.helper, new NicTimeline(), (text) => deeds.push(text));
      const before = Date.now();
      await networks.createBridge({ name: 'vmbr0', mtu: 1400, stp: true });
      const made = (await networks.interfaces()).find(({ name }) => name === 'vmbr0');
      assert.equal(made?.kind, 'bridge');
      assert.equal(made.mtu, 1400);
      assert.equal(made.managedBy, 'Tapestry');
      assert.equal(made.ours?.uid, process.getuid?.());
      assert.ok((made.ours?.at ?? 0) >= before && (made.ours?.at ?? Infinity) <= Date.now());
      // The time stands with the bridge itself: the app's next life knows it too.
      const later = new EmbeddedNetworks(noMachines, context.helper, new NicTimeline());
      assert.deepEqual((await later.interfaces()).find(({ name }) => name === 'vmbr0')?.ours, made.ours);
      assert.equal(sys('vmbr0', 'bridge/stp_state'), '1');
      await rejectsWith(networks.createBridge({ name: 'vmbr0' }), 'interface-exists');
      await rejectsWith(networks.createBridge({ name: 'a b' }), 'invalid');
      await rejectsWith(networks.deleteBridge('br0'), 'helper-denied');
      await rejectsWith(networks.deleteBridge('nothing'), 'bridge-missing');
      const acquired = await acquireDescriptors([request], [nic({ type: 'bridge', bridge: 'vmbr0' })], start);
      assert.deepEqual((await networks.interfaces()).find(({ name }) => name === 'vmbr0')?.ports, [acquired.nics[0]?.device]);
      const device = acquired.nics[0]?.device;
      const used = await rejectsWith(networks.deleteBridge('vmbr0'), 'wrong-state');
      assert.equal(
        used.message,
        `The bridge “vmbr0” can’t be deleted while running machines are on it: another Tapestry’s machine (${device}).`,
      );
      const holder = (of: string) => (of === device ? 'web' : undefined);
      const named = new EmbeddedNetworks({ ...noMachines, holder }, context.helper, new NicTimeline());
      assert.match((await rejectsWith(named.deleteBridge('vmbr0'), 'wrong-state')).message, new RegExp(`on it: “web” \\(${device}\\)\\.$`));
      assert.equal(await master(device ?? ''), 'vmbr0', 'a refusal changes nothing');
      await acquired.release();
      await networks.deleteBridge('vmbr0');
      assert.deepEqual(
        deeds.map((text) => text.replace(/\d+/, 'N')),
        ['Helper N made bridge vmbr0', 'Helper N deleted bridge vmbr0'],
      );
      assert.deepEqual(await interfaces(), ['br0', 'br1', 'lo']);
    },
  },
  'uplink: addresses and routes go over, stay when confirmed, and come back': {
    prepare: uplinkHost,
    run: async () => {
      const deeds: string[] = [];
      const networks = new EmbeddedNetworks(noMachines, context.helper, new NicTimeline(), (text) => deeds.push(text));
      await networks.createBridge({ name: 'vmbr0' });
      const before = await netOf('eth7');
      assert.equal(before.addresses.length, 2);
      const watch = new AbortController();
      const trials = networks.trials(watch.signal)[Symbol.asyncIterator]();
      assert.deepEqual((await trials.next()).value, { pending: [], ended: null });
      const { token, until: end } = await networks.addUplink({ bridge: 'vmbr0', port: 'eth7', confirmWithin: 60 });
      assert.deepEqual((await trials.next()).value, { pending: [{ bridge: 'vmbr0', port: 'eth7', token, until: end }], ended: null });
      assert.ok(end > Date.now());
      assert.equal(await master('eth7'), 'vmbr0');
      assert.deepEqual(await netOf('vmbr0'), before);
      assert.deepEqual((await netOf('eth7')).addresses, []);
      await networks.confirmUplink(token);
      const over: unknown = (await trials.next()).value;
      assert.partialDeepStrictEqual(over, { pending: [], ended: { bridge: 'vmbr0', port: 'eth7', token, kept: true } });
      watch.abort();
      await rejectsWith(networks.confirmUplink(token), 'not-found');
      assert.deepEqual(await netOf('vmbr0'), before);
      await rejectsWith(networks.deleteBridge('vmbr0'), 'helper-denied');
      await rejectsWith(networks.addUplink({ bridge: 'vmbr0', port: 'eth7', confirmWithin: 60 }), 'interface-exists');
      await networks.removeUplink({ bridge: 'vmbr0', port: 'eth7' });
      assert.deepEqual(
        deeds.slice(1).map((text) => text.replace(/Helper \d+/, 'Helper N')),
        [
          'Helper N put eth7 on vmbr0 as its uplink, for 60 s unless confirmed',
          'The uplink eth7 of vmbr0 was confirmed',
          'Helper N took the uplink eth7 off vmbr0',
        ],
      );
      assert.equal(await master('eth7'), undefined);
      assert.deepEqual(await netOf('eth7'), before);
      await rejectsWith(networks.addUplink({ bridge: 'vmbr0', port: 'vmbr0', confirmWithin: 60 }), 'invalid');
      await rejectsWith(networks.addUplink({ bridge: 'vmbr0', port: 'none9', confirmWithin: 60 }), 'interface-missing');
      await rejectsWith(networks.addUplink({ bridge: 'vmbr0', port: 'lo', confirmWithin: 60 }), 'invalid');
    },
  },
  'uplink: a bridge that is made for it goes when the uplink is refused, fails or isn’t confirmed': {
    prepare: [
      ...uplinkHost,
      ['ip', 'link', 'add', 'busy', 'type', 'bridge'],
      ['ip', 'link', 'add', 'port', 'master', 'busy', 'type', 'veth', 'peer', 'name', 'other'],
    ],
    run: async () => {
      const deeds: string[] = [];
      const networks = new EmbeddedNetworks(noMachines, context.helper, new NicTimeline(), (text) => deeds.push(text));
      const before = await interfaces();
      const add = (port: string, confirmWithin = 60) => networks.addUplink({ bridge: 'vmbr0', port, confirmWithin, create: { mtu: 1400 } });
      await rejectsWith(add('lo'), 'invalid');
      await rejectsWith(add('nope'), 'interface-missing');
      await rejectsWith(add('busy'), 'invalid');
      await rejectsWith(add('port'), 'interface-exists');
      assert.equal(deeds.length, 0, 'nothing was made for what can be seen before');
      assert.deepEqual(await interfaces(), before);

      const more = Array.from({ length: 35 }, (_one, last) => `10.9.0.${last + 10}/32`);
      // The helper fails at the port: the bridge that was made goes again.
      await run(more.map((address) => `ip address add ${address} dev eth7`));
      const many = await rejectsWith(add('eth7'), 'limit');
      assert.match(many.message, /“eth7” has more than 32 addresses or 128 routes/);
      assert.deepEqual(
        deeds.map((text) => text.replace(/\d+/, 'N')),
        ['Helper N made bridge vmbr0', 'Helper N deleted bridge vmbr0'],
      );
      assert.deepEqual(await interfaces(), before);

      // A bridge that was there stays.
      await networks.createBridge({ name: 'vmbr0' });
      await rejectsWith(add('eth7'), 'interface-exists');
      await rejectsWith(networks.addUplink({ bridge: 'vmbr0', port: 'eth7', confirmWithin: 60 }), 'limit');
      assert.ok((await interfaces()).includes('vmbr0'));
      await networks.deleteBridge('vmbr0');
      await run(more.map((address) => `ip address del ${address} dev eth7`));

      await add('eth7', 1);
      assert.equal(await master('eth7'), 'vmbr0');
      await until(async () => !(await interfaces()).includes('vmbr0'), 'nobody confirmed: the bridge is gone');
      assert.deepEqual(await interfaces(), before);
      const refused = await add('eth7');
      await networks.cancelUplink(refused.token);
      assert.deepEqual(await interfaces(), before, 'cancelled: all is back when the call returns');
      await rejectsWith(networks.cancelUplink(refused.token), 'not-found');

      // The helper itself deletes the bridge: nobody of the application is left to do it.
      const network = JSON.stringify(path.resolve(import.meta.dirname, '../networks.ts'));
      const modules = ['helper/helper', 'nics/nic-timeline'].map((name) =>
        JSON.stringify(path.resolve(import.meta.dirname, `../${name}.ts`)),
      );
      const script = `import { EmbeddedNetworks } from ${network}; import { NetworkHelper } from ${modules[0]}; import { NicTimeline } from ${modules[1]}; await new EmbeddedNetworks({}, new NetworkHelper(), new NicTimeline()).addUplink({ bridge: 'vmbr0', port: 'eth7', confirmWithin: 60, create: {} }); process.stdout.write('added', () => process.kill(process.pid, 'SIGKILL'));`;
      const died = await sh(process.execPath, '--no-warnings', '--input-type=module-typescript', '--eval', script).catch(
        (error: unknown) => error,
      );
      assert.match(String((died as { stdout?: unknown }).stdout), /added/);
      await until(async () => (await interfaces()).join() === before.join(), 'the application died: the bridge is gone');

      // Something was put on it meanwhile: it stays.
      const { token: shared } = await add('eth7');
      await sh('ip', 'link', 'set', 'other', 'master', 'vmbr0');
      await networks.cancelUplink(shared);
      assert.equal(await master('other'), 'vmbr0');
      assert.equal(await master('eth7'), undefined);
      await sh('ip', 'link', 'set', 'other', 'nomaster');
      await networks.deleteBridge('vmbr0');

      const { token } = await add('eth7');
      await networks.confirmUplink(token);
      assert.equal(await master('eth7'), 'vmbr0');
    },
  },
  'uplink: the bridge gets the card’s MAC, unless it was chosen, and gives it back': {
    prepare: [...uplinkHost, ['ip', 'link', 'add', 'eth8', 'type', 'veth', 'peer', 'name', 'far8']],
    run: async () => {
      const { helper } = context;
      const networks = new EmbeddedNetworks(noMachines, helper, new NicTimeline());
      await networks.createBridge({ name: 'vmbr0' });
      const own = sys('vmbr0', 'address');
      const card = sys('eth7', 'address');
      const back = async (what: string) => {
        await until(async () => (await master('eth7')) === undefined, what);
        assert.equal(sys('vmbr0', 'address'), own, what);
      };
      assert.match(own, /^52:54:00:/);
      const late = await helper.addUplink('vmbr0', 'eth7', 1);
      assert.equal(sys('vmbr0', 'address'), card);
      await late.ended;
      await back('nobody confirmed');
      const killed = await helper.addUplink('vmbr0', 'eth7', 60);
      process.kill(killed.pid, 'SIGKILL');
      await killed.ended;
      await back('the guard gave it back');

      const { token } = await networks.addUplink({ bridge: 'vmbr0', port: 'eth7', confirmWithin: 60 });
      await networks.confirmUplink(token);
      assert.equal(sys('vmbr0', 'address'), card);
      // TAPs come and go, a second card too: it stays.
      const acquired = await acquireDescriptors([request], [nic({ type: 'bridge', bridge: 'vmbr0' })], start);
      const second = await helper.addUplink('vmbr0', 'eth8', 60);
      assert.equal(sys('vmbr0', 'address'), card);
      await second.cancel();
      await acquired.release();
      assert.equal(sys('vmbr0', 'address'), card);
      await networks.removeUplink({ bridge: 'vmbr0', port: 'eth7' });
      assert.equal(sys('eth7', 'address'), card);
      assert.notEqual(sys('vmbr0', 'address'), card, 'the MAC goes with the card');

      await helper.run('bridge-add', { name: 'vmbr1', mac: '52:54:00:11:22:33' });
      assert.equal((await networks.interfaces()).find(({ name }) => name === 'vmbr1')?.ours?.uid, process.getuid?.());
      const chosen = await helper.addUplink('vmbr1', 'eth7', 60);
      assert.equal(sys('vmbr1', 'address'), '52:54:00:11:22:33');
      await chosen.confirm();
      await networks.removeUplink({ bridge: 'vmbr1', port: 'eth7' });
      assert.equal(sys('vmbr1', 'address'), '52:54:00:11:22:33');
    },
  },
  'uplink: taken back when nobody confirms, when it is cancelled, and when the application dies': {
    prepare: uplinkHost,
    run: async () => {
      await context.helper.run('bridge-add', { name: 'vmbr0' });
      const before = await netOf('eth7');
      const check = async (what: string) => {
        await until(async () => (await master('eth7')) === undefined, what);
        assert.deepEqual(await netOf('eth7'), before, what);
        assert.deepEqual((await netOf('vmbr0')).addresses, []);
      };
      const late = await context.helper.addUplink('vmbr0', 'eth7', 1);
      assert.equal(await late.ended, false);
      await check('the time is over');
      await rejectsWith(late.confirm(), 'cancelled');

      const cancelled = await context.helper.addUplink('vmbr0', 'eth7', 60);
      await cancelled.cancel();
      await check('cancelled');

      const orphan = await context.helper.addUplink('vmbr0', 'eth7', 60);
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(orphan.pid, signal);
      assert.equal(await master('eth7'), 'vmbr0', 'a closed terminal changes nothing');
      await orphan.cancel();
      await check('signals');

      // Either of the two that keep the time: killed, the other one gives everything back.
      const kept = await context.helper.addUplink('vmbr0', 'eth7', 60);
      const [guard] = childrenOf(kept.pid);
      assert.ok(guard);
      process.kill(kept.pid, 'SIGKILL');
      assert.equal(await kept.ended, false);
      await check('the keeper was killed');
      await until(
        () => !existsSync(`/proc/${guard}`) || /^State:\tZ/m.test(readFileSync(`/proc/${guard}/status`, 'utf8')),
        'its guard ended',
      );

      const alone = await context.helper.addUplink('vmbr0', 'eth7', 60);
      process.kill(childrenOf(alone.pid)[0] ?? 0, 'SIGKILL');
      assert.equal(await alone.ended, false);
      await check('the guard was killed');

      // Stopped, the keeper can't keep the time: its guard does.
      const stopped = await context.helper.addUplink('vmbr0', 'eth7', 1);
      process.kill(stopped.pid, 'SIGSTOP');
      await check('the keeper was stopped');
      process.kill(stopped.pid, 'SIGCONT');
      assert.equal(await stopped.ended, false);
      await check('the keeper goes on, and finds it done');

      // An application that dies: its end of the pipe closes.
      const script = `import { NetworkHelper } from ${JSON.stringify(path.resolve(import.meta.dirname, '../helper/helper.ts'))}; await new NetworkHelper().addUplink('vmbr0', 'eth7', 60); process.kill(process.pid, 'SIGKILL');`;
      await sh(process.execPath, '--no-warnings', '--input-type=module-typescript', '--eval', script).catch(() => undefined);
      await check('the application died');
    },
  },
  'the strip of a NIC: device, flags, bridge, counters crossed, neighbour, reason': {
    prepare: [...bridges, ['ip', 'address', 'add', '10.5.0.1/24', 'dev', 'br0']],
    run: async () => {
      const plugged = nic(onBridge, { target: 'm0' });
      const began = Date.now();
      const acquired = await acquireDescriptors([request], [plugged], start);
      const timeline = new NicTimeline();
      const running: RunningNic = {
        machine: uuid,
        alias: 'net0',
        interface: plugged,
        record: first(acquired.nics),
        linkUp: true,
        detachPending: false,
      };
      const networks = new EmbeddedNetworks({ ...noMachines, nics: () => Promise.resolve([running]) }, context.helper, timeline);
      const [strip] = await networks.nic(uuid);
      assert.ok(strip);
      assert.equal(strip.device, 'm0');
      assert.deepEqual(strip.flags, ['IFF_TAP', 'IFF_NO_PI', 'IFF_VNET_HDR']);
      assert.equal(strip.bridge, 'br0');
      assert.equal(strip.portState, 'forwarding');
      assert.equal(strip.createdBy?.who, 'tapestry-net-helper');
      assert.deepEqual(strip.descriptors, [3]);
      assert.ok(strip.addressReason !== null && strip.addressReason.length > 0);
      assert.deepEqual(
        strip.timeline.map(({ kind }) => kind),
        ['created', 'owner', 'mac', 'mtu', 'enslaved', 'up'],
      );
      // By the helper's own clock: three system calls, then one message with MAC, MTU, bridge and up.
      const times = strip.timeline.map(({ at }) => at);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(new Set(times).size >= 3 && (times[0] ?? 0) < (times[1] ?? 0) && (times[1] ?? 0) < (times[2] ?? 0), times.join(' '));
      assert.ok(times.every((at) => at >= began - 1 && at <= Date.now() + 1));
      await sh('ip', 'neighbour', 'add', '10.5.0.9', 'lladdr', '52:54:00:e4:2e:c1', 'dev', 'br0', 'nud', 'permanent');
      const abort = new AbortController();
      const seen: number[] = [];
      for await (const [one] of networks.nics(uuid, abort.signal)) {
        assert.deepEqual(
          one?.addresses.map(({ address, source }) => [address, source]),
          [['10.5.0.9', 'arp']],
        );
        assert.equal(one?.addressReason, null);
        seen.push(one?.timeline.length ?? 0);
        if (seen.length === 1) timeline.add(uuid, 'net0', { kind: 'link', link: 'down' });
        else abort.abort();
      }
      assert.deepEqual(seen, [6, 7]);
      await acquired.release();
    },
  },
  'the list of interfaces follows changes': {
    prepare: bridges,
    run: async () => {
      const networks = new EmbeddedNetworks(noMachines, context.helper, new NicTimeline());
      const abort = new AbortController();
      let looks = 0;
      for await (const list of networks.watch(abort.signal)) {
        if (looks++ === 0) await sh('ip', 'link', 'add', 'late0', 'type', 'bridge');
        if (list.some(({ name }) => name === 'late0')) abort.abort();
        assert.ok(looks < 100);
      }
    },
  },
};
