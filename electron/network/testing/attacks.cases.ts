import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from './namespace.ts';
import { bare, bareAsync, helperFile, interfaces, ipLink, scratch, sh, until, withTuns } from './tools.ts';

const helperSources = path.resolve(import.meta.dirname, '../../../net-helper');
const br0 = [
  ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
  ['ip', 'link', 'set', 'br0', 'up'],
];
const everything = 'allow tap * *\nallow name * *\nallow manage * *\nallow host * *\nallow direct * *\nallow uplink * *\n';
const stranger = ['setpriv', '--reuid', '54322', '--regid', '54322', '--clear-groups', '--inh-caps=-all'];

/** Makes the intruder, and a TAP whose maker is held up just after TUNSETIFF, so that the intruder always comes first. */
const raceWithIntruder = async (park: boolean): Promise<void> => {
  const intruder = path.join(scratch(), 'intruder');
  await sh('cc', '-D_GNU_SOURCE', '-o', intruder, path.join(helperSources, 'testing/intruder.c'));
  await sh('chmod', '-R', 'a+rX', path.dirname(intruder));
  await withTuns(3, async ([first = 0, second = 0, third = 0]) => {
    const attacker = spawn(stranger[0] ?? '', [...stranger.slice(1), intruder, 'vt', ...(park ? ['park'] : [])], {
      stdio: ['pipe', 'pipe', 'inherit', third],
    });
    let words = '';
    attacker.stdout?.setEncoding('utf8').on('data', (text: string) => (words += text));
    await until(() => words.includes('ready'), 'the intruder listens');
    // Two descriptors are looked at with three requests each (attached? its namespace? ours?); the seventh is TUNSETIFF.
    const delayed = ['strace', '-qq', '-o', '/dev/null', '-e', 'inject=ioctl:delay_exit=1500000:when=7'];
    const made = bare(['tap', 'auto=vt', 'bridge=br0', 'fd=3,4'], [first, second], delayed);
    await until(() => /joined|refused/.test(words), 'the intruder has tried');
    assert.match(words, /joined/, 'the attack works without the check');
    assert.equal(made.status, 75, made.text);
    assert.equal(made.reply['error'], 'intruder');
    const left = (await interfaces()).filter((name) => name.startsWith('vt'));
    assert.deepEqual(left, [], 'taken away from the intruder too');
    attacker.stdin?.end();
    await until(() => /back|kept out/.test(words), 'the intruder has ended');
    assert.match(words, /kept out/);
  });
};

/** What changes by itself in the kernel's words of a link: a bridge's timers. Its IPv6 addresses settle by themselves too, and are left out. */
const settled = (text: string): string => text.replaceAll(/"[a-z_]*timer":[\d.]+/g, '');

/** The helper's way of refusing what it didn't make. */
const touches = (name: string): readonly (readonly string[])[] => [
  ['move', `name=${name}`, 'bridge=br0'],
  ['move', `name=${name}`, 'bridge=none'],
  ['link', `name=${name}`, 'state=down'],
  ['isolate', `name=${name}`, 'isolated=1'],
  ['bandwidth', `name=${name}`, 'in-average=100'],
  ['coalesce', `name=${name}`, 'frames=9'],
  ['address', `name=${name}`, 'ip=10.0.0.1/8'],
  ['route', `name=${name}`, 'ip=10.0.0.0/8'],
  ['delete', `name=${name}`],
];

export const cases: NamespaceCases = {
  'a descriptor of another network namespace is refused; the namesake here stays as it is': {
    prepare: br0,
    run: async () => {
      await withTuns(1, (fds) => {
        // Opened here, used there: what TUNSETIFF makes would be here, and what a lookup finds would be there.
        const there =
          'ip link add br0 type bridge; ip tuntap add victim mode tap; "$@"; echo; ip -o link show victim; ip -o link show master br0';
        const { stdout } = spawnSync(
          'unshare',
          ['--net', 'sh', '-c', there, 'sh', helperFile, 'tap', 'fd=3', 'name=victim', 'bridge=br0'],
          {
            stdio: ['ignore', 'pipe', 'inherit', ...fds],
            encoding: 'utf8',
          },
        );
        const [reply = '', ...links] = stdout.trim().split(/\n+/);
        assert.equal((JSON.parse(reply) as { what: string }).what, 'foreign-netns');
        assert.equal(links.length, 1, 'no port on the bridge');
        assert.match(links[0] ?? '', /victim: <BROADCAST,MULTICAST> .*state DOWN/);
      });
      assert.deepEqual(await interfaces(), ['br0', 'lo']);
    },
  },
  'a descriptor of the host is of no use to a user namespace': {
    as: ['capable'],
    prepare: br0,
    acl: everything,
    run: async () => {
      await withTuns(1, (fds) => {
        const { stdout } = spawnSync(
          'unshare',
          [
            '--user',
            '--map-root-user',
            '--net',
            'sh',
            '-c',
            'ip link add br0 type bridge; exec "$@"',
            'sh',
            helperFile,
            'tap',
            'fd=3',
            'name=x0',
            'bridge=br0',
          ],
          {
            stdio: ['ignore', 'pipe', 'inherit', ...fds],
            encoding: 'utf8',
          },
        );
        assert.equal((JSON.parse(stdout) as { what: string }).what, 'foreign-netns');
        // In the host's own network, the capability of a user namespace is none.
        const here = bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds, ['unshare', '--user', '--map-root-user']);
        assert.notEqual(here.status, 0);
      });
      assert.deepEqual(await interfaces(), ['br0', 'lo']);
    },
  },
  'a queue that slips in before the owner is set is found': {
    as: ['root'],
    needs: ['strace', 'cc'],
    prepare: br0,
    run: () => raceWithIntruder(false),
  },
  'a queue that slips in and is parked is found': {
    as: ['root'],
    needs: ['strace', 'cc'],
    prepare: br0,
    run: () => raceWithIntruder(true),
  },
  'once it has an owner, another user can’t join a multiqueue TAP': {
    as: ['root'],
    prepare: br0,
    run: () =>
      withTuns(4, ([a = 0, b = 0, c = 0, d = 0]) => {
        assert.equal(bare(['tap', 'fd=3,4', 'name=mq0', 'bridge=br0'], [a, b]).status, 0);
        const joined = bare(['open-existing', 'name=mq0', 'fd=3,4'], [c, d], stranger);
        assert.equal(joined.reply['error'], 'not-owner', joined.text);
      }),
  },
  'interfaces that it did not make for this user are not touched by any verb': {
    as: ['root', 'capable'],
    acl: everything,
    prepare: [
      ...br0,
      ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
      ['ip', 'tuntap', 'add', 'foreign0', 'mode', 'tap', 'user', 'UID'],
      // Labels alone prove nothing; only root could write them with the group number, and then they name another user.
      ['ip', 'tuntap', 'add', 'label0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'set', 'label0', 'alias', 'tapestry uid=54321'],
      ['ip', 'tuntap', 'add', 'group0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'set', 'group0', 'group', '1414550356'],
      ['ip', 'tuntap', 'add', 'other0', 'mode', 'tap', 'user', 'UID'],
      ['ip', 'link', 'set', 'other0', 'group', '1414550356', 'alias', `tapestry uid=99999x`],
    ],
    run: async () => {
      const names = ['br0', 'v0', 'foreign0', 'label0', 'group0', 'other0'];
      const look = async () => [
        ...(await Promise.all(names.map((name) => sh('ip', '-json', '-details', 'link', 'show', 'dev', name).then(settled)))),
        await sh('ip', '-4', 'address', 'show'),
        await sh('ip', '-4', 'route', 'show'),
        await sh('tc', 'qdisc', 'show'),
      ];
      const before = await look();
      for (const name of names) {
        for (const args of touches(name)) {
          const { status, reply } = bare(args);
          assert.equal(status, 78, `${args.join(' ')}: ${JSON.stringify(reply)}`);
          assert.equal(reply['error'], 'not-ours');
        }
      }
      assert.equal(bare(['bridge-del', 'name=br0']).reply['error'], 'not-ours');
      assert.equal(bare(['uplink-add', 'bridge=br0', 'lower=v0', 'confirm=0', 'within=5']).reply['error'], 'not-ours');
      assert.equal(bare(['bridge-add', 'name=v0']).reply['error'], 'name-in-use');
      assert.equal(bare(['gc']).reply['removed'], 0);
      assert.deepEqual(await look(), before);
      assert.deepEqual(await interfaces(), [...names, 'lo', 'v1'].toSorted());
    },
  },
  'another name of a bridge does not get around the access list': {
    as: ['capable'],
    acl: 'allow tap * good*\nallow name * *\n',
    prepare: [...br0, ['ip', 'link', 'property', 'add', 'dev', 'br0', 'altname', 'good0']],
    run: () =>
      withTuns(1, (fds) => {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=good0'], fds).reply['error'], 'not-a-bridge');
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds).reply['error'], 'denied');
      }),
  },
  'LD_PRELOAD is not honoured by the installed helper': {
    as: ['capable'],
    needs: ['cc'],
    prepare: br0,
    acl: everything,
    run: async () => {
      const folder = scratch();
      const marker = path.join(folder, 'loaded');
      await sh(
        'sh',
        '-c',
        `printf '#include <fcntl.h>\\n__attribute__((constructor)) static void f(void) { open("${marker}", O_CREAT | O_WRONLY, 0600); }' > ${folder}/p.c && cc -shared -fPIC -o ${folder}/p.so ${folder}/p.c`,
      );
      spawnSync('true', [], { env: { LD_PRELOAD: `${folder}/p.so` } });
      assert.ok(existsSync(marker), 'the library works elsewhere');
      await sh('rm', marker);
      const hostile = {
        LD_PRELOAD: `${folder}/p.so`,
        LD_LIBRARY_PATH: folder,
        LD_AUDIT: `${folder}/p.so`,
        GCONV_PATH: folder,
        MALLOC_TRACE: marker,
        TZ: `:${marker}`,
      };
      await withTuns(1, (fds) => assert.equal(bare(['tap', 'fd=3', 'auto=vt', 'bridge=br0'], fds, [], hostile).status, 0));
      assert.ok(!existsSync(marker));
    },
  },
  'closed, full and foreign standard descriptors': {
    prepare: br0,
    run: async () => {
      await withTuns(1, async (fds) => {
        for (const closed of ['0<&-', '1>&-', '2>&-']) {
          const { status } = bare([], fds, ['sh', '-c', `exec "$0" tap fd=3 name=x0 bridge=br0 ${closed}`]);
          assert.equal(status, 64, closed);
        }
        const full = bare([], fds, ['sh', '-c', `exec "$0" tap fd=3 name=x0 bridge=br0 > /dev/full`]);
        assert.equal(full.status, 70, 'an answer that can’t be written is a failure');
        assert.ok(!(await interfaces()).includes('x0'), 'and what was made is undone');
      });
      for (const [what, file] of [
        ['not-tun-fd', '/dev/null'],
        ['not-tun-fd', '/etc/passwd'],
      ] as const) {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], [openSync(file, 'r')]).reply['what'], what);
      }
      assert.equal(bare(['tap', 'fd=9', 'name=x0', 'bridge=br0']).reply['what'], 'fd');
      await withTuns(2, ([a = 0, b = 0]) => {
        assert.equal(bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], [a]).status, 0);
        assert.equal(bare(['tap', 'fd=3', 'name=x1', 'bridge=br0'], [a]).reply['what'], 'fd-attached');
        assert.equal(
          bare(['tap', 'fd=3', 'name=x1', 'bridge=br0', 'qmp=4', 'id=a'], [b, openSync('/dev/null', 'r+')]).reply['what'],
          'not-unix-socket',
        );
      });
      assert.deepEqual(await interfaces(), ['br0', 'lo']);
    },
  },
  'small resource limits lead to an error or an end, never to something left': {
    prepare: br0,
    needs: ['prlimit'],
    run: async () => {
      for (const limit of [
        '--nofile=4',
        '--nofile=5',
        '--stack=8192',
        '--fsize=0',
        '--cpu=0',
        '--as=1000000',
        '--data=0',
        '--memlock=0',
        '--nproc=1',
        '--sigpending=0',
      ]) {
        await withTuns(1, (fds) => {
          const { status, signal, text } = bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds, ['prlimit', limit]);
          assert.equal(status === 0, text.startsWith('{"ok":true'), `${limit}: ${status} ${signal} ${text}`);
        });
        assert.deepEqual(await interfaces(), ['br0', 'lo'], limit);
      }
    },
  },
  'killed while the TAP exists: what it began goes with the descriptors': {
    prepare: br0,
    as: ['root'],
    needs: ['strace'],
    run: async () => {
      const tun = openSync('/dev/net/tun', 'r+');
      const child = spawn(
        'strace',
        ['-qq', '-o', '/dev/null', '-e', 'inject=ioctl:signal=KILL:when=5', helperFile, 'tap', 'fd=3', 'name=x0', 'bridge=br0'],
        { stdio: ['ignore', 'pipe', 'inherit', tun] },
      );
      await new Promise((resolve) => child.on('close', resolve));
      assert.deepEqual(await interfaces(), ['br0', 'lo', 'x0'], 'the application holds it still');
      closeSync(tun);
      assert.deepEqual(await interfaces(), ['br0', 'lo']);
    },
  },
  'callers racing for one name: exactly one gets it': {
    prepare: br0,
    run: async () => {
      for (let round = 0; round < 6; round++) {
        await withTuns(8, async (fds) => {
          const replies = await Promise.all(fds.map((fd) => bareAsync(['tap', 'fd=3', 'name=race0', 'bridge=br0'], [fd])));
          assert.equal(replies.filter(({ status }) => status === 0).length, 1);
          assert.equal(replies.filter(({ reply }) => reply['error'] === 'name-in-use').length, 7);
          assert.equal((await ipLink('race0'))['master'], 'br0');
        });
      }
      assert.deepEqual(await interfaces(), ['br0', 'lo']);
    },
  },
  'another user’s attempts run without privilege': {
    as: ['root'],
    prepare: br0,
    run: () =>
      withTuns(1, async (fds) => {
        const { reply, status } = bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds, stranger);
        assert.equal(status, 77);
        assert.equal(reply['error'], 'no-privilege');
        const unprivileged = bare(['tap', 'fd=3', 'name=x0', 'bridge=br0'], fds, [...stranger, '--no-new-privs']);
        assert.equal(unprivileged.status, 77);
        assert.deepEqual(await interfaces(), ['br0', 'lo']);
      }),
  },
  'every act and every refusal is in the system log': {
    as: ['root'],
    needs: ['python3'],
    run: async () => {
      const folder = scratch();
      const log = path.join(folder, 'log');
      // A /dev of our own, so that the socket is nobody else's.
      await sh('sh', '-c', 'mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mkdir /dev/net && mknod /dev/net/tun c 10 200');
      const daemon = spawn('python3', [
        '-c',
        'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind("/dev/log")\nf=open(sys.argv[1],"ab",0)\nwhile True: f.write(s.recv(4096)+b"\\n")',
        log,
      ]);
      await until(() => existsSync('/dev/log'), 'the log socket');
      assert.equal(bare(['bridge-add', 'name=vmbr7']).status, 0);
      assert.equal(bare(['delete', 'name=vmbr7']).status, 78);
      assert.equal(bare(['bridge-del', 'name=vmbr7']).status, 0);
      await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('deleted'), 'the log has it all');
      const lines = readFileSync(log, 'utf8');
      assert.match(lines, /<85>tapestry-net-helper\[\d+\]: uid=0 caller=\d+ verb=bridge-add bridge vmbr7/);
      assert.match(lines, /<84>.* verb=delete refused to touch vmbr7: not ours/);
      daemon.kill();
    },
  },
};
