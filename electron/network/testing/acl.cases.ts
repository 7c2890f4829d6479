import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { allowLine } from '../helper/access-list.ts';
import { acquireDescriptors } from '../nics/descriptors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import type { NamespaceCases } from './namespace.ts';
import { bare, interfaces, nic, ordinary, rejectsWith, run, sh, withTuns } from './tools.ts';

const prepare = [
  ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
  ['ip', 'link', 'add', 'vmbr0', 'type', 'bridge'],
];

const tap = (name: string, bridge: string, before: readonly string[] = []) =>
  withTuns(1, (fds) => bare(['tap', 'fd=3', `name=${name}`, `bridge=${bridge}`], fds, before));

const file = '/etc/tapestry/net-helper.conf';

/** A list, what changes it or its surroundings, and what an ordinary uid is told then. */
interface List {
  readonly acl: string;
  /** Commands once the list is there. */
  readonly more?: readonly string[];
}

/** Each [name, bridge] that is asked for; true: allowed. */
type Decisions = List & { readonly asked: readonly (readonly [string, string, boolean])[] };

/** Puts the lists in place one after another. */
const eachList = async <T extends List>(lists: Readonly<Record<string, T>>, check: (list: T, what: string) => Promise<void>) => {
  for (const [what, list] of Object.entries(lists)) {
    await sh('rm', '-rf', file, `${file}.real`);
    writeFileSync(file, list.acl, { mode: 0o644 });
    await run(list.more ?? []);
    await check(list, what);
  }
};

const open = 'allow tap * *\nallow name * *\n';

const decisions: Readonly<Record<string, Decisions>> = {
  'bridges and names by prefix; nothing else': {
    acl: '# comment\n\nallow tap * vmbr*  # rest\n\tallow  name *\tvt* ',
    asked: [
      ['vt0', 'vmbr0', true],
      ['vt0', 'br0', false],
      ['x0', 'vmbr0', false],
    ],
  },
  'deny wins wherever it stands': {
    acl: 'deny tap * br0\nallow tap * *\nallow name * *\n',
    asked: [
      ['x0', 'vmbr0', true],
      ['x0', 'br0', false],
    ],
  },
  'by uid': {
    acl: 'allow tap 54321 br0\nallow tap 1 vmbr0\nallow name * *\n',
    asked: [
      ['x0', 'br0', true],
      ['x0', 'vmbr0', false],
    ],
  },
  'by gid, and by names that nobody has': {
    acl: 'allow tap %54321 br0\nallow tap %0 vmbr0\nallow tap %nosuchgroup *\nallow tap nosuchuser *\nallow name * *\n',
    asked: [
      ['x0', 'br0', true],
      ['x0', 'vmbr0', false],
    ],
  },
  'by group name': {
    acl: 'allow tap %weavers br0\nallow name * *\n',
    more: ['echo "weavers:x:54321:" >> /etc/group'],
    asked: [
      ['x0', 'br0', true],
      ['x0', 'vmbr0', false],
    ],
  },
  'by user name': {
    acl: 'allow tap weaver br0\nallow name * *\n',
    more: ['echo "weaver:x:54321:54321::/:/bin/false" >> /etc/passwd'],
    asked: [['x0', 'br0', true]],
  },
};

/** Lists that can't be trusted: they deny everything, and the helper's word says why. */
const void_: Readonly<Record<string, List & { readonly says: string }>> = {
  'a wrong verb': { acl: `${open}allow fly * *`, says: 'acl-line' },
  'a missing word': { acl: `${open}allow tap *`, says: 'acl-line' },
  'a wrong name': { acl: `${open}allow tap * br/0`, says: 'acl-line' },
  'a limit that is no number': { acl: `${open}limit taps * many`, says: 'acl-line' },
  'a line that is too long': { acl: `${open}# ${'x'.repeat(254)}`, says: 'acl-line' },
  'too many rules': { acl: `${open}${'allow name * a\n'.repeat(510)}allow name * b`, says: 'acl-line' },
  'a list over its size': { acl: `${open}${`# ${'x'.repeat(200)}\n`.repeat(400)}`, says: 'acl-size' },
  'a list that others may write': { acl: open, more: [`chmod 666 ${file}`], says: 'acl-owner' },
  'a list that belongs to somebody else': { acl: open, more: [`chown 54321 ${file}`], says: 'acl-owner' },
  'a list that is a link': { acl: open, more: [`mv ${file} ${file}.real`, `ln -s ${file}.real ${file}`], says: 'acl-open' },
  'a list that is a folder': { acl: open, more: [`rm ${file}`, `mkdir ${file}`], says: 'acl-owner' },
};

export const cases: NamespaceCases = {
  'no list: everything is denied, and the sentence says what to do': {
    as: ['capable'],
    prepare,
    run: async () => {
      const requests = [{ kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 }] as const;
      const context = {
        machine: { uuid: '3fa90c12-0000-4000-8000-000000000001', name: 'test' },
        runtimeDirectory: '/nowhere',
        helper: new NetworkHelper(),
      };
      const error = await rejectsWith(acquireDescriptors(requests, [nic({ type: 'bridge', bridge: 'br0' })], context), 'helper-denied');
      assert.match(error.message, /not allowed to put machines on the bridge “br0”/);
      assert.match(error.data.next ?? '', /allow tap 54321 br0$/);
      assert.match(error.data.fixes?.[0]?.value ?? '', /'allow tap 54321 br0' \| sudo tee -a /);
      assert.equal((await new NetworkHelper().check()).taps, false);
      assert.equal(error.data.path, '/domain/devices/interface[1]/source/@bridge');
      await rejectsWith(new NetworkHelper().run('bridge-add', { name: 'vmbr9' }), 'helper-denied');
      await rejectsWith(
        new NetworkHelper().run('macvtap', { lower: 'br0', mode: 'bridge', mac: '52:54:00:00:00:01', auto: 'vt' }),
        'helper-denied',
      );
    },
  },
  'what the sentence says to do is enough, and the helper tells that something is allowed': {
    as: ['capable'],
    prepare,
    acl: `${allowLine('tap', 'br0', { uid: '54321', name: 'ada' })}\n${allowLine('name', 'vt*', { uid: '54321', name: '54321' })}\n`,
    run: async () => {
      assert.equal((await new NetworkHelper().check()).taps, true);
      assert.equal((await tap('vt0', 'br0')).status, 0);
    },
  },
  'a rule for others allows nothing': {
    as: ['capable'],
    prepare,
    acl: 'allow tap 1 br0\nallow tap %tapestry *\ndeny tap * br9\n',
    run: async () => assert.equal((await new NetworkHelper().check()).taps, false),
  },
  'a list decides by bridge, name, uid, gid, and the names of users and groups': {
    as: ['installer'],
    prepare,
    run: () =>
      eachList(decisions, async ({ asked }, what) => {
        for (const [name, bridge, allowed] of asked) {
          const { status, text, reply } = await tap(name, bridge, ordinary);
          assert.equal(status, allowed ? 0 : 78, `${what}: ${name} on ${bridge}: ${text}`);
          if (!allowed) assert.equal(reply['error'], 'denied', what);
        }
        assert.deepEqual(await interfaces(), ['br0', 'lo', 'vmbr0'], what);
      }),
  },
  'a list that can’t be trusted denies everything, and says so': {
    as: ['installer'],
    prepare,
    run: () =>
      eachList(void_, async ({ acl, says }, what) => {
        const { status, text, reply } = await tap('x0', 'vmbr0', ordinary);
        assert.equal(status, 78, `${what}: ${text}`);
        assert.equal(reply['error'], 'config', what);
        assert.equal(reply['what'], says, what);
        if (says === 'acl-line') assert.equal(reply['errno'], acl.split('\n').length, `${what}: the line`);
      }),
  },
  'the sentence of a wrong line has its number': {
    as: ['capable'],
    prepare,
    acl: `${open}allow fly * *`,
    run: async () => {
      const error = await rejectsWith(new NetworkHelper().check(), 'helper-denied');
      assert.match(error.message, /^Line 3 of /);
    },
  },
  'the default of the package, to somebody in none of its groups': {
    as: ['capable'],
    prepare: [...prepare, ['cp', new URL('../../../net-helper/net-helper.conf', import.meta.url).pathname, file]],
    acl: '',
    run: async () => {
      assert.equal((await tap('vt0', 'vmbr0')).reply['error'], 'denied');
      assert.equal((await withTuns(1, (fds) => bare(['tap', 'fd=3', 'auto=vt', 'bridge=none'], fds))).status, 0);
      assert.equal((await new NetworkHelper().check()).tun, true);
    },
  },
  'the default of the package, to a member of the group': {
    as: ['capable'],
    prepare: [
      ...prepare,
      ['cp', new URL('../../../net-helper/net-helper.conf', import.meta.url).pathname, file],
      ['sh', '-c', 'echo "tapestry:x:54321:" >> /etc/group'],
    ],
    acl: '',
    run: async () => {
      assert.equal((await tap('lan0', 'vmbr0')).status, 0);
      assert.equal((await tap('lan0', 'br0')).reply['error'], 'denied');
      assert.equal(bare(['bridge-add', 'name=vmbr7']).status, 0);
      assert.equal(bare(['bridge-add', 'name=docker9']).reply['error'], 'denied');
      assert.equal(bare(['bridge-del', 'name=vmbr7']).status, 0);
      assert.equal(bare(['bridge-del', 'name=vmbr0']).reply['error'], 'not-ours');
    },
  },
  'TAPs are limited per user': {
    as: ['capable'],
    prepare,
    acl: `${open}allow manage * *\nlimit taps * 9\nlimit taps 54321 2\nlimit bridges * 1\n`,
    run: () =>
      withTuns(3, async ([a = 0, b = 0, c = 0]) => {
        const make = (fd: number, name: string) => bare(['tap', 'fd=3', `name=${name}`, 'bridge=br0'], [fd]);
        assert.equal(make(a, 'x0').status, 0);
        assert.equal(make(b, 'x1').status, 0);
        const over = make(c, 'x2');
        assert.equal(over.status, 69);
        assert.equal(over.reply['error'], 'quota');
        assert.ok(!(await interfaces()).includes('x2'), 'taken back while its descriptor is open');
        assert.equal(bare(['delete', 'name=x0']).status, 0);
        assert.equal(make(c, 'x2').status, 0, 'and the descriptor is free again');
        await withTuns(1, ([d = 0]) => assert.equal(make(d, 'x3').reply['error'], 'quota'));
        assert.equal(bare(['bridge-add', 'name=b0']).status, 0);
        assert.equal(bare(['bridge-add', 'name=b1']).reply['error'], 'quota');
        assert.deepEqual(await interfaces(), ['b0', 'br0', 'lo', 'vmbr0', 'x1', 'x2']);
      }),
  },
  'what a caller left persistent is collected, and counts until then': {
    as: ['capable'],
    needs: ['python3'],
    prepare,
    acl: open,
    run: async () => {
      await withTuns(2, async (fds) => {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds.slice(0, 1)).status, 0);
        assert.equal(bare(['tap', 'fd=3', 'name=x1', 'bridge=br0'], fds.slice(1)).status, 0);
        // Who holds the descriptor needs no privilege for this.
        const persist = 'import fcntl; fcntl.ioctl(3, 0x400454cb, 1)';
        for (const fd of fds)
          assert.equal(spawnSync('python3', ['-c', persist], { stdio: ['ignore', 'inherit', 'inherit', fd] }).status, 0);
        assert.equal(bare(['gc']).reply['removed'], 0, 'both are in use');
      });
      assert.deepEqual(await interfaces(), ['br0', 'lo', 'vmbr0', 'x0', 'x1']);
      assert.equal(bare(['gc']).reply['removed'], 2);
      assert.deepEqual(await interfaces(), ['br0', 'lo', 'vmbr0']);
    },
  },
  'what was made and never labelled counts for nobody, and is taken away before it is many': {
    as: ['capable'],
    acl: 'allow manage * mine*\n',
    prepare: [
      ...Array.from({ length: 16 }, (_one, place) => ['ip', 'link', 'add', `half${place}`, 'group', '1414550356', 'type', 'bridge']),
      ['ip', 'link', 'add', 'theirs', 'type', 'bridge'],
    ],
    run: async () => {
      assert.equal(bare(['bridge-add', 'name=mine0']).status, 0);
      assert.deepEqual(await interfaces(), ['lo', 'mine0', 'theirs']);
    },
  },
  'a few without a label are let alone: they may be in the making': {
    as: ['capable'],
    acl: 'allow manage * mine*\n',
    prepare: [['ip', 'link', 'add', 'half0', 'group', '1414550356', 'type', 'bridge']],
    run: async () => {
      assert.equal(bare(['bridge-add', 'name=mine0']).status, 0);
      assert.deepEqual(await interfaces(), ['half0', 'lo', 'mine0']);
    },
  },
};
