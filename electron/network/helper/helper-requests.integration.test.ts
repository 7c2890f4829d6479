import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildHelper } from '../testing/namespace.ts';

let helper = '';
beforeAll(async () => {
  helper = path.join(await buildHelper(), 'tapestry-net-helper');
});

/** Wrong requests end before anything privileged, so they need no namespace. */
const refuse = (args: readonly string[]): string => {
  const { status, stdout } = spawnSync(helper, args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'latin1' });
  expect(stdout, args.join(' ').slice(0, 200)).toMatch(/^\{"ok":false,"error":"bad-request","what":"[a-z-]+","errno":0,"errname":""\}\n$/);
  expect(status).toBe(64);
  return (JSON.parse(stdout) as { what: string }).what;
};

const tap = ['tap', 'fd=3', 'bridge=br0', 'name=x0'];
const long = 'x'.repeat(16);

test.each<[what: string, args: readonly string[]]>([
  ['arguments', []],
  ['arguments', Array.from({ length: 64 }, () => 'tap')],
  ['arguments', ['tap', `name=${'x'.repeat(252)}`]],
  ['arguments', ['x'.repeat(100_000)]],
  ['verb', ['']],
  ['verb', ['tapp']],
  ['verb', ['TAP']],
  ['verb', ['exec']],
  ['key', ['check', 'verbose=1']],
  ['key', [...tap, 'color=red']],
  ['key', [...tap, 'mtu']],
  ['key', [...tap, '=']],
  ['key', [...tap, '']],
  ['key', ['bridge-del', 'name=b0', 'mtu=1500']],
  ['twice', [...tap, 'name=x1']],
  ['fd', ['tap', 'bridge=br0', 'name=x0']],
  ['fd', ['hand', 'qmp=4', 'id=x']],
  ['arguments', ['tap', 'bridge=br0', 'name=x0', `fd=${'3'.repeat(1278)}`]],
  ['force', ['bridge-del', 'name=b0', 'force=b1']],
  ['force', ['bridge-del', 'name=b0', 'force=*']],
  ['key', ['delete', 'name=b0', 'force=b0']],
  ['qmp', ['hand', 'fd=3', 'id=x']],
  ['qmp', ['hand', 'fd=3', 'qmp=3', 'id=x']],
  ['id', ['hand', 'fd=3', 'qmp=4']],
  ['key', ['hand', 'fd=3', 'qmp=4', 'id=x', 'name=x0']],
  ['bridge', ['tap', 'fd=3', 'name=x0']],
  ['name', ['tap', 'fd=3', 'bridge=br0']],
  ['auto', [...tap, 'auto=vt']],
  ...[
    '1',
    '2',
    '1024',
    '03',
    '-3',
    '+3',
    '3 ',
    ' 3',
    '3,',
    ',3',
    '3,,4',
    '3,3',
    '',
    '0x3',
    '99999999999999999999',
    Array.from({ length: 257 }, (_entry, place) => place + 3).join(','),
  ].map((fd): [string, string[]] => ['fd', ['tap', `fd=${fd}`, 'bridge=br0', 'name=x0']]),
  ...['', long, '.', '..', '-x', '_x', 'a/b', 'a:b', 'a b', 'a%d', 'a\tb', 'a"b', 'ä', 'all', 'default', 'lo', 'none'].map(
    (name): [string, string[]] => ['name', ['tap', 'fd=3', 'bridge=br0', `name=${name}`]],
  ),
  ...['', long, 'a%d', 'a/b', 'all'].map((bridge): [string, string[]] => ['bridge', ['tap', 'fd=3', 'name=x0', `bridge=${bridge}`]]),
  ...['', 'abcdefgh', 'a%', '-a'].map((prefix): [string, string[]] => ['auto', ['tap', 'fd=3', 'bridge=br0', `auto=${prefix}`]]),
  ...[
    '',
    '52:54:00:00:00',
    '52:54:00:00:00:001',
    '52-54-00-00-00-01',
    '52:54:00:00:00:0g',
    '52:54:00:00:00:0A',
    '01:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
  ].map((mac): [string, string[]] => ['mac', [...tap, `mac=${mac}`]]),
  ...['', '67', '65522', '01500', '1500k', '-1', '4294967296'].map((mtu): [string, string[]] => ['mtu', [...tap, `mtu=${mtu}`]]),
  ...['', '2', 'yes', '01'].map((flag): [string, string[]] => ['vnet-hdr', [...tap, `vnet-hdr=${flag}`]]),
  ['isolated', [...tap, 'isolated=on']],
  ['isolated', ['tap', 'fd=3', 'bridge=none', 'name=x0', 'isolated=1']],
  ['vm', [...tap, 'vm=3fa90c12-0000-4000-8000-00000000000']],
  ['vm', [...tap, 'vm=3FA90C12-0000-4000-8000-000000000001']],
  ['vm', [...tap, 'vm=3fa90c12-0000-4000-8000 000000000001']],
  ['qmp', [...tap, 'qmp=0', 'id=a']],
  ['qmp', [...tap, 'qmp=3', 'id=a']],
  ['id', [...tap, 'qmp=4']],
  ['id', [...tap, 'id=a']],
  ...['', '1a', 'a"b', 'a b', 'ä', `a${'b'.repeat(64)}`].map((id): [string, string[]] => ['id', [...tap, 'qmp=4', `id=${id}`]]),
  ['state', ['link', 'name=x0', 'state=UP']],
  ['state', ['link', 'name=x0']],
  ['mode', ['macvtap', 'lower=eth0', 'mac=52:54:00:00:00:01', 'auto=vt', 'mode=vlan']],
  ['in-average', ['bandwidth', 'name=x0', 'in-peak=5']],
  ['in-average', ['bandwidth', 'name=x0', 'in-average=0']],
  ['in-average', ['bandwidth', 'name=x0', 'in-average=4194304']],
  ['in-peak', ['bandwidth', 'name=x0', 'in-average=10', 'in-peak=5']],
  ['out-average', ['bandwidth', 'name=x0', 'out-burst=5']],
  ['within', ['uplink-add', 'bridge=b0', 'lower=eth0', 'confirm=3', 'within=0']],
  ['within', ['uplink-add', 'bridge=b0', 'lower=eth0', 'confirm=3', 'within=301']],
  ['confirm', ['uplink-add', 'bridge=b0', 'lower=eth0', 'within=30']],
  ['bridge', ['uplink-add', 'bridge=none', 'lower=eth0', 'confirm=3', 'within=30']],
  ...['', '10.0.0.1', '10.0.0.1/33', '10.0.0.1/024', '10.0.0/24', '10.0.0.1/24/24', 'fd00::/129', 'fd00:::/64', `${'1'.repeat(60)}/1`].map(
    (ip): [string, string[]] => ['ip', ['address', 'name=x0', `ip=${ip}`]],
  ),
  ['peer', ['address', 'name=x0', 'ip=10.0.0.1/24', 'peer=fd00::1']],
  ['via', ['route', 'name=x0', 'ip=10.0.0.0/24', 'via=fd00::1']],
  ['metric', ['route', 'name=x0', 'ip=10.0.0.0/24', 'metric=4294967296']],
  ['frames', ['coalesce', 'name=x0', 'frames=4294967296']],
])('%s: %j', (what, args) => {
  expect(refuse(args)).toBe(what);
});

test('bytes that are no text, and a request of a megabyte', () => {
  expect(refuse(['tap', 'fd=3', 'bridge=br0', 'name=\u0001'])).toBe('name');
  expect(refuse(Array.from({ length: 60 }, () => 'y'.repeat(16_000)))).toBe('arguments');
});
