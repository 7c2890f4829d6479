import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Interface } from '../../../shared/domain/interface.ts';
import { guestCommandLine } from '../../guest/command-line.ts';
import { acquireDescriptors, type NicRecord } from '../nics/descriptors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import { moveNic } from '../nics/live-nic.ts';
import { EmbeddedNetworks } from '../networks.ts';
import { NicTimeline } from '../nics/nic-timeline.ts';
import type { NamespaceCases } from './namespace.ts';
import { interfaces, nic, until } from './tools.ts';

const folder = () => process.env['TMPDIR'] ?? '/tmp';
const copy = [
  'sh',
  '-c',
  'cp "$TAPESTRY_TEST_KERNEL" "$TMPDIR/kernel" && cp "$TAPESTRY_TEST_INITRD" "$TMPDIR/initrd" && chmod 644 "$TMPDIR/kernel" "$TMPDIR/initrd"',
];
/** A boot is 3 s on an idle computer. */
const patience = 120_000;

/** A guest with a shell on its serial port. */
class Guest {
  readonly #child;
  #text = '';
  #asked = 0;
  readonly record: NicRecord;

  private constructor(record: NicRecord, args: readonly string[], fds: Parameters<typeof spawn>[2]['stdio']) {
    this.record = record;
    this.#child = spawn('qemu-system-x86_64', args, { stdio: fds });
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => (this.#text += text));
  }

  static async boot(name: string, address: string, plugged: Interface): Promise<Guest> {
    const requests = [{ kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 }] as const;
    const acquired = await acquireDescriptors(requests, [plugged], {
      machine: { uuid: `3fa90c12-0000-4000-8000-00000000000${address.at(-1)}`, name },
      runtimeDirectory: folder(),
      helper: new NetworkHelper(),
    });
    const [record] = acquired.nics;
    assert.ok(record);
    const append = guestCommandLine({ autologin: true, hostname: name, ip: `eth0,${address}/24` });
    const args = [
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-machine',
      'q35,accel=tcg',
      '-m',
      '160',
      '-serial',
      'stdio',
      '-no-reboot',
    ];
    const boot = ['-kernel', path.join(folder(), 'kernel'), '-initrd', path.join(folder(), 'initrd'), '-append', append];
    const net = [
      '-netdev',
      '{"type":"tap","fd":"3","id":"hostnet0"}',
      '-device',
      `{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"${plugged.mac}"}`,
    ];
    const guest = new Guest(record, [...args, ...boot, ...net], ['pipe', 'pipe', 'inherit', ...acquired.fds]);
    await acquired.handedOver();
    await guest.#see(`${name}:~# `);
    return guest;
  }

  async #see(words: string): Promise<void> {
    for (const end = Date.now() + patience; !this.#text.includes(words);) {
      if (Date.now() > end || this.#child.exitCode !== null)
        throw new Error(`the guest never said ${JSON.stringify(words)}: ${this.#text.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Does a command succeed in the guest? */
  async succeeds(command: string): Promise<boolean> {
    const mark = `done${++this.#asked}`;
    // The guest echoes what is typed: the mark is put together there.
    this.#child.stdin?.write(`${command} >/dev/null 2>&1; echo ${mark.slice(0, 2)}''${mark.slice(2)}=$?=\n`);
    await this.#see(`${mark}=`);
    await this.#see(`${mark}=${/=(\d+)=/.exec(this.#text.slice(this.#text.lastIndexOf(`${mark}=`)))?.[1] ?? ''}`);
    return this.#text.slice(this.#text.lastIndexOf(`${mark}=`)).startsWith(`${mark}=0=`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, 'QEMU has ended');
  }
}

const ping = (address: string) => `ping -c 1 -W 1 ${address}`;
/** Waits until a guest reaches an address (or no longer does). */
const reaches = async (guest: Guest, address: string, wanted: boolean): Promise<void> => {
  for (let tries = 0; tries < 30; tries++) if ((await guest.succeeds(ping(address))) === wanted) return;
  throw new Error(`${address} is ${wanted ? 'not ' : ''}reached`);
};

export const cases: NamespaceCases = {
  'two guests on one bridge reach each other and the host; a cable is moved away and back; isolated ones don’t': {
    as: ['capable'],
    needs: ['qemu-system-x86_64'],
    acl: 'allow tap * br*\nallow name * *\n',
    prepare: [
      copy,
      ...['br0', 'br1'].flatMap((name) => [
        ['ip', 'link', 'add', name, 'type', 'bridge', 'forward_delay', '0'],
        ['ip', 'link', 'set', name, 'up'],
      ]),
      ['ip', 'address', 'add', '10.4.0.1/24', 'dev', 'br0'],
    ],
    run: async () => {
      assert.notEqual(process.getuid?.(), 0);
      const plugged = (last: number) => nic({ type: 'bridge', bridge: 'br0' }, { mac: `52:54:00:00:00:0${last}` });
      const [first, second] = await Promise.all([
        Guest.boot('first', '10.4.0.2', plugged(2)),
        Guest.boot('second', '10.4.0.3', plugged(3)),
      ]);
      await reaches(first, '10.4.0.1', true);
      await reaches(first, '10.4.0.3', true);
      await reaches(second, '10.4.0.2', true);

      const timeline = new NicTimeline();
      const strips = new EmbeddedNetworks(
        {
          nics: () =>
            Promise.resolve([
              { machine: 'first', alias: 'net0', interface: plugged(2), record: first.record, linkUp: true, detachPending: false },
            ]),
          holder: () => undefined,
          guestInterfaces: () => Promise.resolve([]),
          listen: () => () => undefined,
          forward: () => Promise.resolve(),
          keepMove: () => Promise.resolve(),
        },
        new NetworkHelper(),
        timeline,
      );
      const [strip] = await strips.nic('first');
      assert.ok(strip !== undefined && (strip.rxPackets ?? 0) > 0 && (strip.txPackets ?? 0) > 0);
      assert.deepEqual(
        strip.addresses.filter(({ family }) => family === 'ipv4').map(({ address, source }) => [address, source]),
        [['10.4.0.2', 'arp']],
      );

      const context = { helper: new NetworkHelper(), machine: 'x' };
      await moveNic(second.record, 'br1', plugged(3), context);
      await reaches(first, '10.4.0.3', false);
      await moveNic(second.record, 'br0', plugged(3), context);
      await reaches(first, '10.4.0.3', true);

      for (const { record } of [first, second]) await context.helper.run('isolate', { name: record.device ?? '', isolated: true });
      await reaches(first, '10.4.0.3', false);
      await reaches(first, '10.4.0.1', true);

      await Promise.all([first.kill(), second.kill()]);
      await until(async () => (await interfaces()).join(' ') === 'br0 br1 lo', 'the TAPs went with their QEMUs');
    },
  },
};
