import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { startBareQemu } from './bare-qemu.ts';
import { ensureTestGuest } from '../electron/guest/ensure-test-guest.ts';
import type { BuiltGuest } from '../electron/guest/build-guest.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import type { Comparison } from './measure.ts';

/** The guest's first program is a shell on its serial port: nothing else runs there. */
const cmdline = 'console=ttyS0 quiet loglevel=3 panic=-1 rdinit=/bin/sh';

/** Prints without end. Lines, as a boot log or a build does. */
const flood = `\nyes ${'0123456789abcdef'.repeat(4)}\n`;

/** How much is read before the clock starts, and how much it measures. Bytes. */
const warmUp = 64 * 1024;
const measured = 2 * 1024 * 1024;

/** Reads past the warm-up, then measures. Returns MB/s. */
const rateOf = async (incoming: AsyncIterable<Uint8Array>): Promise<number> => {
  let seen = 0;
  let start = 0;
  for await (const bytes of incoming) {
    seen += bytes.byteLength;
    if (start === 0 && seen >= warmUp) {
      start = performance.now();
      seen = 0;
    } else if (start !== 0 && seen >= measured) return seen / 1000 / (performance.now() - start);
  }
  throw new Error('the console ended before enough was read');
};

/** Types the command once the shell is there to read it. */
const whenPrompted = async function* (incoming: AsyncIterable<Uint8Array>, type: (text: string) => void): AsyncGenerator<Uint8Array> {
  let text = '';
  let typed = false;
  for await (const bytes of incoming) {
    if (typed) yield bytes;
    else {
      text += Buffer.from(bytes).toString('latin1');
      if (text.includes('# ')) {
        typed = true;
        type(flood);
      }
    }
  }
};

const viaTapestry = async ({ api }: BenchHost, guest: BuiltGuest): Promise<number> => {
  const name = `bench-console-${process.pid}`;
  await api['machines.define']({ xml: machineXml(name, guest, cmdline) });
  await api['machines.act']({ machine: name, action: 'start' });
  const channel = api['consoles.open']({ machine: name });
  try {
    return await rateOf(whenPrompted(channel.incoming, (text) => void channel.write(new TextEncoder().encode(text))));
  } finally {
    channel.close();
    await api['machines.act']({ machine: name, action: 'destroy' });
    await api['machines.undefine']({ machine: name });
  }
};

const viaSocket = async (folder: string, guest: BuiltGuest, index: number): Promise<number> => {
  const monitor = path.join(folder, `console-monitor-${index}.sock`);
  const serial = path.join(folder, `console-${index}.sock`);
  const argv = [
    ['-S', '-machine', 'pc,usb=off', '-accel', 'tcg', '-m', '256', '-smp', '1', '-nodefaults', '-no-user-config', '-display', 'none'],
    ['-chardev', `socket,id=monitor,path=${monitor},server=on,wait=off`, '-mon', 'chardev=monitor,mode=control'],
    ['-chardev', `socket,id=serial0,path=${serial},server=on,wait=off`, '-device', 'isa-serial,chardev=serial0'],
    ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', cmdline],
  ].flat();
  await using qemu = await startBareQemu('/usr/bin/qemu-system-x86_64', argv, monitor, async () => {
    const socket = connect(serial);
    await once(socket, 'connect');
    return socket;
  });
  const socket = qemu.extra;
  if (socket === undefined) throw new Error('no serial port');
  try {
    return await rateOf(whenPrompted(socket as AsyncIterable<Uint8Array>, (text) => void socket.write(text)));
  } finally {
    socket.destroy();
  }
};

/** What a guest prints without end, as a viewer gets it through recorder, host and API, against reading the chardev's socket directly. */
export const measureConsole = async (host: BenchHost, runs: number): Promise<Comparison> => {
  const guest = await ensureTestGuest();
  const ours: number[] = [];
  const direct: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    ours.push(await viaTapestry(host, guest));
    direct.push(await viaSocket(host.folder, guest, index));
  }
  return {
    title: 'Console: guest to viewer',
    unit: 'MB/s',
    ours: { name: 'Tapestry, API', samples: ours },
    others: [{ name: 'chardev socket', samples: direct }],
    targets: [{ against: 'chardev socket', least: 0.7 }],
  };
};
