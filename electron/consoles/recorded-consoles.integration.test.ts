import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import type { ConsoleState } from '../../shared/contract/consoles.ts';
import { RecordedConsoles } from './recorded-consoles.ts';
import { channelPair } from './testing/channel-pair.ts';
import { FakeMachine } from './testing/fake-machine.ts';
import { until } from './testing/until.ts';

const machines: FakeMachine[] = [];
const aborts: AbortController[] = [];
afterEach(async () => {
  for (const abort of aborts.splice(0)) abort.abort();
  for (const machine of machines.splice(0)) await machine.dispose();
});

const make = async (limitBytes?: number): Promise<{ machine: FakeMachine; consoles: RecordedConsoles; signal: AbortSignal }> => {
  const machine = await FakeMachine.make(limitBytes);
  machines.push(machine);
  const abort = new AbortController();
  aborts.push(abort);
  return { machine, consoles: new RecordedConsoles(machine), signal: abort.signal };
};

/** Collects what a viewer sees. */
const screen = (viewer: ByteChannel): { text: () => string; bytes: () => Buffer; over: Promise<void> } => {
  const pieces: Uint8Array[] = [];
  const over = (async () => {
    for await (const bytes of viewer.incoming) pieces.push(bytes);
  })();
  return { bytes: () => Buffer.concat(pieces), text: () => Buffer.concat(pieces).toString(), over };
};

const port = { machine: 'fake', alias: 'serial0' };
const open = { ...port, from: 'start' as const, readOnly: false, viewer: 'program' as const };

test('stays open over power-off and power-on, with history each time, and typing goes to the run there is', async () => {
  const { machine, consoles, signal } = await make();
  const { host, viewer } = channelPair();
  const view = screen(viewer);
  const session = consoles.open(open, host, { signal });
  await machine.powerOn();
  await machine.print('one ');
  await until('the first run shows', () => view.text() === 'one ');
  await viewer.write(Buffer.from('typed'));
  await until('the guest has it', () => machine.typed.toString() === 'typed');
  await machine.print('last words ');
  await machine.powerOff();
  await until('the last words show', () => view.text() === 'one last words ');
  await viewer.write(Buffer.from('into the void'));
  await machine.powerOn();
  await machine.print('two');
  await until('the second run shows', () => view.text() === 'one last words two');
  await viewer.write(Buffer.from('!'));
  await until('the guest has it', () => machine.typed.toString().endsWith('!'));
  expect(machine.typed.toString()).toBe('typed!');
  viewer.close();
  await session;
  await view.over;
});

test('goes on where it was when the recorder is killed', async () => {
  const { machine, consoles, signal } = await make();
  await machine.powerOn();
  const { host, viewer } = channelPair();
  const view = screen(viewer);
  void consoles.open(open, host, { signal });
  await machine.print('before ');
  await until('it shows', () => view.text() === 'before ');
  const gone = machine.line;
  await machine.killRecorder();
  await until('the recorder is back', () => machine.line !== gone && machine.line?.destroyed === false);
  await machine.print('after');
  await until('it shows', () => view.text() === 'before after');
});

test('shows a machine that is off its last recording, and saves the same', async () => {
  const { machine, consoles, signal } = await make();
  await machine.powerOn();
  await machine.print('kept');
  await machine.powerOff();
  const shown = channelPair();
  const view = screen(shown.viewer);
  void consoles.open(open, shown.host, { signal });
  await until('it shows', () => view.text() === 'kept');
  const saved = channelPair();
  const file = screen(saved.viewer);
  await consoles.recording(port, saved.host, { signal });
  await file.over;
  expect(file.text()).toBe('kept');
  await consoles.clear(port);
  const empty = channelPair();
  const nothing = screen(empty.viewer);
  await consoles.recording(port, empty.host, { signal });
  await nothing.over;
  expect(nothing.text()).toBe('');
});

test('shows what was recorded and what comes without the record of it', async () => {
  const { machine, consoles, signal } = await make();
  await machine.powerOn();
  await machine.print('kept ');
  const damage = async () => await writeFile(path.join(machine.recordingDirectory, 'recorder.json'), '{"socketPath":');
  await damage();
  const { host, viewer } = channelPair();
  const view = screen(viewer);
  void consoles.open(open, host, { signal });
  await until('it shows', () => view.text() === 'kept ');
  expect((await firstState(consoles, ({ state }) => state !== 'connecting')).state).toBe('connected');
  await machine.print('on ');
  await until('what comes shows', () => view.text() === 'kept on ');
  await machine.powerOff();
  expect(await firstState(consoles, ({ state }) => state === 'off')).toMatchObject({
    end: 8,
    message: expect.stringContaining("can't be read") as string,
  });
  const late = channelPair();
  const history = screen(late.viewer);
  void consoles.open(open, late.host, { signal });
  await until('the history shows', () => history.text() === 'kept on ');
  await machine.powerOn();
  await machine.print('next');
  await until('the next run shows', () => view.text() === 'kept on next' && history.text() === 'kept on next');
});

test('begins at the end or at an offset when asked, and lets a read-only viewer type nothing', async () => {
  const { machine, consoles, signal } = await make();
  await machine.powerOn();
  await machine.print('0123456789');
  const all = channelPair();
  const everything = screen(all.viewer);
  void consoles.open({ ...open, readOnly: true }, all.host, { signal });
  await until('it shows', () => everything.text() === '0123456789');
  const middle = channelPair();
  const fromFive = screen(middle.viewer);
  void consoles.open({ ...open, from: 5 }, middle.host, { signal });
  const tail = channelPair();
  const live = screen(tail.viewer);
  void consoles.open({ ...open, from: 'end' }, tail.host, { signal });
  await until('three viewers are counted', async () => (await firstState(consoles, (state) => state.viewers === 3)).viewers === 3);
  await all.viewer.write(Buffer.from('not to be seen by the guest'));
  await middle.viewer.write(Buffer.from('seen'));
  await until('the guest has it', () => machine.typed.length > 0);
  expect(machine.typed.toString()).toBe('seen');
  await machine.print('!');
  await until('it shows', () => live.text() === '!' && fromFive.text() === '56789!' && everything.text() === '0123456789!');
});

const firstState = async (consoles: RecordedConsoles, wanted: (state: ConsoleState) => boolean): Promise<ConsoleState> => {
  const abort = new AbortController();
  aborts.push(abort);
  for await (const state of consoles.watch('fake', 'serial0', abort.signal)) if (wanted(state)) return state;
  throw new Error('the states ended');
};

test('tells the state at each change', async () => {
  const { machine, consoles } = await make();
  expect(await firstState(consoles, () => true)).toMatchObject({ state: 'off', recordedSince: null, start: 0, end: 0 });
  await machine.powerOn();
  expect(await firstState(consoles, () => true)).toMatchObject({ state: 'connected', interactive: true, limit: 1024 * 1024 });
  machine.tell({ state: 'paused' });
  await firstState(consoles, (state) => state.state === 'paused');
  machine.tell({ state: 'running' });
  const growing = firstState(consoles, (state) => state.end === 5);
  await machine.print('12345');
  expect((await growing).recordedSince).toBeGreaterThan(0);
  await machine.powerOff();
  expect(await firstState(consoles, (state) => state.state === 'off')).toMatchObject({ start: 0, end: 5, viewers: 0 });
});

test('keeps no more than its credit for a viewer that does not read, and says what it missed', async () => {
  const limit = 128 * 1024;
  const { machine, consoles, signal } = await make(limit);
  await machine.powerOn();
  const { host, viewer, unread } = channelPair();
  void consoles.open(open, host, { signal });
  const block = Buffer.alloc(65_536, 'x');
  let printed = 0;
  for (; printed < 16 * 1024 * 1024; printed += block.length) await machine.print(block);
  await firstState(consoles, (state) => state.end === printed);
  expect(unread()).toBeLessThanOrEqual(1024 * 1024 + 65_536);
  const view = screen(viewer);
  await machine.print('the end');
  await until('it catches up', () => view.text().endsWith('the end'));
  expect(view.text()).toMatch(/\[\d+ bytes are not shown/);
  expect(view.bytes().length).toBeLessThan(4 * 1024 * 1024);
});

/** A query, and what is left of it where nobody is to answer. */
const query = '\u001b[6n';
const unasked = '\u001b[6\u0018';

test('asks a terminal only what the guest asks now, and only one of them; a program sees every byte', async () => {
  const { machine, consoles, signal } = await make();
  const join = (input: Partial<Parameters<typeof consoles.open>[0]> = {}) => {
    const { host, viewer } = channelPair();
    void consoles.open({ ...open, viewer: 'terminal', ...input }, host, { signal });
    return { ...screen(viewer), type: (text: string) => viewer.write(Buffer.from(text)), close: () => viewer.close() };
  };
  // Open before power-on: what the firmware asks is answered, by one.
  const early = join();
  await machine.powerOn();
  await machine.print(`1${query}`);
  await until('the query is live', () => early.text() === `1${query}`);
  const late = join();
  const program = join({ viewer: 'program' });
  const looker = join({ readOnly: true });
  await until('all show it', () => [late, program, looker].every(({ bytes }) => bytes().length === 5));
  expect([late.text(), program.text(), looker.text()]).toEqual([`1${unasked}`, `1${query}`, `1${unasked}`]);

  const all = [early, late, program, looker];
  const seen = async (count: number) => {
    await until(`all show ${count} bytes`, () => all.every(({ bytes }) => bytes().length === count));
    return all.map(({ text }) => text().slice(-4));
  };
  await machine.print(query);
  expect(await seen(9)).toEqual([unasked, query, query, unasked]);
  await early.type('x');
  await until('the guest has it', () => machine.typed.toString() === 'x');
  // In two pieces: it is asked where it ends.
  await machine.print(query.slice(0, 2));
  await seen(11);
  await machine.print(query.slice(2));
  expect(await seen(13)).toEqual([query, unasked, query, unasked]);
  early.close();
  await early.over;
  all.shift();
  await machine.print(query);
  expect(await seen(17)).toEqual([query, query, unasked]);

  // Joined again in the middle, as after a lost link: what was printed meanwhile is history too.
  const again = join({ from: 13 });
  await until('it shows', () => again.text() === unasked);
  await machine.powerOff();
  const afterwards = join();
  await until('it shows', () => afterwards.text() === `1${unasked.repeat(4)}`);
  await machine.powerOn();
  await machine.print(`${query}`);
  await until('the next run shows', () => late.bytes().length === 21 && looker.bytes().length === 21 && afterwards.bytes().length === 21);
  expect([late, looker, afterwards].map(({ text }) => text().slice(-4))).toEqual([unasked, unasked, query]);
});

test('refuses what is not there', async () => {
  const { consoles, signal } = await make();
  const { host } = channelPair();
  await expect(consoles.open({ ...open, machine: 'other' }, host, { signal })).rejects.toMatchObject({ code: 'not-found' });
  await expect(consoles.open({ ...open, alias: 'serial7' }, host, { signal })).rejects.toMatchObject({
    code: 'not-found',
    data: { next: 'It has: serial0.' },
  });
  await expect(consoles.clear({ ...port, alias: '../serial0' })).rejects.toMatchObject({ code: 'not-found' });
});
