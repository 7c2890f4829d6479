import { nicStepWords } from '../../../shared/words/nic-step-words.ts';
import { lastWords } from './last-words.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NetworkHelper } from '../helper/helper.ts';
import { acquireDescriptors, releaseNics, type NicDescriptorRequest } from '../nics/descriptors.ts';
import { interfaceFacts } from '../view/interface-facts.ts';
import { bandwidthOf } from './traffic-words.ts';
import type { NamespaceCases } from './namespace.ts';
import { interfaces, ipLink, nic, rejectsWith, scratch, sh, startQemu, until } from './tools.ts';

const uuid = '3fa90c12-0000-4000-8000-000000000001';
const helper = new NetworkHelper();
const context = (runtimeDirectory = '/nowhere') => ({ machine: { uuid, name: 'test' }, runtimeDirectory, helper });

const tapRequests = (queues = 1): NicDescriptorRequest[] =>
  Array.from({ length: queues }, (_entry, queue) => ({ kind: 'tap', alias: 'net0', interfaceIndex: 0, queue, queues }));

const sys = (name: string, attribute: string) => readFileSync(`/sys/class/net/${name}/${attribute}`, 'utf8').trim();
const uid = String(process.getuid?.());
const bridges = [
  ['ip', 'link', 'add', 'br200', 'mtu', '9000', 'type', 'bridge'],
  ['ip', 'link', 'set', 'br200', 'up'],
];
const onBridge = { type: 'bridge', bridge: 'br200' } as const;
const ethernet = { type: 'ethernet', ips: [], routes: [] } as const;

/** Is it there, and neither gone nor waiting to be buried? */
const passtRuns = (pid: number | null | undefined): boolean => {
  try {
    return /^\d+ \(passt[^)]*\) [^ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

export const cases: NamespaceCases = {
  'bridge: an automatic name, host MAC, MTU of the bridge, virtio header, up, and gone with the descriptor': {
    prepare: bridges,
    run: async () => {
      const acquired = await acquireDescriptors(tapRequests(), [nic(onBridge)], context());
      const record = acquired.nics[0];
      assert.ok(record?.device);
      assert.match(record.device, /^vt[0-9a-f]{8}$/);
      assert.equal(sys(record.device, 'address'), 'fe:54:00:e4:2e:c1');
      assert.equal(sys(record.device, 'mtu'), '9000');
      assert.equal(sys(record.device, 'tun_flags'), '0x5002');
      assert.equal(sys(record.device, 'owner'), uid);
      const link = await ipLink(record.device);
      assert.equal(link['master'], 'br200');
      assert.ok((link['flags'] as string[]).includes('UP'));
      assert.equal(link['qdisc'], 'noqueue');
      assert.match(String(link['ifalias']), new RegExp(`^tapestry uid=${uid} vm=${uuid} at=\\d{13}$`));
      assert.equal(
        JSON.parse(await sh('ip', '-json', 'address', 'show', 'dev', record.device))[0].addr_info.length,
        0,
        'no address of the host on the guest’s segment',
      );
      assert.deepEqual(
        record.timeline.map(({ kind }) => kind),
        ['created', 'owner', 'mac', 'mtu', 'enslaved', 'up'],
      );
      await acquired.handedOver();
      assert.deepEqual(await interfaces(), ['br200', 'lo']);
    },
  },
  'bridge: MAC that begins with fe, an MTU of its own, isolation, several queues, rtl8139 without a header': {
    prepare: bridges,
    run: async () => {
      const many = nic(onBridge, {
        mac: 'fe:54:00:00:00:01',
        mtu: 1400,
        portIsolated: true,
        driver: { queues: 4 },
        target: 'lan0',
        coalesceRxFrames: 7,
      });
      const acquired = await acquireDescriptors(tapRequests(4), [many], context());
      assert.equal(acquired.fds.length, 4);
      assert.equal(sys('lan0', 'address'), 'fa:54:00:00:00:01');
      assert.equal(sys('lan0', 'mtu'), '1400');
      assert.equal(sys('lan0', 'tun_flags'), '0x5102');
      assert.equal(sys('lan0', 'brport/isolated'), '1');
      await acquired.release();
      const plain = await acquireDescriptors(tapRequests(), [nic(onBridge, { model: 'rtl8139', target: 'lan1' })], context());
      assert.equal(sys('lan1', 'tun_flags'), '0x1002');
      await plain.release();
      assert.deepEqual(await interfaces(), ['br200', 'lo']);
    },
  },
  'a bridge that is missing, or is none, is told by name, and nothing is left': {
    prepare: [['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']],
    run: async () => {
      const missing = await rejectsWith(acquireDescriptors(tapRequests(), [nic(onBridge)], context()), 'bridge-missing');
      assert.match(missing.message, /“br200” does not exist/);
      assert.equal(missing.data.path, '/domain/devices/interface[1]/source/@bridge');
      assert.equal(missing.data.fixes?.[0]?.kind, 'create-bridge');
      await rejectsWith(acquireDescriptors(tapRequests(), [nic({ type: 'bridge', bridge: 'v0' })], context()), 'not-a-bridge');
      await rejectsWith(acquireDescriptors(tapRequests(), [nic(ethernet, { mtu: 65521 + 1 })], context()), 'invalid');
      const name = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'sixteen-bytes-xx' })], context()),
        'invalid',
      );
      assert.equal(name.data.path, '/domain/devices/interface[1]/target/@dev');
      await rejectsWith(acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'a%db%d' })], context()), 'invalid');
      assert.deepEqual(await interfaces(), ['lo', 'v0', 'v1']);
    },
  },
  'a name that exists is refused for every type, told apart, and not touched': {
    prepare: [
      ...bridges,
      ['ip', 'tuntap', 'add', 'mine0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
    ],
    run: async () => {
      const before = await Promise.all(['mine0', 'v0'].map((name) => interfaceFacts(name)));
      const persistent = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(onBridge, { target: 'mine0' })], context()),
        'interface-exists',
      );
      assert.match(persistent.message, /“mine0” already exists: it is a persistent TAP of uid \d+/);
      assert.equal(persistent.data.path, '/domain/devices/interface[1]/target/@dev');
      const managed = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'mine0' })], context()),
        'interface-exists',
      );
      assert.ok(managed.data.fixes?.some(({ kind }) => kind === 'use-managed-no'));
      const veth = await rejectsWith(acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'v0' })], context()), 'interface-exists');
      assert.match(veth.message, /veth/);
      const first = await acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'busy0' })], context());
      const busy = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'busy0' })], context()),
        'interface-exists',
      );
      assert.match(busy.message, /in use by .*\(pid \d+\)/);
      await first.release();
      assert.deepEqual(await Promise.all(['mine0', 'v0'].map((name) => interfaceFacts(name))), before);
    },
  },
  'a name with %d gets the lowest number that is free': {
    prepare: [['ip', 'link', 'add', 'lan0', 'type', 'bridge']],
    run: async () => {
      const numbered = nic(ethernet, { target: 'lan%d' });
      const first = await acquireDescriptors(tapRequests(), [numbered], context());
      const second = await acquireDescriptors(tapRequests(), [numbered], context());
      assert.deepEqual([first.nics[0]?.device, second.nics[0]?.device], ['lan1', 'lan2']);
      await first.release();
      await second.release();
    },
  },
  'two NICs of one machine with one name: the second is refused and the first is taken back': {
    prepare: bridges,
    run: async () => {
      const requests: NicDescriptorRequest[] = [0, 1].map((index) => ({
        kind: 'tap',
        alias: `net${index}`,
        interfaceIndex: index,
        queue: 0,
        queues: 1,
      }));
      await rejectsWith(
        acquireDescriptors(requests, [nic(onBridge, { target: 'twin' }), nic(ethernet, { target: 'twin' })], context()),
        'interface-exists',
      );
      assert.deepEqual(await interfaces(), ['br200', 'lo']);
    },
  },
  'managed=no: opened as it is, survives; refusals say what is wrong': {
    prepare: [
      ['ip', 'tuntap', 'add', 'own0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'set', 'own0', 'address', '02:00:00:00:00:07', 'mtu', '1300'],
      ['ip', 'tuntap', 'add', 'ownmq', 'mode', 'tap', 'user', 'UID', 'multi_queue', 'vnet_hdr'],
      ['ip', 'tuntap', 'add', 'owntun', 'mode', 'tun', 'user', 'UID'],
    ],
    as: ['root', 'user', 'capable'],
    run: async () => {
      const own = (target: string, more = {}) => [nic(ethernet, { target, targetManaged: false, mtu: 9000, ...more })];
      const before = await interfaceFacts('own0');
      const acquired = await acquireDescriptors(tapRequests(), own('own0'), context());
      assert.equal(acquired.nics[0]?.created, false);
      assert.equal(acquired.nics[0]?.createdBy, null);
      assert.deepEqual(await interfaceFacts('own0'), before);
      await rejectsWith(acquireDescriptors(tapRequests(), own('own0'), context()), 'interface-exists');
      await acquired.release();
      assert.deepEqual(await interfaceFacts('own0'), before, 'survives the machine');
      const queues = await rejectsWith(acquireDescriptors(tapRequests(), own('ownmq'), context()), 'invalid');
      assert.match(queues.message, /multi_queue/);
      const many = await acquireDescriptors(tapRequests(2), own('ownmq', { driver: { queues: 2 } }), context());
      await many.release();
      await rejectsWith(acquireDescriptors(tapRequests(), own('owntun'), context()), 'interface-missing');
      await rejectsWith(acquireDescriptors(tapRequests(), own('nothing'), context()), 'interface-missing');
      await rejectsWith(acquireDescriptors(tapRequests(), [nic(ethernet, { targetManaged: false })], context()), 'interface-missing');
      const limited = own('own0', { bandwidth: { inbound: { average: 100 } } });
      await rejectsWith(acquireDescriptors(tapRequests(), limited, context()), 'unsupported-operation');
      assert.deepEqual(await interfaceFacts('own0'), before);
    },
  },
  'managed=no: a TAP of another user is not opened': {
    as: ['capable'],
    prepare: [['ip', 'tuntap', 'add', 'foreign0', 'mode', 'tap', 'user', '1']],
    run: async () => {
      const error = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'foreign0', targetManaged: false })], context()),
        'helper-denied',
      );
      assert.match(error.message, /another user/);
    },
  },
  'ethernet: up and down script with one argument, and none when no TAP came to be': {
    run: async () => {
      const folder = scratch();
      const trace = path.join(folder, 'trace');
      const write = async (name: string, body: string) => {
        const file = path.join(folder, name);
        await sh('sh', '-c', `printf '#!/bin/sh\\n%s\\n' "$1" > "$0"; chmod +x "$0"`, file, body);
        return file;
      };
      const up = await write('up', `echo "up $# $1 $(cat /sys/class/net/$1/flags) $PWD $LC_ALL $SECRET" >> ${trace}`);
      const down = await write('down', `echo "down $# $1 $(ls /sys/class/net | tr '\\n' ' ')" >> ${trace}`);
      const scripted = nic(ethernet, { target: 'tap10', script: up, downscript: down, model: 'rtl8139' });
      process.env['SECRET'] = 'secret';
      const acquired = await acquireDescriptors(tapRequests(), [scripted], context());
      const flags = sys('tap10', 'flags');
      await acquired.release();
      assert.deepEqual(readFileSync(trace, 'utf8').split('\n').slice(0, 2), [`up 1 tap10 ${flags} / C `, 'down 1 tap10 lo ']);

      const failing = await write('failing', 'echo no luck >&2; exit 3');
      const failed = await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'tap11', script: failing, downscript: down })], context()),
        'script-failed',
      );
      assert.match(failed.message, /status 3: no luck/);
      const slow = await write('slow', 'sleep 100');
      await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'tap12', script: slow })], { ...context(), scriptDeadline: 200 }),
        'script-failed',
      );
      await rejectsWith(
        acquireDescriptors(tapRequests(), [nic(ethernet, { target: 'tap13', script: '/no/such/script' })], context()),
        'script-failed',
      );
      const size = readFileSync(trace, 'utf8').length;
      await rejectsWith(acquireDescriptors(tapRequests(), [nic(onBridge, { downscript: down })], context()), 'bridge-missing');
      assert.equal(readFileSync(trace, 'utf8').length, size, 'no down script for what never was');
      assert.deepEqual(await interfaces(), ['lo']);
    },
  },
  'ethernet: host addresses and routes, also when they are there already': {
    run: async () => {
      const source = {
        type: 'ethernet',
        ips: [
          { path: '', address: '10.7.0.1', family: 'ipv4', prefix: 24 },
          { path: '', address: 'fd00:7::1', family: 'ipv6', prefix: 64 },
        ],
        routes: [{ path: '', family: 'ipv4', address: '10.8.0.0', prefix: 16, gateway: '10.7.0.2' }],
      } as const;
      const acquired = await acquireDescriptors(tapRequests(), [nic(source, { target: 'tap10' })], context());
      const [link] = JSON.parse(await sh('ip', '-json', 'address', 'show', 'dev', 'tap10')) as { addr_info: { local: string }[] }[];
      const locals = link?.addr_info.map(({ local }) => local) ?? [];
      assert.ok(locals.includes('10.7.0.1') && locals.includes('fd00:7::1'));
      assert.match(await sh('ip', 'route', 'show'), /10\.8\.0\.0\/16 via 10\.7\.0\.2 dev tap10 .*metric 1/);
      await acquired.release();
    },
  },
  'bandwidth is set as a whole or not at all': {
    prepare: bridges,
    run: async () => {
      const acquired = await acquireDescriptors(
        tapRequests(),
        [nic(onBridge, { target: 'lim0', bandwidth: { inbound: { average: 1000, peak: 2000, burst: 100 }, outbound: { average: 0 } } })],
        context(),
      );
      assert.deepEqual(await bandwidthOf('lim0'), { rate: 1024000, ceil: 2048000, police: false });
      await acquired.release();
      const both = nic(onBridge, { target: 'lim1', bandwidth: { inbound: { average: 1000 }, outbound: { average: 500 } } });
      const outbound = await acquireDescriptors(tapRequests(), [both], context()).then(
        (one) => one,
        (error: unknown) => error,
      );
      if (outbound instanceof Error) {
        // This kernel has no policer: said so, and nothing is left.
        assert.match(outbound.message, /kernel can’t limit outbound/);
        assert.deepEqual(await interfaces(), ['br200', 'lo']);
      } else {
        assert.equal((await bandwidthOf('lim1')).police, true);
        await (outbound as { release(): Promise<void> }).release();
      }
    },
  },
  'the TAP lives exactly as long as QEMU: killed, it is gone, without us': {
    prepare: bridges,
    needs: ['qemu-system-x86_64'],
    run: async () => {
      const folder = scratch();
      const both = [
        nic(onBridge, { mac: '52:54:00:e4:2e:c1', target: 'q0' }),
        nic(onBridge, { mac: '52:54:00:e4:2e:c2', target: 'q1', driver: { queues: 2 } }),
      ];
      const requests: NicDescriptorRequest[] = [
        { kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 },
        { kind: 'tap', alias: 'net1', interfaceIndex: 1, queue: 0, queues: 2 },
        { kind: 'tap', alias: 'net1', interfaceIndex: 1, queue: 1, queues: 2 },
      ];
      const acquired = await acquireDescriptors(requests, both, context(folder));
      const devices = [
        '-netdev',
        '{"type":"tap","fd":"3","id":"hostnet0"}',
        '-device',
        '{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0"}',
      ];
      const more = [
        '-netdev',
        '{"type":"tap","fds":"4:5","id":"hostnet1"}',
        '-device',
        '{"driver":"virtio-net-pci","mq":true,"netdev":"hostnet1","id":"net1"}',
      ];
      const qemu = await startQemu([...devices, ...more], acquired.fds, path.join(folder, 'qmp'));
      const records = await acquired.handedOver(qemu.pid);
      assert.deepEqual(
        records.map(({ descriptors }) => descriptors),
        [[3], [4, 5]],
      );
      assert.match(lastWords(records[1]?.timeline), /as fd 4, 5/);
      assert.deepEqual(await interfaces(), ['br200', 'lo', 'q0', 'q1']);
      assert.match(readFileSync(`/proc/${qemu.pid}/fdinfo/3`, 'utf8'), /iff:\tq0/);
      assert.equal(sys('q0', 'carrier'), '1');
      qemu.kill('SIGKILL');
      await until(async () => (await interfaces()).length === 2, 'the TAPs are gone');
      const steps = await releaseNics(records, helper);
      assert.deepEqual(
        steps.map(({ kind }) => kind),
        ['gone', 'gone'],
      );
    },
  },
  'passt: a process per NIC that ends with the start that failed, and with QEMU': {
    as: ['root'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: [
      ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
      ['ip', 'address', 'add', '10.1.0.2/24', 'dev', 'v0'],
      ['ip', 'link', 'set', 'v0', 'up'],
      ['ip', 'link', 'set', 'v1', 'up'],
      ['ip', 'route', 'add', 'default', 'via', '10.1.0.1'],
    ],
    run: async () => {
      const folder = scratch();
      const user = nic({ type: 'user' }, { backend: { type: 'passt' } });
      const start = () => acquireDescriptors([{ kind: 'stream', alias: 'net0', interfaceIndex: 0 }], [user], context(folder));
      const failed = await start();
      assert.ok(passtRuns(failed.nics[0]?.processId));
      await failed.release();
      await until(() => !passtRuns(failed.nics[0]?.processId), 'passt ended with the start');

      const acquired = await start();
      const pid = acquired.nics[0]?.processId;
      const netdev = ['-netdev', '{"type":"stream","addr":{"type":"fd","str":"3"},"server":false,"id":"hostnet0"}'];
      const qemu = await startQemu([...netdev, '-device', 'virtio-net-pci,netdev=hostnet0'], acquired.fds, path.join(folder, 'qmp'));
      await acquired.handedOver(qemu.pid);
      assert.ok(passtRuns(pid));
      qemu.kill('SIGKILL');
      await until(() => !passtRuns(pid), 'passt ended with QEMU');
      assert.deepEqual(
        (await releaseNics(acquired.nics, helper)).filter((step) => nicStepWords(step).includes('passt')),
        [],
      );
    },
  },
  'direct: closed to an ordinary user without udev’s rule, which the error names; the macvtap is taken away again': {
    as: ['capable'],
    prepare: [['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']],
    acl: 'allow direct * v0\nallow name * vt*\n',
    run: async () => {
      const request: NicDescriptorRequest = { kind: 'macvtap', alias: 'net0', interfaceIndex: 0, queue: 0 };
      const error = await rejectsWith(
        acquireDescriptors([request], [nic({ type: 'direct', dev: 'v0', mode: 'bridge' })], context()),
        'helper-failed',
      );
      assert.match(error.message, /^The macvtap’s device \/dev\/tap\d+ is closed to you\.$/);
      assert.match(error.data.next ?? '', /70-tapestry-macvtap\.rules.*group tapestry.*tapestry doctor/);
      assert.equal(error.data.path, '/domain/devices/interface[1]');
      assert.deepEqual(await interfaces(), ['lo', 'v0', 'v1']);
    },
  },
  'direct: a macvtap in each mode, deleted afterwards': {
    as: ['root'],
    prepare: [['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']],
    run: async () => {
      const lower = sys('v0', 'address');
      for (const mode of ['vepa', 'bridge', 'private', 'passthrough'] as const) {
        const request: NicDescriptorRequest = { kind: 'macvtap', alias: 'net0', interfaceIndex: 0, queue: 0 };
        const acquired = await acquireDescriptors([request], [nic({ type: 'direct', dev: 'v0', mode })], context());
        const device = acquired.nics[0]?.device ?? '';
        const link = await ipLink(device);
        assert.equal((link['linkinfo'] as { info_data: { mode: string } }).info_data.mode, mode === 'passthrough' ? 'passthru' : mode);
        assert.equal(link['address'], '52:54:00:e4:2e:c1');
        assert.ok(!(link['flags'] as string[]).includes('UP'), 'down until the processors run');
        if (mode === 'passthrough') assert.equal(sys('v0', 'address'), '52:54:00:e4:2e:c1');
        const records = await acquired.handedOver();
        assert.ok(((await ipLink(device))['flags'] as string[]).includes('UP'));
        await releaseNics(records, helper);
        assert.deepEqual(await interfaces(), ['lo', 'v0', 'v1']);
        assert.equal(sys('v0', 'address'), lower, 'the card has its own address back');
      }
      await rejectsWith(
        acquireDescriptors(
          [{ kind: 'macvtap', alias: 'net0', interfaceIndex: 0, queue: 0 }],
          [nic({ type: 'direct', dev: 'none0', mode: 'bridge' })],
          context(),
        ),
        'interface-missing',
      );
    },
  },
};
