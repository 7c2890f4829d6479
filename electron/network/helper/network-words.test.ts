import { TapestryError } from '../../../shared/errors.ts';
import { nicStepWords } from '../../../shared/words/nic-step-words.ts';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { bandwidthLimits, bandwidthValues } from '../nics/host-end.ts';
import { helperError, helperWord } from './helper-reply.ts';
import { describeInterface, readLabel, readTunFlags, type InterfaceFacts } from '../view/interface-facts.ts';
import { NicTimeline } from '../nics/nic-timeline.ts';
import { passtArguments, passtError } from '../nics/passt.ts';
import { nic } from '../testing/tools.ts';
import { watching } from '../view/watching.ts';

test('bandwidth: what the helper is told', () => {
  expect(bandwidthValues({ inbound: { average: 1000, peak: 2000, burst: 50 }, outbound: { average: 10, peak: 20, burst: 5 } })).toEqual({
    'in-average': 1000,
    'in-peak': 2000,
    'in-burst': 50,
    'out-average': 10,
    'out-burst': 5,
  });
  expect(
    bandwidthValues({ inbound: { floor: 10 }, outbound: { average: 0, burst: 7 } }),
    'an outbound rate of 0 would block the guest',
  ).toEqual({});
  expect(bandwidthValues(undefined)).toEqual({});
  const words = (limits: Parameters<typeof bandwidthLimits>[0]) => nicStepWords({ at: 1, kind: 'bandwidth', ...bandwidthLimits(limits) });
  expect(words({ inbound: { average: 5 } })).toBe('bandwidth limited: in 5 KiB/s');
  expect(words(undefined)).toBe('bandwidth unlimited');
});

test('passt: addresses, forwards with ranges, exclusions and targets', () => {
  const one = nic(
    { type: 'user', dev: 'eth0' },
    {
      mtu: 1400,
      backend: { type: 'passt', logFile: '/tmp/log' },
      ips: [
        { path: '', address: '10.0.0.5', family: 'ipv4', prefix: 24 },
        { path: '', address: 'fd00::5', family: 'ipv6', prefix: 64 },
      ],
      portForwards: [
        {
          path: '',
          proto: 'tcp',
          address: '127.0.0.1',
          ranges: [
            { start: 2022, to: 22 },
            { start: 8000, end: 8010, to: 80 },
            { start: 8005, exclude: true },
          ],
        },
        { path: '', proto: 'udp', dev: 'eth0', ranges: [] },
        { path: '', proto: 'udp', ranges: [{ start: 53 }] },
      ],
    },
  );
  expect(passtArguments(one).slice(4).join(' ')).toBe(
    '--mtu 1400 --interface eth0 --log-file /tmp/log --address 10.0.0.5 --netmask 24 --address fd00::5 --tcp-ports 127.0.0.1/2022:22,8000-8010:80-90,~8005 --udp-ports %eth0/all --udp-ports 53',
  );
});

test('passt: each range is asked for by itself, so that none fails unheard; and why it ended, by the range', () => {
  const one = nic(
    { type: 'user' },
    {
      path: '/i',
      backend: { type: 'passt' },
      portForwards: [
        {
          path: '/i/portForward[1]',
          proto: 'tcp',
          ranges: [
            { start: 7001, to: 80 },
            { start: 4571, to: 22 },
          ],
        },
        { path: '/i/portForward[2]', proto: 'udp', address: '127.0.0.1', ranges: [{ start: 53, end: 60 }] },
      ],
    },
  );
  const options = '--tcp-ports 7001:80 --tcp-ports 4571:22 --udp-ports 127.0.0.1/53-60';
  expect(passtArguments(one).slice(4).join(' ')).toBe(options);
  const words = (last: string) =>
    `Failed to send 47 bytes to syslog\nDon't run as root. Changing to nobody...\nFailed to send 56 bytes to syslog\n${last}`;
  expect(passtError(one, words("Failed to bind any port for '-t 4571:22', exiting\n"), 'x').data).toMatchObject({
    message: 'TCP port 4571 of this computer is in use.',
    path: '/i/portForward[1]/range[2]/@start',
    detail: expect.stringContaining('syslog') as string,
  });
  expect(passtError(one, words("Failed to bind port 4571 (Address already in use) for option '-t 4571:22'\n"), 'x').message).toBe(
    'TCP port 4571 of this computer is in use.',
  );
  expect(passtError(one, words("Failed to bind any port for '-u 127.0.0.1/53-60', exiting"), 'x').data).toMatchObject({
    message: 'UDP ports 53 to 60 of 127.0.0.1 are in use, or may not be used by you, or the address isn’t this computer’s.',
    path: '/i/portForward[2]/range/@start',
  });
  expect(passtError(one, words('Invalid interface name none9: No such device\n'), 'x').data).toMatchObject({
    message: 'passt can’t serve this interface: Invalid interface name none9: No such device',
    path: '/i',
  });
  expect(passtError(one, '', 'ended with status 1').message).toContain('ended with status 1');
});

const facts = (more: Partial<InterfaceFacts>): InterfaceFacts => ({
  name: 'x0',
  ifindex: 1,
  mac: '',
  mtu: 1500,
  up: false,
  master: null,
  kind: 'other',
  tun: null,
  label: '',
  group: 0,
  ...more,
});

test('what an interface is, in words', () => {
  const tun = readTunFlags('0x1802', 1000, -1, false);
  expect(tun).toMatchObject({ kind: 'tap', persistent: true, flags: ['IFF_TAP', 'IFF_NO_PI', 'IFF_PERSIST'] });
  expect(describeInterface(facts({ kind: 'tun', tun }))).toBe('a persistent TAP of uid 1000');
  expect(
    describeInterface(facts({ kind: 'tun', tun: readTunFlags('0x1002', -1, -1, true), master: 'br0' }), [
      { pid: 7, command: 'qemu-system-x86' },
    ]),
  ).toBe('a TAP that any user may open, in use by qemu-system-x86 (pid 7), a port of “br0”');
  expect(describeInterface(facts({ kind: 'bridge' }))).toBe('a bridge');
});

test('our label, and what only looks like it', () => {
  expect(readLabel('tapestry uid=1000 vm=3fa90c12-0000-4000-8000-000000000001')).toEqual({
    uid: 1000,
    machine: '3fa90c12-0000-4000-8000-000000000001',
  });
  expect(readLabel('tapestry uid=0')).toEqual({ uid: 0 });
  expect(readLabel('tapestry uid=7 at=1795378000123')).toEqual({ uid: 7, at: 1795378000123 });
  expect(readLabel('tapestry uid=7 at=1795378000123 mac=chosen')).toEqual({ uid: 7, at: 1795378000123 });
  for (const other of [
    '',
    'tapestry',
    'tapestry uid=x',
    'tapestry uid=1 vm=1',
    'tapestry uid=1 at=',
    'tapestry uid=1 at=x',
    ' tapestry uid=1',
    'tapestry uid=12345678901',
  ])
    expect(readLabel(other)).toBeUndefined();
});

test.each([
  ['no-bridge', 'bridge', 'bridge-missing', 'br7'],
  ['not-a-bridge', 'bridge', 'not-a-bridge', 'br7'],
  ['name-in-use', 'name', 'interface-exists', 'tap7'],
  ['not-owner', 'name', 'helper-denied', 'tap7'],
  ['denied', 'acl-tap', 'helper-denied', 'br7'],
  ['denied', 'acl-host', 'helper-denied', 'tap7'],
  ['denied', 'acl-new', 'helper-denied', 'do this'],
  ['config', 'acl-line', 'helper-denied', 'Line 5'],
  ['quota', 'taps', 'limit', 'TAPs'],
  ['bad-mtu', 'configure', 'invalid', 'MTU'],
  ['no-kernel-support', 'outbound', 'unsupported-operation', 'outbound'],
  ['bad-request', 'name', 'invalid', 'tap7'],
  ['bad-request', 'bridge', 'invalid', 'br7'],
  ['bad-request', 'mtu', 'invalid', '65521'],
  ['bad-request', 'in-average', 'invalid', '4194303 KiB/s'],
  ['bad-request', 'out-burst', 'invalid', 'outbound burst is out of range: 1 to 4194303 KiB,'],
  ['quota', 'addresses', 'limit', '32 addresses'],
  ['bad-request', 'fd', 'invalid', '256'],
  ['bad-request', 'arguments', 'invalid', 'queues'],
  ['bad-request', 'key', 'helper-failed', 'another version'],
  ['quota', 'neighbours', 'limit', '64 static neighbours'],
  ['cannot-give-back', 'nexthops', 'unsupported-operation', 'nexthop objects'],
  ['has-addresses', 'name', 'helper-denied', 'another user'],
  ['system', 'tunsetiff', 'helper-failed', 'could not make the TAP'],
  ['something-new', 'step', 'helper-failed', 'step'],
] as const)('the helper’s %s of %s has a sentence', (error, what, code, words) => {
  const told = helperError(
    { ok: false, error, what, errno: 5, errname: 'EIO' },
    { program: '/helper', name: 'tap7', bridge: 'br7', path: '/i' },
  );
  expect(told.code).toBe(code);
  expect(told.message).toContain(words);
  expect(told.data.detail).toBe(`${error} ${what} EIO`);
});

test('no key of the helper’s request is shown for what it refuses', async () => {
  const source = await readFile(new URL('../../../net-helper/request.c', import.meta.url), 'utf8');
  const keys = [...(/key_names\[KEYS\] = \{([^}]*)\}/.exec(source)?.[1] ?? '').matchAll(/"([a-z-]+)"/g)].map(([, key]) => key ?? '');
  expect(keys.length).toBeGreaterThan(20);
  for (const what of [...keys, 'arguments', 'verb', 'key', 'twice', 'fd-attached', 'not-unix-socket', 'not-tun-fd', 'foreign-netns']) {
    const { message } = helperError(
      { ok: false, error: 'bad-request', what, errno: 0, errname: '' },
      { program: '/helper', name: 'tap7', bridge: 'br7', lower: 'eth7', path: '/i' },
    );
    expect(message).not.toContain(`(${what})`);
    expect(message).not.toContain(`“${what}”`);
  }
});

test('no word of the helper’s own for a step is shown', async () => {
  const folder = new URL('../../../net-helper/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.c'));
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
  const named = /fail_system\("([a-z-]+)"|fail\([A-Z_]+, "(?:system|internal|qmp)", "([a-z-]+)"|"system", "([a-z-]+)"|what = "([a-z-]+)"/g;
  const words = new Set([...sources.join('\n').matchAll(named)].map((groups) => groups.slice(1).find((word) => word !== undefined) ?? ''));
  expect(words.size).toBeGreaterThan(30);
  for (const what of words) {
    const reply = { ok: false, error: 'system', what, errno: 5, errname: 'EIO' } as const;
    expect(helperError(reply, { program: '/helper' }).message, what).toMatch(/^The network helper could not /);
  }
});

test.each([
  ['name', { name: 'lo' }, /^“lo” is the loopback interface/, '/i/target/@dev'],
  ['bridge', { bridge: 'lo' }, /^“lo” is the loopback interface/, '/i/source/@bridge'],
  ['lower', { lower: 'lo' }, /^“lo” is the loopback interface/, '/i/source/@dev'],
  ['name', { name: 'all' }, /^“all” is what Linux calls/, '/i/target/@dev'],
  ['name', { name: 'a b' }, /^“a b” is no name for an interface/, '/i/target/@dev'],
  ['bridge', { bridge: 'a b' }, /^“a b” is no name for a bridge/, '/i/source/@bridge'],
] as const)('why a name isn’t taken as %s: %j', (what, names, words, path) => {
  const reply = { ok: false, error: 'bad-request', what, errno: 0, errname: '' } as const;
  const told = helperError(reply, { program: '/helper', path: '/i', ...names });
  expect(told).toMatchObject({ code: 'invalid', data: { path } });
  expect(told.message).toMatch(words);
  expect(told.data.next?.includes('1 to 15')).toBe(Object.values(names).includes('a b'));
});

test('a timeline keeps the beginning and the newest, and tells its listeners', () => {
  const timeline = new NicTimeline();
  const told: string[] = [];
  const end = timeline.listen((machine) => told.push(machine));
  timeline.begin('m', 'net0', [{ at: 1, kind: 'created', text: 'first' }]);
  for (let step = 0; step < 500; step++) timeline.add('m', 'net0', { kind: 'mtu', mtu: step });
  end();
  timeline.add('m', 'net1', { kind: 'link', link: 'up' });
  const steps = timeline.of('m', 'net0');
  expect(steps).toHaveLength(200);
  expect(steps[0]).toEqual({ at: 1, kind: 'created', text: 'first' });
  expect(steps.at(-1)).toMatchObject({ kind: 'mtu', mtu: 499 });
  expect(told).toHaveLength(501);
  expect(timeline.of('n', 'net0')).toEqual([]);
});

test('watching: looks at once and after each change, never two at a time, and unsubscribes', async () => {
  const abort = new AbortController();
  let tell = () => {};
  let subscribed = 0;
  let looking = 0;
  let looks = 0;
  const subscribe = (changed: () => void) => {
    subscribed++;
    tell = changed;
    return () => subscribed--;
  };
  const look = async () => {
    expect(++looking).toBe(1);
    if (looks === 0) tell(); // a change while the first look is under way leads to a second
    await Promise.resolve();
    looking--;
    return ++looks;
  };
  const seen: number[] = [];
  for await (const item of watching(look, subscribe, 1_000_000, abort.signal)) {
    seen.push(item);
    if (item === 2) setImmediate(() => tell());
    if (item === 3) abort.abort();
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(subscribed).toBe(0);
});

test('why the helper refused is known by its own word, not by the sentence', () => {
  const reply = { ok: false, error: 'intruder', what: 'tap', errno: 0, errname: '' } as const;
  const told = helperError(reply, { program: '/helper', name: 'vt0' });
  expect(helperWord(told)).toBe('intruder');
  expect(helperWord(new TapestryError('helper-failed', told.message, { detail: 'intruder tap' }))).toBeUndefined();
});
