import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ensureTestGuest } from '../electron/guest/ensure-test-guest.ts';
import { startBareQemu } from './bare-qemu.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import type { Comparison } from './measure.ts';
import { Reader } from './reader.ts';
import { openTerminal } from './terminal.ts';

/** The guest's first program is a shell on its serial port: nothing else runs there. */
const cmdline = 'console=ttyS0 quiet loglevel=3 panic=-1 rdinit=/bin/sh';

/** The kinds of port, as the guest has them: an emulated serial port on a terminal, one on a unix socket, a virtio console on one. */
const devices = { pty: '/dev/ttyS0', unix: '/dev/ttyS1', virtio: '/dev/hvc0' } as const;
type Port = keyof typeof devices;

/** What is printed, over and over: lines as a boot log or a build has them, and how one knows that it comes. */
const line = '0123456789abcdef'.repeat(4);

/**
 * What is typed so that the guest has all its ports, and something to print: from a file in large blocks, so that the ports are
 * measured and not a program that makes lines. The shell runs without the guest's own init. A flood ends with the file that is being
 * printed: what goes on printing would take the next port's time.
 */
const prepare = [
  'mount -t devtmpfs none /dev',
  'while read -r m; do insmod /lib/modules/$m.ko; done </lib/modules/order 2>/dev/null',
  `yes ${line} | head -c 262144 >/big`,
  'flood() { while [ -e /on ]; do cat /big; done >$1; }',
  'touch /on',
  'echo pre""pared',
].join('; ');

/** How long a guest prints before the clock starts, and how long it is measured, ms. */
const warmUp = 300;
const measured = 1500;

/** One QEMU with its ports read. */
interface Side {
  readonly ports: Readonly<Record<Port, Reader>>;
  resume(): Promise<unknown>;
  suspend(): Promise<unknown>;
}

const rateOf = async (side: Side, port: Port): Promise<number> => {
  const reader = side.ports[port];
  await side.resume();
  await pause(warmUp);
  const before = reader.bytes;
  const start = performance.now();
  await pause(measured);
  const rate = (reader.bytes - before) / 1000 / (performance.now() - start);
  await side.suspend();
  return rate;
};

/** In turn, one side paused while the other is measured. */
const compare = async (title: string, ours: Side, bare: Side, port: Port, runs: number): Promise<Comparison> => {
  const rates: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  for (let run = 0; run < runs; run += 1) {
    rates.ours.push(await rateOf(ours, port));
    rates.bare.push(await rateOf(bare, port));
  }
  const bareName = port === 'pty' ? 'bare terminal' : 'bare socket';
  return {
    title,
    unit: 'MB/s',
    ours: { name: 'Tapestry, API', samples: rates.ours },
    others: [{ name: bareName, samples: rates.bare }],
    targets: [{ against: bareName, least: 0.7 }],
  };
};

const chardevs = z.array(z.object({ label: z.string(), filename: z.string() }));

/** The same command line without what the recorder gets of the user's own sockets: a copy, by a descriptor that only we have. */
const withoutRecorder = (argv: readonly string[]): string[] =>
  argv
    .filter((word, index) => word !== '-add-fd' && argv[index - 1] !== '-add-fd')
    .map((word) => word.replace(/,logfile=\/dev\/fdset\/\d+,logappend=on/, ''));

/** The ports of a QEMU of our own, read as directly as they can be: its terminal and its sockets. */
const openBare = async (runtime: string, execute: (command: string) => Promise<unknown>) => {
  const socket = async (name: string) => {
    const opened = connect(path.join(runtime, `bare-${name}.sock`));
    await once(opened, 'connect');
    return opened;
  };
  const [unix, virtio] = [await socket('serial'), await socket('virtio')];
  const pty = chardevs.parse(await execute('query-chardev')).find(({ filename }) => filename.startsWith('pty:'));
  if (pty === undefined) throw new Error('bare QEMU made no terminal');
  return { pty: openTerminal(pty.filename.slice('pty:'.length)), unix, virtio };
};

/**
 * What a guest prints without end, as a viewer gets it through recorder, host and API, against reading the same kind of chardev
 * directly, on a QEMU with the same arguments: for the emulated serial port, whose every byte is a trap, on a terminal and on a unix
 * socket, and for a virtio console.
 */
export async function measureConsole({ api, runtime }: BenchHost, runs: number): Promise<Comparison[]> {
  const name = `bench-console-${process.pid}`;
  const sockets = { serial: path.join(runtime, 'ours-serial.sock'), virtio: path.join(runtime, 'ours-virtio.sock') };
  await api['machines.define']({
    connection: 'embedded',
    xml: machineXml(name, { guest: { files: await ensureTestGuest(), cmdline }, sockets }),
  });
  await api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'start' });
  try {
    const { uuid, pid, consoles } = await api['machines.get']({ machine: { connection: 'embedded', called: name } });
    const [emulator = '', ...all] = (await readFile(`/proc/${pid}/cmdline`, 'utf8'))
      .replace(/\0$/, '')
      .replaceAll(path.join(runtime, uuid), runtime)
      .replaceAll(`${runtime}/ours-`, `${runtime}/bare-`)
      .split('\0');
    const argv = withoutRecorder(all);
    const [pty, unix, virtio] = consoles.map(({ alias }) =>
      api['consoles.open']({ machine: { connection: 'embedded', called: name }, alias }),
    );
    if (pty === undefined || unix === undefined || virtio === undefined) throw new Error('the machine has not all its ports');
    const ours: Side = {
      ports: {
        pty: new Reader(pty.incoming, (text) => pty.write(new TextEncoder().encode(text))),
        unix: new Reader(unix.incoming, () => undefined),
        virtio: new Reader(virtio.incoming, () => undefined),
      },
      resume: () => api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'resume' }),
      suspend: () => api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'suspend' }),
    };
    await ours.ports.pty.until('# ');
    await ours.suspend();

    await using qemu = await startBareQemu(emulator, argv, path.join(runtime, 'qmp.sock'), (execute) => openBare(runtime, execute));
    const { extra } = qemu;
    if (extra === undefined) throw new Error('bare QEMU has no ports');
    const bare: Side = {
      ports: {
        pty: new Reader(extra.pty.incoming, (text) => extra.pty.type(text)),
        unix: new Reader(extra.unix, () => undefined),
        virtio: new Reader(extra.virtio, () => undefined),
      },
      resume: () => qemu.execute('cont'),
      suspend: () => qemu.execute('stop'),
    };
    await bare.ports.pty.until('# ');
    await bare.suspend();

    /** Makes both guests print on a port: in the background, but on the terminal, which is the shell's own and so comes last. */
    const flood = async (port: Port) => {
      for (const side of [ours, bare]) {
        await side.resume();
        await side.ports.pty.type(port === 'pty' ? `flood ${devices[port]}\n` : `flood ${devices[port]} &\n`);
        await side.ports[port].until(`\n${line}`);
        await side.suspend();
      }
    };
    const stop = async () => {
      for (const side of [ours, bare]) {
        await side.resume();
        await side.ports.pty.type('rm /on; wait; touch /on; echo stop""ped\n');
        await side.ports.pty.until('stopped');
        await side.suspend();
      }
    };
    for (const side of [ours, bare]) {
      await side.resume();
      await side.ports.pty.type(`${prepare}\n`);
      await side.ports.pty.until('prepared');
      await side.suspend();
    }
    await flood('virtio');
    const fast = await compare('Console, virtio on a unix socket: guest to viewer', ours, bare, 'virtio', runs);
    await stop();
    await flood('unix');
    const onSocket = await compare('Console, emulated serial port on a unix socket: guest to viewer', ours, bare, 'unix', runs);
    await stop();
    await flood('pty');
    const onTerminal = await compare('Console, emulated serial port on a terminal (pty): guest to viewer', ours, bare, 'pty', runs);
    for (const channel of [pty, unix, virtio]) channel.close();
    extra.pty.close();
    extra.unix.destroy();
    extra.virtio.destroy();
    return [onTerminal, onSocket, fast];
  } finally {
    await api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'destroy' });
    await api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
  }
}
