import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { interfaces, ipLink, scratch, until } from '../../../network/testing/tools.ts';
import { openNamed } from './named-connection.ts';

const xml = `<domain type='qemu'>
  <name>question</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    INTERFACE
  </devices>
</domain>`;

/** Starts a machine with this interface, hands its command line to `look`, and kills it. */
const withMachine = async (element: string, look: (argv: readonly string[], pid: number, live: string) => Promise<void>): Promise<void> => {
  const folder = scratch();
  const of = (name: string) => path.join(folder, name);
  const directories = {
    machines: of('m'),
    sockets: of('s'),
    state: of('t'),
    logs: of('l'),
    recordings: of('r'),
    images: of('i'),
    cache: of('c'),
  };
  for (const directory of Object.values(directories)) mkdirSync(directory, { mode: 0o700 });
  const connection = await openNamed({ directories, log: (error, where) => console.error(where, error) });
  try {
    const { uuid } = await connection.domains.define({ xml: xml.replace('INTERFACE', element) });
    await connection.domains.act(uuid, 'start-paused', new AbortController().signal);
    const { pid } = await connection.domains.get(uuid);
    assert.ok(pid);
    const { live } = await connection.domains.xml(uuid);
    try {
      await look(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'), pid, live ?? '');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
    await until(async () => (await interfaces()).join(' ') === 'br200 lo', 'the TAP went with QEMU');
    await until(async () => (await connection.domains.get(uuid)).pid === null, 'the machine is off');
  } finally {
    await connection.close();
  }
};

/** The JSON objects that stand after an option. */
const after = (argv: readonly string[], option: string): Record<string, unknown>[] =>
  argv.flatMap((word, place) => (argv[place - 1] === option && word.startsWith('{') ? [JSON.parse(word) as Record<string, unknown>] : []));

const prepare = [
  ['ip', 'link', 'add', 'br200', 'type', 'bridge'],
  ['ip', 'link', 'set', 'br200', 'up'],
];
const acl = 'allow tap * br200\nallow name * vt* tap*\n';

export const cases: NamespaceCases = {
  'bridge br200, virtio, slot 3: a TAP by descriptor as hostnet0, virtio-net-pci as net0 at 0x3': {
    as: ['root', 'capable'],
    needs: ['qemu-system-x86_64'],
    prepare,
    acl,
    run: () =>
      withMachine(
        `<interface type='bridge'><mac address='52:54:00:e4:2e:c1'/><source bridge='br200'/><model type='virtio'/><address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>`,
        async (argv, pid, live) => {
          const [netdev] = after(argv, '-netdev');
          assert.equal(netdev?.['type'], 'tap');
          assert.equal(netdev['id'], 'hostnet0');
          const device = after(argv, '-device').find(({ netdev: name }) => name === 'hostnet0');
          assert.deepEqual(
            [device?.['driver'], device?.['id'], device?.['mac'], device?.['bus'], device?.['addr']],
            ['virtio-net-pci', 'net0', '52:54:00:e4:2e:c1', 'pci.0', '0x3'],
          );
          const tap = /iff:\t(\S+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${String(netdev['fd'])}`, 'utf8'))?.[1] ?? '';
          assert.match(tap, /^vt[0-9a-f]{8}$/);
          assert.equal((await ipLink(tap))['master'], 'br200');
          assert.match(live, new RegExp(`<target dev=['"]${tap}['"]`));
        },
      ),
  },
  'ethernet tap10, empty script, no model, slot 3: the TAP is tap10, no script runs, rtl8139 at 0x3': {
    as: ['root', 'capable'],
    needs: ['qemu-system-x86_64'],
    prepare,
    acl,
    run: () =>
      withMachine(
        `<interface type='ethernet'><mac address='f6:19:e0:6c:84:c3'/><script path=''/><target dev='tap10'/><address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>`,
        async (argv, pid) => {
          const [netdev] = after(argv, '-netdev');
          assert.match(readFileSync(`/proc/${pid}/fdinfo/${String(netdev?.['fd'])}`, 'utf8'), /iff:\ttap10/);
          assert.ok(!argv.some((word) => word.includes('script')));
          const device = after(argv, '-device').find(({ netdev: name }) => name === 'hostnet0');
          assert.deepEqual([device?.['driver'], device?.['id'], device?.['bus'], device?.['addr']], ['rtl8139', 'net0', 'pci.0', '0x3']);
          const link = await ipLink('tap10');
          assert.equal(link['address'], 'fe:19:e0:6c:84:c3');
          assert.ok((link['flags'] as string[]).includes('UP'));
        },
      ),
  },
};
