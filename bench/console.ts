import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureTestGuest } from '../electron/guest/ensure-test-guest.ts';
import { startBareQemu } from './bare-qemu.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import type { Comparison } from './measure.ts';
import { Reader } from './reader.ts';

/** The guest's first program is a shell on its serial port: nothing else runs there. */
const cmdline = 'console=ttyS0 quiet loglevel=3 panic=-1 rdinit=/bin/sh';

/** Prints without end. Lines, as a boot log or a build does. */
const flood = (port: string) => `yes ${'0123456789abcdef'.repeat(4)} >${port}`;

/** What is typed so that the guest has its second port; the shell runs without the guest's own init. */
const prepare = `mount -t devtmpfs none /dev; while read -r m; do insmod /lib/modules/$m.ko; done </lib/modules/order 2>/dev/null; ls /dev/hvc*; echo pre""pared`;

/** How long a guest prints before the clock starts, and how long it is measured, ms. */
const warmUp = 500;
const measured = 2000;

/** One QEMU with its two ports read. */
interface Side {
  readonly serial: Reader;
  readonly virtio: Reader;
  resume(): Promise<unknown>;
  suspend(): Promise<unknown>;
}

const rateOf = async (side: Side, reader: Reader): Promise<number> => {
  await side.resume();
  await pause(warmUp);
  const before = reader.bytes;
  const start = performance.now();
  await pause(measured);
  const rate = (reader.bytes - before) / 1000 / (performance.now() - start);
  await side.suspend();
  return rate;
};

/** In turn, one side paused while the other is measured. MB/s. */
const inTurn = async (ours: Side, bare: Side, port: 'serial' | 'virtio', runs: number) => {
  const rates: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  for (let run = 0; run < runs; run += 1) {
    rates.ours.push(await rateOf(ours, ours[port]));
    rates.bare.push(await rateOf(bare, bare[port]));
  }
  return rates;
};

const comparison = (title: string, { ours, bare }: { readonly ours: number[]; readonly bare: number[] }): Comparison => ({
  title,
  unit: 'MB/s',
  ours: { name: 'Tapestry, API', samples: ours },
  others: [{ name: 'chardev socket', samples: bare }],
  targets: [{ against: 'chardev socket', least: 0.7 }],
});

/**
 * What a guest prints without end, as a viewer gets it through recorder, host and API, against reading a chardev's socket of the same
 * kind directly, on a QEMU with the same arguments: for the emulated serial port, whose every byte is a trap, and for a virtio console.
 */
export const measureConsole = async ({ api, runtime }: BenchHost, runs: number): Promise<Comparison[]> => {
  const name = `bench-console-${process.pid}`;
  const sockets = { serial: path.join(runtime, 'ours-serial.sock'), virtio: path.join(runtime, 'ours-virtio.sock') };
  await api['machines.define']({ xml: machineXml(name, { guest: { files: await ensureTestGuest(), cmdline }, sockets }) });
  await api['machines.act']({ machine: name, action: 'start' });
  try {
    const { uuid, pid, consoles } = await api['machines.get']({ machine: name });
    const [emulator = '', ...argv] = (await readFile(`/proc/${pid}/cmdline`, 'utf8'))
      .replace(/\0$/, '')
      .replaceAll(path.join(runtime, uuid), runtime)
      .replaceAll(`${runtime}/ours-`, `${runtime}/bare-`)
      .split('\0');
    const [serial, virtio] = consoles.map(({ alias }) => api['consoles.open']({ machine: name, alias }));
    if (serial === undefined || virtio === undefined) throw new Error('the machine has not both ports');
    const ours: Side = {
      serial: new Reader(serial.incoming, (text) => serial.write(new TextEncoder().encode(text))),
      virtio: new Reader(virtio.incoming, () => undefined),
      resume: () => api['machines.act']({ machine: name, action: 'resume' }),
      suspend: () => api['machines.act']({ machine: name, action: 'suspend' }),
    };
    await ours.serial.until('# ');
    await ours.suspend();

    const open = async (port: string) => {
      const socket = connect(path.join(runtime, `bare-${port}.sock`));
      await once(socket, 'connect');
      return socket;
    };
    await using qemu = await startBareQemu(emulator, argv, path.join(runtime, 'qmp.sock'), async () => [
      await open('serial'),
      await open('virtio'),
    ]);
    const [first, second] = qemu.extra ?? [];
    if (first === undefined || second === undefined) throw new Error('bare QEMU has not both ports');
    const bare: Side = {
      serial: new Reader(first, (text) => first.write(text)),
      virtio: new Reader(second, () => undefined),
      resume: () => qemu.execute('cont'),
      suspend: () => qemu.execute('stop'),
    };
    await bare.serial.until('# ');
    await bare.suspend();

    for (const side of [ours, bare]) {
      await side.resume();
      await side.serial.type(`${prepare}\n`);
      await side.serial.until('prepared');
      await side.serial.type(`${flood('/dev/hvc0')} &\n`);
      await side.virtio.until('0123456789abcdef');
      await side.suspend();
    }
    const fast = comparison('Console, virtio: guest to viewer', await inTurn(ours, bare, 'virtio', runs));
    for (const side of [ours, bare]) {
      await side.resume();
      await side.serial.type('kill $!\n');
      await side.serial.type(`${flood('/dev/ttyS0')}\n`);
      await side.serial.until('\n0123456789abcdef');
      await side.suspend();
    }
    const emulated = comparison('Console, emulated serial port: guest to viewer', await inTurn(ours, bare, 'serial', runs));
    serial.close();
    virtio.close();
    first.destroy();
    second.destroy();
    return [emulated, fast];
  } finally {
    await api['machines.act']({ machine: name, action: 'destroy' });
    await api['machines.undefine']({ machine: name });
  }
};
