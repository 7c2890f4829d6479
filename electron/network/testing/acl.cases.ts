import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { allowLine } from '../access-list.ts';
import { acquireDescriptors } from '../descriptors.ts';
import { NetworkHelper } from '../helper.ts';
import type { NamespaceCase, NamespaceCases } from './namespace.ts';
import { bare, interfaces, nic, rejectsWith, withTuns } from './tools.ts';

const prepare = [
  ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
  ['ip', 'link', 'add', 'vmbr0', 'type', 'bridge'],
];

const tap = (name: string, bridge: string) => withTuns(1, (fds) => bare(['tap', 'fd=3', `name=${name}`, `bridge=${bridge}`], fds));

/** Asks for each [name, bridge]; true: allowed. */
const decisions = (
  acl: string | undefined,
  asked: readonly (readonly [string, string, boolean])[],
  more: readonly (readonly string[])[] = [],
): NamespaceCase => ({
  as: ['capable'],
  prepare: [...prepare, ...more],
  ...(acl === undefined ? {} : { acl }),
  run: async () => {
    for (const [name, bridge, allowed] of asked) {
      const { status, text, reply } = await tap(name, bridge);
      assert.equal(status, allowed ? 0 : 78, `${name} on ${bridge}: ${text}`);
      if (!allowed) assert.equal(reply['error'], 'denied');
    }
    assert.deepEqual(await interfaces(), ['br0', 'lo', 'vmbr0']);
  },
});

/** A list that can't be trusted denies everything, and says so. */
const void_ = (acl: string, what: string, more: readonly (readonly string[])[] = []): NamespaceCase => ({
  as: ['capable'],
  prepare: [...prepare, ...more],
  acl,
  run: async () => {
    const { status, reply } = await tap('x0', 'vmbr0');
    assert.equal(status, 78);
    assert.equal(reply['error'], 'config');
    assert.equal(reply['what'], what);
    if (what === 'acl-line') {
      const error = await rejectsWith(new NetworkHelper().check(), 'helper-denied');
      assert.match(error.message, new RegExp(`Line ${acl.split('\n').length} of`));
    }
  },
});

const open = 'allow tap * *\nallow name * *\n';
const file = '/etc/tapestry/net-helper.conf';

export const cases: NamespaceCases = {
  'no list: everything is denied, and the sentence says what to do': {
    as: ['capable'],
    prepare,
    run: async () => {
      const requests = [{ kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 }] as const;
      const context = { machine: { uuid: '3fa90c12-0000-4000-8000-000000000001', name: 'test' }, runtimeDirectory: '/nowhere' };
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
  'bridges and names by prefix; nothing else': decisions('# comment\n\nallow tap * vmbr*  # rest\n\tallow  name *\tvt* ', [
    ['vt0', 'vmbr0', true],
    ['vt0', 'br0', false],
    ['x0', 'vmbr0', false],
  ]),
  'deny wins wherever it stands': decisions('deny tap * br0\nallow tap * *\nallow name * *\n', [
    ['x0', 'vmbr0', true],
    ['x0', 'br0', false],
  ]),
  'by uid': decisions('allow tap 54321 br0\nallow tap 1 vmbr0\nallow name * *\n', [
    ['x0', 'br0', true],
    ['x0', 'vmbr0', false],
  ]),
  'by gid, and by names that nobody has': decisions(
    'allow tap %54321 br0\nallow tap %0 vmbr0\nallow tap %nosuchgroup *\nallow tap nosuchuser *\nallow name * *\n',
    [
      ['x0', 'br0', true],
      ['x0', 'vmbr0', false],
    ],
  ),
  'by group name': decisions(
    'allow tap %weavers br0\nallow name * *\n',
    [
      ['x0', 'br0', true],
      ['x0', 'vmbr0', false],
    ],
    [['sh', '-c', 'echo "weavers:x:54321:" >> /etc/group']],
  ),
  'by user name': decisions(
    'allow tap weaver br0\nallow name * *\n',
    [['x0', 'br0', true]],
    [['sh', '-c', 'echo "weaver:x:54321:54321::/:/bin/false" >> /etc/passwd']],
  ),
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
  'a wrong verb voids the list': void_(`${open}allow fly * *`, 'acl-line'),
  'a missing word voids the list': void_(`${open}allow tap *`, 'acl-line'),
  'a wrong name voids the list': void_(`${open}allow tap * br/0`, 'acl-line'),
  'a limit that is no number voids the list': void_(`${open}limit taps * many`, 'acl-line'),
  'a line that is too long voids the list': void_(`${open}# ${'x'.repeat(254)}`, 'acl-line'),
  'too many rules void the list': void_(`${open}${'allow name * a\n'.repeat(510)}allow name * b`, 'acl-line'),
  'a list over its size is not read': void_(`${open}${`# ${'x'.repeat(200)}\n`.repeat(400)}`, 'acl-size'),
  'a list that others may write is not trusted': void_(open, 'acl-owner', [['chmod', '666', file]]),
  'a list that belongs to somebody else is not trusted': void_(open, 'acl-owner', [['chown', '54321', file]]),
  'a list that is a link is not followed': void_(open, 'acl-open', [['sh', '-c', `mv ${file} ${file}.real && ln -s ${file}.real ${file}`]]),
  'a list that is a folder is not read': void_(open, 'acl-owner', [['sh', '-c', `rm ${file} && mkdir ${file}`]]),
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
