import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Api } from '../../shared/contract/index.ts';
import type { Display, ScreensState } from '../../shared/contract/screens.ts';
import { sampleMachine } from '../../shared/contract/testing/samples.ts';
import type { CliContext } from './context.ts';
import { runProgram } from './program.ts';

const vnc: Display = {
  type: 'vnc',
  listen: 'address',
  address: '127.0.0.1',
  port: 5901,
  tlsPort: null,
  websocket: null,
  socket: null,
  hasPassword: true,
  passwordValidTo: null,
};
const spice: Display = { ...vnc, type: 'spice', port: 5907 };
const live = "<domain><devices><graphics type='vnc' passwd='v'/><graphics type='spice' passwd='s'/></devices></domain>";

/** Runs a command against a machine with these displays. @returns what was printed, and what was asked for */
async function run(words: readonly string[], displays: readonly Display[] = [vnc, spice], isOn = true) {
  const asked: unknown[] = [];
  const machine = sampleMachine('web', isOn ? { id: 1, state: 'running' } : {});
  const head = { video: 'video0', model: 'virtio', state: 'ready', viewers: 0 } as const;
  const state: ScreensState = {
    screens: [0, 1].map((place) => ({ ...head, id: place === 0 ? 'video0' : 'video0.1', head: place })),
    displays: [...displays],
    clipboard: 'none',
  };
  const api: Partial<Api> = {
    'machines.get': () => Promise.resolve(machine),
    'machines.xml': () => Promise.resolve({ inactive: live, live, hash: '' }),
    'screens.watch': async function* () {
      yield await Promise.resolve(state);
    },
    'screens.shot': (input) => {
      asked.push(input);
      return Promise.resolve({ png: Buffer.from('picture').toString('base64'), width: 2, height: 1 });
    },
    'screens.sendKey': (input) => {
      asked.push(input);
      return Promise.resolve({});
    },
  };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    runtime: () => Promise.reject(new Error('not here')),
    api: () => Promise.resolve(api),
    connection: () => Promise.resolve('embedded'),
    exit: { status: 0 },
  } as unknown as CliContext;
  const status = await runProgram({ context, version: '0', log: (error) => expect(error).toBeUndefined() }, [...words]);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { status, out: text(stdout), err: text(stderr), asked };
}

describe('where displays listen', () => {
  it.each([
    [['vncdisplay', 'web'], '127.0.0.1:1\n\n'],
    [['domdisplay', 'web'], 'vnc://127.0.0.1:1\n\n'],
    [['domdisplay', 'web', '--all'], 'vnc://127.0.0.1:1\nspice://127.0.0.1:5907\n\n'],
    [['domdisplay', 'web', '--type', 'spice', '--include-password'], 'spice://127.0.0.1:5907?password=s\n\n'],
    [['domdisplay', 'web', '--include-password'], 'vnc://:v@127.0.0.1:1\n\n'],
  ])('%j', async (words, out) => {
    expect(await run(words)).toMatchObject({ status: 0, out });
  });

  it('of a machine that is off, or on a socket, is told so', async () => {
    expect(await run(['domdisplay', 'web'], [vnc], false)).toMatchObject({
      status: 1,
      err: expect.stringContaining('domain is not running'),
    });
    const onSocket: Display = { ...vnc, listen: 'private', address: null, port: null, socket: '/run/vnc.sock' };
    expect((await run(['vncdisplay', 'web'], [onSocket])).err).toMatch(/Failed to get VNC port[^]*\/run\/vnc\.sock/);
    expect(await run(['domdisplay', 'web'], [onSocket])).toMatchObject({ out: 'vnc+unix:///run/vnc.sock\n\n' });
    expect(await run(['domdisplay', 'web'], [])).toMatchObject({ status: 1 });
  });
});

describe('screenshot', () => {
  it('writes the picture of the screen that is named', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tap-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'a.png');
    const { out, asked } = await run(['screenshot', 'web', file, '--screen', '1']);
    expect(out).toBe(`Screenshot saved to ${file}, with type of image/png\n\n`);
    expect(asked).toMatchObject([{ screen: 'video0.1' }]);
    expect(await readFile(file, 'utf8')).toBe('picture');
    expect(await run(['screenshot', 'web', file, '--screen', '2'])).toMatchObject({ status: 1, asked: [] });
    expect((await run(['screenshot', 'web', join(directory, 'no', 'a.png')])).err).toContain('cannot create file');
  });
});

describe('send-key', () => {
  it('sends names and numbers of a codeset', async () => {
    const { asked } = await run(['send-key', 'web', '--holdtime', '50', 'KEY_LEFTCTRL', '0x38', '111']);
    expect(asked).toMatchObject([{ codeset: 'linux', keys: ['KEY_LEFTCTRL', 0x38, 111], holdMs: 50 }]);
    expect((await run(['send-key', 'web', '--codeset', 'usb', '4'])).asked).toMatchObject([{ codeset: 'usb', keys: [4] }]);
    expect(await run(['send-key', 'web', '--codeset', 'nonsense', '4'])).toMatchObject({ status: 1, asked: [] });
  });
});
