import { nicStepWords } from '../../../../shared/words/nic-step-words.ts';
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { interfaces, ipLink, rejectsWith, sh } from '../../../network/testing/tools.ts';
import { TapestryError, type ErrorCode } from '../../../../shared/errors.ts';
import { NicMachine } from './nic-machine.ts';

const bridge = (inner = '', name = 'br0') => `<interface type='bridge'><source bridge='${name}'/>${inner}</interface>`;
const ethernet = (inner = '') => `<interface type='ethernet'>${inner}</interface>`;
const virtio = "<model type='virtio'/>";

/** What, the element, our code, the end of the path, words of the sentence. */
type Row = readonly [what: string, element: string, code: ErrorCode, path: string, words: RegExp];

/** Rows that can be defined and are refused when the machine starts; SCRIPTS is replaced by the case's folder. */
const startRows: readonly Row[] = [
  [
    'the name is a TAP of somebody',
    bridge("<target dev='taken0'/>"),
    'interface-exists',
    'target/@dev',
    /“taken0” already exists: it is a persistent TAP/,
  ],
  ['the name is another interface', ethernet("<target dev='v0'/>"), 'interface-exists', 'target/@dev', /“v0” already exists: it is .*veth/],
  [
    'two NICs with one name',
    bridge("<target dev='twin'/>") + ethernet("<target dev='twin'/>"),
    'interface-exists',
    'interface[2]/target/@dev',
    /“twin”/,
  ],
  ['an own TAP without a name', ethernet("<target managed='no'/>"), 'xml-unsupported', 'target', /name/],
  [
    'an own TAP that is not there',
    ethernet("<target dev='gone0' managed='no'/>"),
    'interface-missing',
    'target/@dev',
    /“gone0” does not exist/,
  ],
  ['an own TAP that is none', ethernet("<target dev='v0' managed='no'/>"), 'interface-missing', 'target/@dev', /not a TAP/],
  [
    'an own TAP with other queues',
    ethernet(`<target dev='taken0' managed='no'/>${virtio}<driver queues='2'/>`),
    'invalid',
    '',
    /multi_queue/,
  ],
  ['a name of 16 bytes', ethernet("<target dev='abcdefghijklmnop'/>"), 'xml-unsupported', 'target/@dev', /15/],
  ['a name with a slash', bridge("<target dev='a/b'/>"), 'xml-unsupported', 'target/@dev', /a\/b/],
  ['two templates', bridge("<target dev='a%d%d'/>"), 'xml-unsupported', 'target/@dev', /%d/],
  ['a TAP device file that is not there', bridge("<backend tap='/dev/no-tun'/>"), 'helper-failed', 'backend/@tap', /no \/dev\/no-tun/],
  ['a TAP device file that is none', bridge("<backend tap='/dev/null'/>"), 'invalid', '', /TAP|descriptor|tun/i],
  ['no such bridge', bridge('', 'br9'), 'bridge-missing', 'source/@bridge', /bridge “br9” does not exist/],
  ['loopback as name', bridge("<target dev='lo'/>"), 'invalid', 'target/@dev', /“lo” is the loopback interface/],
  ['loopback as bridge', bridge('', 'lo'), 'invalid', 'source/@bridge', /“lo” is the loopback interface/],
  ['no bridge at all', bridge('', 'v0'), 'not-a-bridge', 'source/@bridge', /“v0”/],
  ['Open vSwitch', bridge("<virtualport type='openvswitch'/>"), 'xml-unsupported', 'virtualport', /Open vSwitch|virtual port/i],
  ['an MTU that no TAP has', ethernet("<mtu size='65536'/>"), 'invalid', 'mtu/@size', /MTU/],
  ['an MTU that is too small', bridge("<mtu size='60'/>"), 'invalid', 'mtu/@size', /MTU/],
  ['a VLAN on a plain bridge', bridge("<vlan><tag id='7'/></vlan>"), 'xml-unsupported', 'vlan', /VLAN/],
  ['a script on a bridge', bridge("<script path='/bin/true'/>"), 'xml-unsupported', 'script/@path', /script/i],
  ['a script that fails', ethernet("<script path='SCRIPTS/fails'/>"), 'script-failed', 'script/@path', /status 3: no luck/],
  [
    'a script that is not there',
    ethernet("<script path='/no/script'/>"),
    'script-failed',
    'script/@path',
    /because \/no\/script does not exist$/,
  ],
  [
    'several queues on user',
    `<interface type='user'>${virtio}<driver queues='4'/></interface>`,
    'xml-unsupported',
    'driver/@queues',
    /queue/i,
  ],
  ['a filter', bridge("<filterref filter='clean-traffic'/>"), 'xml-unsupported', 'filterref', /filter/i],
  [
    'a filter on direct',
    "<interface type='direct'><source dev='v0'/><filterref filter='f'/></interface>",
    'xml-unsupported',
    'filterref',
    /filter/i,
  ],
  [
    'a TAP device file on direct',
    "<interface type='direct'><source dev='v0'/><backend tap='/dev/t'/></interface>",
    'xml-unsupported',
    'backend/@tap',
    /./,
  ],
  ['a macvtap on nothing', "<interface type='direct'><source dev='none0'/></interface>", 'interface-missing', 'source/@dev', /“none0”/],
  ['a network', "<interface type='network'><source network='default'/></interface>", 'xml-unsupported', '', /network/],
  [
    'a host device',
    "<interface type='hostdev'><source><address type='pci' domain='0' bus='3' slot='0' function='0'/></source></interface>",
    'xml-unsupported',
    '',
    /network card through/,
  ],
  [
    'vhost-user',
    `<interface type='vhostuser'><source type='unix' path='/s' mode='client'/>${virtio}</interface>`,
    'xml-unsupported',
    '',
    /vhost-?user/i,
  ],
  ['vDPA', "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>", 'xml-unsupported', '', /vdpa/i],
  ['internal', "<interface type='internal'><source name='n'/></interface>", 'xml-unsupported', '', /internal/i],
  ['null', "<interface type='null'/>", 'xml-unsupported', '', /null/],
  [
    'vds',
    "<interface type='vds'><source switchid='00000000-0000-4000-8000-000000000001' portid='1' portgroupid='b' connectionid='2'/></interface>",
    'xml-unsupported',
    '',
    /VMware/,
  ],
  ['a model that QEMU hasn’t', bridge("<model type='no-such-nic'/>"), 'start-failed', '', /no-such-nic/],
  [
    'a limit on an own TAP',
    ethernet("<target dev='taken0' managed='no'/><bandwidth><inbound average='9'/></bandwidth>"),
    'unsupported-operation',
    'bandwidth',
    /your own TAP/,
  ],
];

const prepare = [
  ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
  ['ip', 'link', 'set', 'br0', 'up'],
  ['ip', 'link', 'add', 'br1', 'type', 'bridge'],
  ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
  ['ip', 'tuntap', 'add', 'taken0', 'mode', 'tap', 'user', 'UID'],
];

/** Tells every row that went otherwise than its table says, at once. */
const eachRow = async (
  rows: readonly Row[],
  attempt: (element: string) => Promise<unknown>,
  after: (error: TapestryError) => Promise<void>,
): Promise<void> => {
  const wrong: string[] = [];
  for (const [what, element, code, place, words] of rows) {
    try {
      const error = await attempt(element).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof TapestryError, error === undefined ? 'it worked' : 'another failure');
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      assert.ok((error.data.path ?? '').endsWith(place), `path ${error.data.path}`);
      assert.ok(['start-failed', 'qmp', 'not-found'].includes(code) || error.data.path !== undefined, 'no path');
      assert.ok(code === 'qmp' || (error.data.next ?? '').length > 0, 'no next step');
      await after(error);
    } catch (error) {
      wrong.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  assert.equal(wrong.length, 0, wrong.join('\n'));
};

export const cases: NamespaceCases = {
  'every refusal of a start: told with its place and the next step, and nothing is left': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const script = path.join(machine.folder, 'fails');
      writeFileSync(script, '#!/bin/sh\necho no luck >&2\nexit 3\n');
      chmodSync(script, 0o755);
      const before = await interfaces();
      const taken = await ipLink('taken0');
      await eachRow(
        startRows,
        async (element) => {
          await machine.define(element.replace('SCRIPTS', machine.folder));
          try {
            await machine.act('start-paused');
          } finally {
            if ((await machine.connection.domains.get(machine.uuid)).pid !== null) await machine.act('destroy');
          }
        },
        async (error) => {
          // The NIC says so itself, until it is changed.
          const [strip, second] = await machine.strips();
          assert.equal(second, undefined);
          const alias = error.data.path?.includes('interface[2]') === true ? 'net1' : 'net0';
          assert.deepEqual([strip?.alias, strip?.running, strip?.device], [alias, false, null]);
          assert.deepEqual(
            [strip?.finding?.code, strip?.finding?.message, strip?.finding?.next],
            [error.code, error.message, error.data.next],
          );
          assert.deepEqual(
            strip?.timeline.map((step) => [step.kind, nicStepWords(step), step.at]),
            [['refused', error.message, strip?.finding?.at]],
          );
          assert.deepEqual(await interfaces(), before);
          assert.deepEqual(await ipLink('taken0'), taken);
          assert.ok(await machine.isOff());
        },
      );
      // Changed, or started, it has nothing to tell any more.
      const mac = "<mac address='52:54:00:00:00:01'/>";
      await machine.define(bridge(mac, 'br9'));
      await rejectsWith(machine.act('start-paused'), 'bridge-missing');
      assert.equal((await machine.strips()).length, 1);
      await machine.define(bridge(mac, 'br0'));
      assert.deepEqual(await machine.strips(), []);
      await machine.define(bridge(mac, 'br9'));
      assert.equal((await machine.strips()).length, 1);
      await sh('ip', 'link', 'add', 'br9', 'type', 'bridge');
      await machine.act('start-paused');
      assert.deepEqual(
        (await machine.strips()).map(({ finding, bridge: port }) => [finding, port]),
        [[undefined, 'br9']],
      );
      await machine.act('destroy');
      assert.deepEqual(await machine.strips(), []);
      await machine.close();
    },
  },
  'a NIC for a conventional slot, which a running q35 hasn’t: told which model would go in': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(bridge(virtio), 'q35');
      await machine.act('start-paused');
      for (const element of [bridge(), bridge("<model type='e1000'/>")]) {
        const error = await rejectsWith(machine.device('attach', element), 'unsupported-operation');
        assert.match(error.message, /no free conventional PCI slot, which a device of model (rtl8139|e1000) needs\.$/);
        assert.match(error.data.next ?? '', /--model virtio/);
      }
      // It is true as long as a port is free.
      let last: unknown;
      let attached = 0;
      for (; last === undefined && attached < 32; attached++) {
        last = await machine.device('attach', bridge(virtio)).then(
          () => undefined,
          (error: unknown) => error,
        );
      }
      assert.ok(attached > 1, 'a virtio NIC goes in');
      assert.match(String(last), /no free PCI slot/);
      assert.doesNotMatch((await rejectsWith(machine.device('attach', bridge()), 'unsupported-operation')).data.next ?? '', /virtio/);
      await machine.stop(['br0', 'br1', 'lo', 'taken0', 'v0', 'v1']);
      await machine.close();
    },
  },
  'every refusal of a live change: told with its place and the next step, and nothing changes': {
    as: ['root'],
    needs: ['qemu-system-x86_64'],
    prepare,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const mac = "<mac address='52:54:00:00:00:01'/>";
      const present = (inner = '', source = 'br0') => bridge(`${mac}${inner}`, source);
      const own = "<mac address='52:54:00:00:00:02'/><target dev='taken0' managed='no'/>";
      const twin = "<mac address='52:54:00:00:00:03'/>";
      await machine.define(present(virtio) + ethernet(own + virtio) + bridge(twin) + bridge(twin));
      await machine.act('start-paused');
      const left = await interfaces();
      const attach: readonly Row[] = [
        [
          'udp',
          "<interface type='udp'><source address='127.0.0.1' port='1'><local address='127.0.0.1' port='2'/></source></interface>",
          'unsupported-operation',
          '',
          /type/,
        ],
        ['mcast', "<interface type='mcast'><source address='230.0.0.1' port='1'/></interface>", 'unsupported-operation', '', /type/],
        ['server', "<interface type='server'><source port='1'/></interface>", 'unsupported-operation', '', /type/],
        ['client', "<interface type='client'><source address='127.0.0.1' port='1'/></interface>", 'unsupported-operation', '', /type/],
        ['internal', "<interface type='internal'><source name='n'/></interface>", 'xml-unsupported', '', /internal/i],
        ['null', "<interface type='null'/>", 'xml-unsupported', '', /null/],
        ['a network', "<interface type='network'><source network='default'/></interface>", 'xml-unsupported', '', /network/],
        ['no such bridge', bridge('', 'br9'), 'bridge-missing', 'source/@bridge', /br9/],
        ['a name that exists', ethernet("<target dev='v0'/>"), 'interface-exists', 'target/@dev', /v0/],
        ['a script on a bridge', bridge("<script path='/bin/true'/>"), 'xml-unsupported', 'script/@path', /script/i],
        ['no model of QEMU’s', bridge("<model type='no-such-nic'/>"), 'qmp', '', /no-such-nic/],
        ['a MAC of many', bridge("<mac address='ff:ff:ff:ff:ff:ff'/>"), 'xml-invalid', 'mac/@address', /multicast/],
      ];
      const update: readonly Row[] = [
        ['the model', present("<model type='e1000'/>"), 'unsupported-operation', 'model/@type', /model/],
        ['a driver option', present(`${virtio}<driver name='qemu'/>`), 'unsupported-operation', 'driver', /driver/],
        ['the MTU', present(`${virtio}<mtu size='1400'/>`), 'unsupported-operation', 'mtu/@size', /MTU/],
        ['the name', present(`${virtio}<target dev='other0'/>`), 'unsupported-operation', 'target/@dev', /name/],
        ['the type', ethernet(mac + virtio), 'unsupported-operation', '@type', /type/],
        ['the boot order', present(`${virtio}<boot order='2'/>`), 'unsupported-operation', 'boot/@order', /boot order/],
        ['the ROM', present(`${virtio}<rom enabled='no'/>`), 'unsupported-operation', 'rom', /ROM/i],
        ['sndbuf', present(`${virtio}<tune><sndbuf>1000</sndbuf></tune>`), 'unsupported-operation', 'tune/sndbuf', /buffer/],
        ['a VLAN', present(`${virtio}<vlan><tag id='4'/></vlan>`), 'xml-unsupported', 'vlan', /VLAN/i],
        ['a filter', present(`${virtio}<filterref filter='f'/>`), 'unsupported-operation', 'filterref', /filter/i],
        ['the bridge, to none that is there', present(virtio, 'br9'), 'bridge-missing', 'source/@bridge', /br9/],
        ['the bridge, to what is none', present(virtio, 'v0'), 'not-a-bridge', 'source/@bridge', /v0/],
        ['another MAC', bridge("<mac address='52:54:00:00:00:09'/>"), 'not-found', '', /52:54:00:00:00:09/],
        ['a foreign alias', present(`${virtio}<alias name='net3'/>`), 'not-found', '', /net3/],
        ['two with this MAC', bridge(twin), 'not-found', '', /Several/],
        [
          'the limits of an own TAP',
          ethernet(`${own}${virtio}<bandwidth><inbound average='1'/></bandwidth>`),
          'unsupported-operation',
          '',
          /your own TAP/,
        ],
        ['a link that is neither', present(`${virtio}<link state='askew'/>`), 'xml-invalid', 'link/@state', /link/i],
      ];
      const state = async () => ({
        left: await interfaces(),
        live: (await machine.connection.domains.xml(machine.uuid)).live,
        inactive: (await machine.connection.domains.xml(machine.uuid)).inactive,
      });
      const before = await state();
      const unchanged = async () => assert.deepEqual(await state(), before);
      await eachRow(attach, (element) => machine.device('attach', element, 'both'), unchanged);
      await eachRow(update, (element) => machine.device('update', element, 'both'), unchanged);
      await rejectsWith(machine.device('detach', bridge("<mac address='52:54:00:00:00:09'/>"), 'both'), 'not-found');
      await rejectsWith(machine.device('detach', bridge(twin), 'both'), 'not-found');
      await unchanged();
      assert.deepEqual(await interfaces(), left);
      await machine.stop(['br0', 'br1', 'lo', 'taken0', 'v0', 'v1']);
      await machine.close();
    },
  },
};
