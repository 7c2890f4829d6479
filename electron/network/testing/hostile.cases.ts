import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from './namespace.ts';
import { seeded, type Seeded } from '../../testing/seeded.ts';
import { bare, bareAsync, childrenOf, helperFile, helpersGone, interfaces, ipLink, scratch, sh, until, withTuns } from './tools.ts';

const sources = path.resolve(import.meta.dirname, '../../../net-helper/testing');
const bridges = ['br0', 'br1'].flatMap((name) => [
  ['ip', 'link', 'add', name, 'type', 'bridge'],
  ['ip', 'link', 'set', name, 'up'],
]);
const everything = 'allow tap * *\nallow name * *\nallow manage * *\nallow host * *\nallow direct * *\nallow uplink * *\n';

/** Compiles a hostile program of the helper's tests. */
const compiled = async (name: string): Promise<string> => {
  const program = path.join(scratch(), name);
  await sh('cc', '-D_GNU_SOURCE', '-o', program, path.join(sources, `${name}.c`));
  return program;
};

const total = (what: string, random: Seeded, counts: Readonly<Record<string, number>>): void => {
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(`${what}: ${words.join(', ')} (seed ${random.seed})\n`);
};

/** Runs the helper, and kills it after `delay` ms; true when that was in time. */
const killedAfter = async (args: readonly string[], delay: number, fds: readonly number[] = []): Promise<boolean> => {
  const child = spawn(helperFile, args, { stdio: ['ignore', 'ignore', 'ignore', ...fds], env: {} });
  const ended = new Promise<boolean>((resolve) => child.on('exit', (_code, signal) => resolve(signal === 'SIGKILL')));
  // The moment is the point of it: any one will do.
  const timer = setTimeout(() => child.kill('SIGKILL'), delay);
  const killed = await ended;
  clearTimeout(timer);
  return killed;
};

const made = async (pattern: RegExp): Promise<readonly string[]> => (await interfaces()).filter((name) => pattern.test(name));

export const cases: NamespaceCases = {
  'each verb, killed at a random moment: nothing half-done stays': {
    as: ['root'],
    prepare: [...bridges, ['ip', 'link', 'add', 'card', 'type', 'veth', 'peer', 'name', 'far'], ['ip', 'link', 'set', 'card', 'up']],
    run: async () => {
      const random = seeded();
      const counts = { runs: 0, kills: 0 };
      await sh('ip', 'address', 'add', '192.0.2.10/24', 'dev', 'card');
      await sh('ip', 'route', 'add', 'default', 'via', '192.0.2.1', 'dev', 'card', 'metric', '600');
      await sh('sh', '-c', 'ip link set far up');
      assert.equal(bare(['bridge-add', 'name=vmbr0']).status, 0);
      await withTuns(1, async (held) => {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0', 'isolated=1'], held).status, 0);
        const verbs: readonly (readonly string[])[] = [
          ['tap', 'fd=3', 'name=t0', 'bridge=br0', 'isolated=1'],
          ['move', 'name=x0', 'bridge=br1', 'mtu=1400'],
          ['move', 'name=x0', 'bridge=br0', 'mtu=1500'],
          ['isolate', 'name=x0', 'isolated=1'],
          ['link', 'name=x0', 'state=up'],
          ['bridge-add', 'name=b0'],
          ['bridge-del', 'name=b0'],
          ['uplink-add', 'bridge=vmbr0', 'lower=card', 'confirm=0', 'within=60'],
          ['coalesce', 'name=x0', 'frames=9'],
          ['bandwidth', 'name=x0'],
          ['gc'],
        ];
        for (let round = 0; round < 60; round++) {
          const verb = random.one(verbs);
          const delay = random.integer(12);
          counts.runs++;
          await withTuns(1, async (fds) => {
            if (await killedAfter(verb, delay, fds)) counts.kills++;
          });
          await helpersGone();
          const what = `${verb.join(' ')} killed after ${delay} ms, round ${round}, seed ${random.seed}`;
          assert.deepEqual(await made(/^t/), [], what);
          const link = await ipLink('x0');
          assert.match(String(link['master']), /^br[01]$/, what);
          const port = (link['linkinfo'] as { info_slave_data: { isolated: boolean } }).info_slave_data;
          assert.equal(port.isolated, true, what);
          assert.equal((await ipLink('card'))['master'], undefined, what);
          assert.match(await sh('ip', 'route', 'show', 'default'), /192\.0\.2\.1 dev card metric 600/, what);
        }
      });
      total('killed at random moments', random, counts);
    },
  },
  'a caller who kills the helper gets no more TAPs than the list lets it, and gc takes away what it left': {
    as: ['capable'],
    needs: ['cc'],
    prepare: [...bridges, ['ip', 'tuntap', 'add', 'mine', 'mode', 'tap', 'user', 'UID']],
    acl: `${everything}limit taps * 4\n`,
    run: async () => {
      const random = seeded();
      const killer = await compiled('killer');
      const counts = { killed: 0, late: 0 };
      for (let round = 0; round < 30; round++) {
        const nth = String(1 + random.integer(6));
        // Half of them give what they got to somebody else, so that it isn't counted for them.
        const owner = random.fraction() < 0.5 ? '0' : '54399';
        const words = await sh(killer, nth, owner, helperFile, 'tap', 'fd=3', `name=h${round}`, 'bridge=br0');
        if (words.trim() === 'killed') counts.killed++;
        else counts.late++;
        const left = await made(/^h\d/);
        // One may be there that the next run takes away.
        assert.ok(left.length <= 5, `${left.join(' ')} in round ${round}, seed ${random.seed}`);
      }
      total('TAPs made and killed for', random, counts);
      assert.ok(counts.killed > 0);
      await withTuns(1, () => assert.equal(bare(['gc']).status, 0));
      assert.deepEqual(await made(/^h\d/), []);
      assert.ok((await interfaces()).includes('mine'), 'a TAP that the administrator made for this user is not the helper’s to take');
    },
  },
  'a TAP whose maker is held up before it labels it is not taken for one that was left': {
    as: ['root'],
    needs: ['strace'],
    prepare: bridges,
    run: () =>
      withTuns(2, async ([slow = 0, quick = 0]) => {
        const words = (name: string) => ['tap', 'fd=3', `name=${name}`, 'bridge=br0'];
        const folder = scratch();
        const trace = path.join(folder, 'trace');
        bare(words('held0'), [slow], ['strace', '-qq', '-s', '512', '-e', 'trace=sendto', '-o', trace]);
        const labels = readFileSync(trace, 'utf8')
          .split('\n')
          .findIndex((line) => line.includes('tapestry uid='));
        assert.ok(labels > 0);
        assert.equal(bare(['delete', 'name=held0']).status, 0);
        // Stopped with the message before the one that labels it.
        const stop = ['-qq', '-o', '/dev/null', '-e', `inject=sendto:signal=STOP:when=${labels}`];
        const held = spawn('strace', [...stop, helperFile, ...words('held0')], { stdio: ['ignore', 'ignore', 'ignore', slow] });
        const ended = new Promise((resolve) => held.on('close', resolve));
        await until(async () => (await made(/^held0$/)).length === 1, 'the TAP is there');
        const waits = path.join(folder, 'waits');
        const other = spawn('strace', ['-qq', '-o', waits, '-e', 'trace=poll', helperFile, ...words('other0')], {
          stdio: ['ignore', 'ignore', 'ignore', quick],
        });
        const over = new Promise((resolve) => other.on('close', resolve));
        const looks = () => (existsSync(waits) ? readFileSync(waits, 'utf8').split('\n').length : 0);
        await until(() => looks() > 20, 'the other one looks at it, and looks again');
        assert.equal((await ipLink('held0'))['ifalias'], undefined, 'it has no label yet');
        process.kill(childrenOf(held.pid ?? 0)[0] ?? 0, 'SIGCONT');
        assert.equal(await over, 0);
        assert.equal(await ended, 0);
        assert.match(String((await ipLink('held0'))['ifalias']), /^tapestry uid=0 /);
      }),
  },
  'nor more bridges, also when two come at once and a killed one is completed': {
    as: ['capable'],
    needs: ['cc'],
    acl: `${everything}limit bridges * 3\n`,
    run: async () => {
      const random = seeded();
      const killer = await compiled('killer');
      const counts = { killed: 0, late: 0, completed: 0 };
      for (let round = 0; round < 16; round++) {
        const pair = [0, 1].map((which) =>
          sh(killer, String(1 + random.integer(2)), '0', helperFile, 'bridge-add', `name=k${round}x${which}`),
        );
        for (const words of await Promise.all(pair)) {
          if (words.trim() === 'killed') counts.killed++;
          else counts.late++;
        }
        const again = bare(['bridge-add', `name=k${round}x0`]);
        if (again.reply['adopted'] === true) counts.completed++;
        const labels = await sh('sh', '-c', 'ip -details link show type bridge | grep -c "alias tapestry uid=54321" || true');
        assert.ok(Number(labels) <= 3, `${labels.trim()} bridges in round ${round}, seed ${random.seed}`);
      }
      total('bridges made and killed for', random, counts);
      assert.ok(counts.killed > 0);
    },
  },
  'four callers at once for one name: one is told that it made it': {
    as: ['root', 'capable'],
    acl: everything,
    prepare: bridges,
    run: async () => {
      for (let round = 0; round < 12; round++) {
        const replies = await Promise.all(Array.from({ length: 4 }, () => bareAsync(['bridge-add', 'name=race0'])));
        assert.equal(replies.filter(({ status }) => status === 0).length, 1, replies.map(({ text }) => text).join(''));
        assert.equal(replies.filter(({ reply }) => reply['error'] === 'name-in-use').length, 3);
        const deleted = await Promise.all(Array.from({ length: 2 }, () => bareAsync(['bridge-del', 'name=race0'])));
        assert.equal(deleted.filter(({ status }) => status === 0).length, 1);
      }
      process.stdout.write('races of four for a bridge: 12, one winner each\n');
    },
  },
  'a bridge that is just being made is not completed by another user; one without a label for long is': {
    as: ['root'],
    prepare: [['ip', 'link', 'add', 'half0', 'group', '1414550356', 'type', 'bridge']],
    run: async () => {
      const late = bareAsync(['bridge-add', 'name=half0']);
      await sh('ip', 'link', 'set', 'half0', 'alias', 'tapestry uid=54399 at=1');
      // Labelled before the helper looked, or while it waited: either way it is the other one's.
      assert.equal((await late).reply['error'], 'name-in-use');
      await sh('ip', 'link', 'add', 'half1', 'group', '1414550356', 'type', 'bridge');
      const completed = bare(['bridge-add', 'name=half1']);
      assert.equal(completed.reply['adopted'], true, completed.text);
    },
  },
  'what is denied is not given by chance': {
    as: ['capable'],
    prepare: bridges,
    // All names that begin with a digit below 8 are denied: half of those that may come out.
    acl: `${everything}${Array.from({ length: 8 }, (_one, digit) => `deny name * vt${digit}*\n`).join('')}`,
    run: async () => {
      for (let round = 0; round < 12; round++) {
        const name = await withTuns(1, (fds) => bare(['tap', 'fd=3', 'auto=vt', 'bridge=br0'], fds).reply['ifname']);
        assert.match(String(name), /^vt[89a-f]/);
      }
      const lower = bare(['macvtap', 'lower=br0', 'mode=bridge', 'mac=52:54:00:00:00:01', 'name=vt1']);
      assert.equal(lower.reply['what'], 'acl-name');
    },
  },
  'all names that could come out are denied: refused': {
    as: ['capable'],
    prepare: bridges,
    acl: `${everything}${Array.from('0123456789abcdef', (digit) => `deny name * vt${digit}*\n`).join('')}`,
    run: () =>
      withTuns(1, (fds) => {
        assert.equal(bare(['tap', 'fd=3', 'auto=vt', 'bridge=br0'], fds).reply['what'], 'acl-name');
      }),
  },
  'a member of thousands of groups is told apart by the last of them': {
    as: ['root'],
    needs: ['setpriv', 'setcap', 'python3'],
    prepare: bridges,
    run: async () => {
      const folder = scratch();
      await sh('chmod', '755', folder, path.dirname(folder));
      const helper = path.join(folder, 'helper');
      await sh('cp', helperFile, helper);
      await sh('setcap', 'cap_net_admin+ep', helper);
      await sh(
        'sh',
        '-c',
        `mount -t tmpfs -o mode=755 tmpfs /etc && mkdir /etc/tapestry && echo 'allow tap %70000 br0' > /etc/tapestry/net-helper.conf`,
      );
      const become =
        'import os,sys\nos.setgroups(list(range(60000,63000))+[70000])\nos.setgid(54321)\nos.setuid(54321)\nos.execv(sys.argv[1],sys.argv[1:])';
      assert.match(await sh('/usr/bin/env', 'python3', '-c', become, helper, 'check'), /"ok":true.*"taps":true/);
    },
  },
  'a bridge of another user that the host has addresses on is deleted only when it is named twice': {
    as: ['capable'],
    acl: everything,
    prepare: [
      ...['theirs', 'empty'].map((name) => ['ip', 'link', 'add', name, 'group', '1414550356', 'type', 'bridge']),
      ...['theirs', 'empty'].map((name) => ['ip', 'link', 'set', name, 'alias', 'tapestry uid=54399 at=1']),
      ['ip', 'address', 'add', '10.8.0.1/24', 'dev', 'theirs'],
    ],
    run: async () => {
      assert.equal(bare(['bridge-del', 'name=theirs']).reply['error'], 'has-addresses');
      assert.equal(bare(['bridge-del', 'name=empty']).status, 0);
      assert.equal(bare(['bridge-del', 'name=theirs', 'force=theirs']).status, 0);
      assert.deepEqual(await interfaces(), ['lo']);
    },
  },
  'as many queues as the kernel has, and not one more': {
    prepare: bridges,
    run: async () => {
      for (const count of [17, 64, 256]) {
        await withTuns(count, async (fds) => {
          const list = fds.map((_fd, place) => 3 + place).join(',');
          const { status, text, reply } = bare(['tap', `fd=${list}`, 'name=mq0', 'bridge=br0'], fds);
          assert.equal(status, 0, text);
          assert.equal(reply['queues'], count);
        });
        await until(async () => !(await interfaces()).includes('mq0'), 'it goes with its descriptors');
      }
      await withTuns(257, (fds) => {
        const list = fds.map((_fd, place) => 3 + place).join(',');
        assert.equal(bare(['tap', `fd=${list}`, 'name=mq0', 'bridge=br0'], fds).reply['what'], 'fd');
      });
    },
  },
  'wrong descriptors of every kind are refused, and leave nothing': {
    prepare: bridges,
    run: async () => {
      const random = seeded();
      const files = ['/dev/null', '/dev/zero', '/etc/passwd', '/proc/self/stat', '/', '/dev/full'];
      const counts = { requests: 0 };
      for (let round = 0; round < 40; round++) {
        const number = random.integer(3) + 1;
        const fds = Array.from({ length: number }, () => openSync(random.one(files), 'r'));
        await withTuns(1, (good) => {
          const list = [...fds, ...good];
          const order = list.map((_fd, place) => 3 + place).toSorted(() => random.fraction() - 0.5);
          const { status, text } = bare(['tap', `fd=${order.join(',')}`, 'name=x0', 'bridge=br0'], list);
          counts.requests++;
          assert.equal(status, 64, `${text} seed ${random.seed}`);
        });
        for (const fd of fds) closeSync(fd);
      }
      assert.deepEqual(await interfaces(), ['br0', 'br1', 'lo']);
      total('wrong descriptors', random, counts);
    },
  },
};
