import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from './namespace.ts';
import { seeded } from '../../testing/seeded.ts';
import { bare, childrenOf, helperFile, helpersGone, ipLink, run, scratch, sh, until } from './tools.ts';
import { keptUplink, takeOff, takeUplinkOff, uplinkTrial } from './uplink-trial.ts';

/** Commands that give a card called `card` something, and what the kernel must be able to do for them. */
type SetUp = readonly string[];

/**
 * What a host may have on its card. Each line is a set-up of its own; `everything` has them all. `far` is the other end of the card's cable,
 * `other` a second card with 10.7.0.1/24.
 */
const addresses: Readonly<Record<string, SetUp>> = {
  'a plain address and route': ['ip address add 192.0.2.10/24 brd + dev card', 'ip route add default via 192.0.2.1'],
  'lifetimes of DHCP': ['ip address add 192.0.2.11/24 dev card valid_lft 3600 preferred_lft 1800'],
  'a deprecated address': ['ip address add 192.0.3.12/24 dev card preferred_lft 0'],
  'an address without its route, which has a metric and a source (as NetworkManager does)': [
    'ip address add 192.0.4.10/24 dev card noprefixroute',
    'ip route add 192.0.4.0/24 dev card proto kernel scope link src 192.0.4.10 metric 600',
    'ip route add default via 192.0.4.1 proto dhcp src 192.0.4.10 metric 600',
  ],
  labels: [
    'ip address add 192.0.5.10/24 dev card label card:1',
    'ip address add 192.0.5.11/24 dev card label card:a-long-one',
    'ip address add 192.0.5.12/24 dev card',
  ],
  'a metric': ['ip address add 192.0.6.10/24 dev card metric 300'],
  'several of one network, in order': [
    'ip address add 192.0.7.30/24 dev card',
    'ip address add 192.0.7.10/24 dev card',
    'ip address add 192.0.7.20/24 dev card',
    'ip address add 192.0.7.9/25 dev card',
  ],
  'a peer, a host and a link-scoped address': [
    'ip address add 10.9.9.1 peer 10.9.9.2 dev card',
    'ip address add 10.9.8.1/32 dev card',
    'ip address add 169.254.7.7/16 dev card scope link',
  ],
  'an address whose route was taken away': ['ip address add 192.0.8.10/24 dev card', 'ip route del 192.0.8.0/24 dev card'],
};

const ipv6: Readonly<Record<string, SetUp>> = {
  'IPv6: lifetimes': ['ip address add 2001:db8:1::10/64 dev card nodad valid_lft 3600 preferred_lft 1800'],
  'IPv6: flags': [
    'ip address add 2001:db8:2::10/64 dev card nodad',
    'ip address add 2001:db8:2::11/64 dev card',
    'ip address add 2001:db8:2::12/64 dev card noprefixroute',
    'ip address add 2001:db8:2::13/64 dev card home nodad',
    'ip address add 2001:db8:2::14/64 dev card mngtmpaddr',
  ],
  'IPv6: a peer, a metric, a single host': [
    'ip address add 2001:db8:3::1 peer 2001:db8:3::2 dev card nodad',
    'ip address add 2001:db8:3:1::1/64 dev card metric 512 nodad',
    'ip address add 2001:db8:3:2::1/128 dev card nodad',
  ],
  'IPv6: routes that run out, preferred ones, by link-local gateways': [
    'ip address add 2001:db8:4::10/64 dev card nodad',
    'ip -6 route add default via fe80::1 dev card proto ra metric 100 expires 1800 pref high',
    'ip -6 route add 2001:db8:40::/48 via 2001:db8:4::1 src 2001:db8:4::10 metric 77 mtu 1400',
  ],
  'IPv6: several ways': [
    'ip address add 2001:db8:5::10/64 dev card nodad',
    'ip -6 route add 2001:db8:50::/48 nexthop via 2001:db8:5::1 dev card nexthop via 2001:db8:5::2 dev card weight 3',
  ],
};

const routes: Readonly<Record<string, SetUp>> = {
  'several ways, over one card and over two': [
    'ip address add 192.0.9.10/24 dev card',
    'ip route add 198.51.100.0/25 nexthop via 192.0.9.3 dev card nexthop via 192.0.9.4 dev card weight 3',
    'ip route add 198.51.100.128/25 nexthop via 192.0.9.3 dev card nexthop via 10.7.0.2 dev other',
  ],
  'other tables, sources, gateways that are not on the link': [
    'ip address add 192.0.10.10/24 dev card',
    'ip route add 198.51.101.0/24 via 192.0.10.2 src 192.0.10.10 table 77 dev card',
    'ip route add 198.51.102.0/24 via 203.0.113.9 dev card onlink metric 5',
    'ip -6 route add 2001:db8:66::/48 dev card table 1234',
    'ip rule add from 192.0.10.10 table 77',
    'ip rule add iif card table 77',
  ],
  'a route of another card from this one’s address': [
    'ip address add 192.0.11.10/24 dev card',
    'ip route add 198.51.103.0/24 dev other src 192.0.11.10',
  ],
  'routes through routes, with metrics of their own': [
    'ip address add 192.0.12.10/24 dev card',
    'ip route add 203.0.113.1 dev card scope link',
    'ip route add 198.51.104.0/24 via 203.0.113.1 mtu 1400 advmss 1300 initcwnd 20',
    'ip route add 198.51.104.0/24 via 203.0.113.1 metric 9 tos 0x10',
    'ip route add local 172.30.0.0/24 dev card table local',
  ],
  'static neighbours and those it answers for': [
    'ip address add 192.0.13.10/24 dev card',
    'ip neighbour add 192.0.13.9 lladdr 02:00:00:00:00:09 dev card nud permanent',
    'ip -6 neighbour add 2001:db8:7::9 lladdr 02:00:00:00:00:19 dev card nud permanent router',
    'ip neighbour add proxy 192.0.13.50 dev card',
  ],
};

/** Each set-up has networks of its own, so a group of them is looked at in one go. */
const groups = { 'IPv4 addresses': addresses, IPv6: ipv6, 'routes and neighbours': routes };

const card = [
  'ip link add card type veth peer name far',
  'ip link set card up',
  'ip link set far up',
  'ip link add other type veth peer name another',
  'ip link set other up',
  'ip link set another up',
  'ip address add 10.7.0.1/24 dev other',
];

/** All that the host's network has of this card, without what runs on by itself: the rest of lifetimes is a number, of which `N` is left. */
const look = async (): Promise<readonly string[]> => {
  const parts = await sh(
    'sh',
    '-c',
    `ip -details address show dev card
     ip route show table all; ip -6 route show table all
     ip neighbour show nud permanent; ip neighbour show proxy
     ip rule; ip -6 rule
     ip address show dev vmbr0; ip -oneline link show dev vmbr0 | grep -o 'BROADCAST[^>]*UP'`,
  );
  return parts
    .split('\n')
    .map((line) => line.replaceAll(/\b\d+sec\b/g, 'N').trimEnd())
    .filter((line) => !/^\s+(?:link\/|veth|bridge)|^\d+: |master|dev (?:far|another|lo) |fe80::|ff00::\/8/.test(line));
};

/** Each IPv6 address has its route in the table `local`: the kernel's worker adds it a moment later, also without a check for duplicates. */
const haveLocalRoutes = async (): Promise<boolean> => {
  const local = await sh('ip', '-6', 'route', 'show', 'table', 'local');
  const given = [...(await sh('ip', '-6', '-oneline', 'address')).matchAll(/inet6 ([0-9a-f:]+)/g)];
  return given.every(([, address]) => local.includes(`local ${address} dev`));
};

/** No check for duplicates is going on any more. */
const settled = async () => {
  await until(async () => !/tentative/.test(await sh('ip', '-6', 'address')), 'addresses are checked');
  await until(haveLocalRoutes, 'addresses have their local routes');
  // Own link-local addresses come with the carrier.
  await until(async () => /fe80::/.test(await sh('ip', '-6', 'address', 'show', 'dev', 'card')), 'the card has its own address');
};

const lifetimes = async (name: string): Promise<readonly number[]> =>
  [...(await sh('ip', 'address', 'show', 'dev', name)).matchAll(/_lft (\d+)sec/g)].map(([, left]) => Number(left));

const same = async (before: readonly string[], what: string): Promise<void> => {
  await settled();
  assert.equal((await ipLink('card'))['master'], undefined, what);
  assert.deepEqual(await look(), before, what);
};

const bridge = async () => assert.equal(bare(['bridge-add', 'name=vmbr0']).status, 0);

/** A host whose card has this, and a bridge for it. Gives what {@link look} sees. */
const prepared = async (commands: SetUp): Promise<readonly string[]> => {
  await run([...card, ...commands]);
  await bridge();
  await settled();
  return look();
};

/** Each way out of an uplink gives the card all that it had. */
const comesBack = (commands: SetUp) => async (): Promise<void> => {
  const before = await prepared(commands);
  const times = await lifetimes('card');
  const notKept = await uplinkTrial(120);
  assert.doesNotMatch(
    await sh('ip', 'address', 'show', 'dev', 'card', 'scope', 'global'),
    /inet/,
    'the card has none of its addresses in the trial',
  );
  // The bridge has them, with their lifetimes.
  assert.equal((await lifetimes('vmbr0')).length, times.length);
  await notKept.answer('');
  await same(before, 'not confirmed');
  await (await uplinkTrial(120)).kill();
  await same(before, 'the keeper was killed');
  await keptUplink();
  assert.equal((await ipLink('card'))['master'], 'vmbr0');
  await settled();
  takeUplinkOff();
  await same(before, 'kept, and taken off');
  for (const [place, left] of (await lifetimes('card')).entries()) {
    const had = times[place] ?? 0;
    assert.ok(left <= had && left > had - 300, `lifetimes run on: ${had}, then ${left}`);
  }
};

/** As a host that was set up by several hands has it. */
const mixture: SetUp = [
  ...(addresses['an address without its route, which has a metric and a source (as NetworkManager does)'] ?? []),
  ...(addresses['lifetimes of DHCP'] ?? []),
  ...(ipv6['IPv6: lifetimes'] ?? []),
  ...(routes['several ways, over one card and over two'] ?? []),
  ...(routes['static neighbours and those it answers for'] ?? []),
  'ip route add 198.51.101.0/24 via 192.0.9.2 src 192.0.9.10 table 77 dev card',
];

/** How often a run that succeeds sends a message to the kernel, as strace counts. */
const messagesOf = (args: readonly string[]): number => {
  const trace = path.join(scratch(), 'trace');
  bare(args, [], ['strace', '-qq', '-e', 'trace=sendto', '-o', trace]);
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('sendto(')).length;
};

/**
 * Kills a run before its messages, and looks at the host each time. The first of them only read. Some of the rest, which ones the seed says;
 * all of them with TAPESTRY_KILLS=all.
 */
const killedBefore = async (
  args: readonly string[],
  before: () => Promise<void>,
  check: (what: string) => Promise<void>,
): Promise<void> => {
  await before();
  const messages = messagesOf(args);
  await check('not killed');
  assert.ok(messages > 20, String(messages));
  const random = seeded();
  const share = process.env['TAPESTRY_KILLS'] === 'all' ? 1 : 0.4;
  let kills = 0;
  for (let nth = 8; nth <= messages; nth++) {
    if (random.fraction() > share) continue;
    await before();
    const { signal, status } = bare(args, [], ['strace', '-qq', '-o', '/dev/null', '-e', `inject=sendto:signal=KILL:when=${nth}`]);
    if (signal === 'SIGKILL' || status === 137) kills++;
    await helpersGone();
    await check(`killed at message ${nth} of ${messages}, seed ${random.seed}`);
  }
  process.stdout.write(`${args[0]}: ${kills} kills at ${messages} messages (seed ${random.seed}), everything as it should be each time\n`);
  assert.ok(kills > 0);
};

const addAndGiveBack = ['uplink-add', 'bridge=vmbr0', 'lower=card', 'confirm=0', 'within=60'] as const;

export const cases: NamespaceCases = {
  ...Object.fromEntries(
    Object.entries(groups).map(([name, all]) => [
      `what comes back: ${name}`,
      { as: ['root' as const], run: comesBack(Object.values(all).flat()) },
    ]),
  ),
  'what comes back: everything at once': {
    as: ['user'],
    run: comesBack(Object.values(groups).flatMap((all) => Object.values(all).flat())),
  },
  'what could not be given back is refused before anything is changed, with its name': {
    as: ['root'],
    run: async () => {
      const before = await prepared([
        'ip address add 192.0.2.10/24 dev card',
        'ip nexthop add id 5 via 192.0.2.1 dev card',
        'ip route add 198.51.100.0/24 nhid 5',
      ]);
      const refused = bare(addAndGiveBack);
      assert.equal(refused.reply['error'], 'cannot-give-back', refused.text);
      assert.equal(refused.reply['what'], 'nexthops');
      await same(before, 'refused');
      await run(['ip nexthop flush']);
      assert.equal(bare(addAndGiveBack).reply['error'], 'rolled-back');
      await run(
        Array.from({ length: 65 }, (_one, last) => `ip neighbour add 192.0.2.${last + 20} lladdr 02:00:00:00:00:09 dev card nud permanent`),
      );
      assert.equal(bare(addAndGiveBack).reply['what'], 'neighbours');
      assert.equal((await ipLink('card'))['master'], undefined);
    },
  },
  'a card that is down is down again, with its addresses': {
    as: ['root'],
    run: async () => {
      await run([...card, 'ip link set card down', 'ip address add 192.0.2.10/24 dev card']);
      await bridge();
      const before = await look();
      assert.equal(bare(addAndGiveBack).reply['error'], 'rolled-back');
      await helpersGone();
      assert.deepEqual(await look(), before);
      assert.ok(!((await ipLink('card'))['flags'] as string[]).includes('UP'));
    },
  },
  'the card’s link-local address doesn’t stay with the bridge': {
    as: ['root'],
    run: async () => {
      await run([...card, 'ip address add 192.0.2.10/24 dev card']);
      await bridge();
      const local = async (name: string) =>
        [...(await sh('ip', '-6', 'address', 'show', 'dev', name)).matchAll(/fe80::[0-9a-f:]+/g)].map(String);
      await until(async () => (await local('card')).length === 1, 'the card has its own');
      const [own] = await local('card');
      for (const kept of [false, true]) {
        const one = await uplinkTrial(120);
        await until(async () => (await local('vmbr0')).includes(own ?? ''), 'the bridge has the card’s MAC, and an address of it');
        await one.answer(kept ? 'y' : '');
        if (kept) takeUplinkOff();
        assert.deepEqual(await local('vmbr0'), []);
        assert.deepEqual(await local('card'), [own]);
      }
      // With another port, the bridge goes on with one of its own.
      await run(['ip link set another master vmbr0']);
      const shared = await uplinkTrial(120);
      await until(async () => (await local('vmbr0')).length === 1, 'the bridge has one');
      await shared.answer('y');
      takeUplinkOff();
      assert.ok(!(await local('vmbr0')).includes(own ?? ''));
    },
  },
  'taking an uplink off is finished, wherever it is killed': {
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const before = await prepared(mixture);
      await killedBefore(takeOff, keptUplink, async (what) => {
        // Killed before its first change it was never begun; then it is done now.
        if ((await ipLink('card'))['master'] !== undefined) takeUplinkOff(what);
        await same(before, what);
      });
    },
  },
  'adding an uplink is undone, wherever it is killed': {
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const before = await prepared(mixture);
      await killedBefore(
        addAndGiveBack,
        () => Promise.resolve(),
        (what) => same(before, what),
      );
    },
  },
  'taking off: a message that fails once, and the guard killed first': {
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const before = await prepared(mixture);
      await keptUplink();
      const messages = messagesOf(takeOff);
      await same(before, 'not disturbed');
      for (let nth = 14; nth <= messages; nth += 3) {
        await keptUplink();
        const failed = bare(takeOff, [], ['strace', '-qq', '-o', '/dev/null', '-e', `inject=sendto:error=ENOBUFS:when=${nth}`]);
        await helpersGone();
        if ((await ipLink('card'))['master'] !== undefined) takeUplinkOff(failed.text);
        await same(before, `message ${nth} of ${messages} failed`);
      }
      // The guard is the process that the first one makes: it is killed as soon as it is there, while the first one is held up.
      await keptUplink();
      const slow = spawn('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=sendto:delay_enter=400000:when=12', helperFile, ...takeOff], {
        stdio: 'ignore',
      });
      const closed = new Promise((resolve) => slow.on('close', resolve));
      const guard = (): number | undefined => childrenOf(slow.pid ?? 0).flatMap(childrenOf)[0];
      await until(() => guard() !== undefined, 'the guard is there');
      process.kill(guard() ?? 0, 'SIGKILL');
      await closed;
      await helpersGone();
      await same(before, 'the guard was killed');
    },
  },
  'taking off is finished by the guard where the first process is stopped, and neither stays': {
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const before = await prepared(mixture);
      await keptUplink();
      const messages = messagesOf(takeOff);
      await same(before, 'not disturbed');
      await keptUplink();
      // Anywhere from its first change on. It stays stopped: no signal but the guard's last one ends it.
      const random = seeded();
      const nth = 14 + random.integer(messages - 14);
      const stopped = bare(takeOff, [], ['strace', '-qq', '-o', '/dev/null', '-e', `inject=sendto:signal=STOP:when=${nth}`]);
      const what = `stopped at message ${nth} of ${messages}, seed ${random.seed}`;
      assert.equal(stopped.text, '', what);
      assert.equal(stopped.signal, 'SIGKILL', what);
      await helpersGone();
      await same(before, what);
    },
  },
  'fifty trials leave no process': {
    as: ['root'],
    run: async () => {
      const before = await prepared(['ip address add 192.0.2.10/24 dev card']);
      for (let round = 0; round < 50; round++) {
        const one = await uplinkTrial(120);
        if (round % 3 === 0) await one.kill();
        else await one.answer(round % 3 === 1 ? '' : 'n');
      }
      await helpersGone();
      await same(before, 'fifty trials');
    },
  },
  'a bridge is given up with an uplink only if it was made for it': {
    as: ['root'],
    run: async () => {
      await run([...card, 'ip address add 192.0.2.10/24 dev card']);
      await bridge();
      await run(['ip address add 10.77.0.1/24 dev vmbr0']);
      const own = bare([...addAndGiveBack, 'made=1']);
      assert.equal(own.reply['error'], 'not-made', own.text);
      await run(['ip address flush dev vmbr0', 'ip link set another master vmbr0']);
      assert.equal(bare([...addAndGiveBack, 'made=1']).reply['error'], 'not-made');
      assert.equal((await ipLink('card'))['master'], undefined);
    },
  },
};
