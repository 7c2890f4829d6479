import { createHash } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { guestCommandLine } from '../guest/command-line.ts';
import { RecordedConsoles } from './recorded-consoles.ts';
import { readRecording, recordingExtent } from './recording-files.ts';
import { channelPair } from './testing/channel-pair.ts';
import { findRecorder } from './testing/find-recorder.ts';
import { type PortKind, RealMachine } from './testing/real-machine.ts';
import { until } from './testing/until.ts';

let machine: RealMachine | undefined;
const abort = new AbortController();
afterAll(() => abort.abort());
afterEach(async () => {
  await machine?.dispose();
  machine = undefined;
});

/** A terminal on the machine's first serial port: what it shows, and typing. */
const terminal = (source: RealMachine) => {
  const { host, viewer } = channelPair();
  const port = { machine: 'real', alias: 'serial0', from: 'start' as const, readOnly: false, viewer: 'program' as const };
  const session = new RecordedConsoles(source).open(port, host, { signal: abort.signal });
  session.catch(() => undefined);
  let shown = Buffer.alloc(0);
  let searched = 0;
  void (async () => {
    for await (const bytes of viewer.incoming) shown = Buffer.concat([shown, bytes]);
  })();
  return {
    type: async (bytes: string | Uint8Array) => await viewer.write(Buffer.from(bytes)),
    /** Waits for a text after the last one waited for; returns what stood between them. */
    see: async (text: string): Promise<Buffer> => {
      await until(`the guest shows ${JSON.stringify(text)}; it showed ${JSON.stringify(shown.subarray(-300).toString('latin1'))}`, () =>
        shown.includes(text, searched),
      );
      const at = shown.indexOf(text, searched);
      const between = shown.subarray(searched, at);
      searched = at + text.length;
      return between;
    },
    end: () => viewer.close(),
  };
};

/** Does the recorder hold QEMU's side of its terminal? Some kernels and containers let nobody copy another process's descriptors. */
const holdsTerminal = async (recorder: number): Promise<boolean> => {
  const links = (await readdir(`/proc/${recorder}/fd`)).map((fd) => readlink(`/proc/${recorder}/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).some((target) => target.endsWith('/ptmx'));
};

const kinds: PortKind[] = ['pty', 'unix'];

test.for<PortKind>(['pty', 'unix', 'tcp'])(
  'the last words of a guest on a %s are recorded, however late the recorder comes to them',
  async (kind, context) => {
    machine = await RealMachine.start(kind, 'console=ttyS0 quiet panic=-1 rdinit=/bin/sh');
    const screen = terminal(machine);
    await screen.see('# ');
    const recorder = await findRecorder(machine.machine().recordingDirectory);
    if (kind === 'pty' && !(await holdsTerminal(recorder)))
      context.skip('QEMU’s side of a terminal can’t be held here (Yama, or a container)');
    await screen.type('sleep 2; poweroff -f\n');
    await screen.see('poweroff -f');
    process.kill(recorder, 'SIGSTOP');
    await machine.emulatorEnded();
    process.kill(recorder, 'SIGCONT');
    await machine.ended();
    let recorded = '';
    for await (const { bytes } of readRecording(machine.machine().recordingDirectory, 'serial0', 0))
      recorded += Buffer.from(bytes).toString();
    expect(recorded).toMatch(/reboot: Power down\r\n$/);
    await screen.see('reboot: Power down');
  },
);

test.each(kinds)('a guest on a %s: login, Ctrl+C, every byte value both ways, a long print without a byte lost', async (kind) => {
  machine = await RealMachine.start(kind, guestCommandLine({ ip: 'none', autologin: kind === 'unix' }));
  const screen = terminal(machine);
  if (kind === 'pty') {
    await screen.see('demo login: ');
    await screen.type('root\n');
    await screen.see('Password: ');
    await screen.type('guest\n');
  }
  await screen.see('demo:~# ');
  await screen.type("sh -c 'echo AS''LEEP; exec sleep 1000000'\n");
  await screen.see('ASLEEP');
  await screen.type('\u0003');
  await screen.see('demo:~# ');
  await screen.type('stty -echo -opost\n');
  await screen.see('demo:~# ');

  await screen.type('echo -n BE; echo -n GIN; awk \'BEGIN { for (i = 0; i < 256; i++) printf "%c", i }\' </dev/null; echo -n DONE\n');
  await screen.see('BEGIN');
  expect(await screen.see('DONE')).toEqual(Buffer.from(Array.from({ length: 256 }, (_, value) => value)));

  const everyByte = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 7) & 0xff));
  await screen.type('stty raw; echo READY; head -c 1024 | md5sum; stty -raw -opost\n');
  await screen.see('READY');
  await screen.type(everyByte);
  await screen.see(createHash('md5').update(everyByte).digest('hex'));

  const lines = 30_000;
  await screen.type(`seq 1 ${lines}; echo FINI''SHED\n`);
  await screen.see('demo:~# ');
  const printed = (await screen.see('FINISHED')).toString();
  expect(printed.trim().split('\n')).toEqual(Array.from({ length: lines }, (_, line) => String(line + 1)));

  if (kind === 'unix') return;
  // The second viewer sees the whole story.
  const { end } = await recordingExtent(machine.machine().recordingDirectory, 'serial0');
  await screen.type('reboot\n');
  await screen.see('demo login: ');
  expect((await recordingExtent(machine.machine().recordingDirectory, 'serial0')).end).toBeGreaterThan(end);
  const later = terminal(machine);
  await later.see('FINISHED');
  await later.see('demo login: ');
  await machine.monitor.execute('system_powerdown');
  await machine.ended();
  await later.see('The power button was pressed');
  const afterwards = terminal(machine);
  await afterwards.see('FINISHED');
  await afterwards.see('The power button was pressed');
});
