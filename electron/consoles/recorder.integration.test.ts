import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { RecorderOptions } from './console-source.types.ts';
import { prepareLogPort } from './log-port.ts';
import { RecorderConnection } from './recorder-connection.ts';
import { subscribeRequest } from './recorder-protocol.ts';
import { findRecorderProgram } from './recorder-program.ts';
import { attachRecorder, startRecorder } from './recorder.ts';
import { readRecording, recordingExtent } from './recording-files.ts';
import { FakeMachine } from './testing/fake-machine.ts';
import { until } from './testing/until.ts';

const machines: FakeMachine[] = [];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  for (const machine of machines.splice(0)) await machine.dispose();
});

const make = async (limitBytes?: number): Promise<FakeMachine> => {
  const machine = await FakeMachine.make(limitBytes);
  machines.push(machine);
  return machine;
};

/** Every byte value, in an order that a line discipline would not survive. */
const everyByte = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 37 + (index >> 8)) & 0xff));

/** A text in which every position can be told: a lost or reordered byte changes it. */
const numbered = (lines: number): Buffer =>
  Buffer.from(Array.from({ length: lines }, (_, line) => `${String(line).padStart(9, '0')}\n`).join(''));

/** Reads `count` bytes of a subscription from an offset. */
const take = async (socketPath: string, from: number | 'end', count: number): Promise<Buffer> => {
  const connection = await RecorderConnection.open(socketPath);
  const pieces: Uint8Array[] = [];
  let taken = 0;
  for await (const { bytes } of connection.subscribe('serial0', from)) {
    pieces.push(bytes);
    taken += bytes.length;
    if (taken >= count) break;
  }
  return Buffer.concat(pieces);
};

/** Reads to the end of `text`, comparing by offset: a viewer may be overtaken, but never sees a wrong byte. */
const follow = async (socketPath: string, text: Buffer): Promise<void> => {
  const connection = await RecorderConnection.open(socketPath);
  for await (const { offset, bytes } of connection.subscribe('serial0', 0)) {
    if (!text.subarray(offset, offset + bytes.length).equals(bytes)) throw new Error(`wrong bytes at offset ${offset}`);
    if (offset + bytes.length === text.length) return;
  }
};

const onDisk = async (directory: string): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of readRecording(directory, 'serial0', 0)) pieces.push(bytes);
  return Buffer.concat(pieces);
};

const diskUse = async (directory: string): Promise<number> => {
  let sum = 0;
  for (const name of await readdir(directory)) {
    if (!/\.\d{20}\.log$/.test(name)) continue;
    const status = await stat(path.join(directory, name)).catch(() => undefined);
    sum += status?.size ?? 0;
  }
  return sum;
};

const residentKiB = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

test('shows every viewer what came before it and what comes after, byte for byte', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  await machine.print(everyByte);
  const early = take(socketPath, 0, everyByte.length * 2);
  const late = take(socketPath, 1000, everyByte.length * 2 - 1000);
  expect(await take(socketPath, 0, everyByte.length)).toEqual(everyByte);
  await machine.print(everyByte);
  const both = Buffer.concat([everyByte, everyByte]);
  expect(await early).toEqual(both);
  expect(await late).toEqual(both.subarray(1000));
});

test('hands the guest what is typed, whatever the bytes', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  const viewer = await RecorderConnection.open(socketPath);
  const output = viewer.subscribe('serial0', 'end');
  const first = output.next();
  await viewer.write(everyByte);
  await until('the guest has it', () => machine.typed.length === everyByte.length);
  expect(machine.typed).toEqual(everyByte);
  await machine.print('x');
  expect((await first).value?.bytes.toString()).toBe('x');
  await output.return(undefined);
});

test('holds a typist back while the guest does not read, loses nothing, and shows output meanwhile', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  machine.line?.pause();
  const viewer = await RecorderConnection.open(socketPath);
  const output = viewer.subscribe('serial0', 'end');
  const first = output.next();
  const text = numbered(400_000);
  let written = false;
  const writing = viewer.write(text).then(() => {
    written = true;
  });
  await machine.print('still printing');
  expect((await first).value?.bytes.toString()).toBe('still printing');
  const pid = await machine.recorderPid();
  expect(await residentKiB(pid)).toBeLessThan(12_000);
  expect(written).toBe(false);
  machine.line?.resume();
  await writing;
  await until('the guest has it all', () => machine.typed.length === text.length);
  expect(machine.typed.equals(text)).toBe(true);
  await output.return(undefined);
});

test('never lets a viewer that does not read hold the guest up, and tells it what it missed', async () => {
  const limit = 256 * 1024;
  const machine = await make(limit);
  const { socketPath } = await machine.powerOn();
  // Subscribes and then reads nothing.
  const slow = net.connect(socketPath);
  await once(slow, 'connect');
  slow.pause();
  slow.write(subscribeRequest('serial0', 0));
  const text = numbered(1_600_000);
  const pid = await machine.recorderPid();
  const keepingUp = follow(socketPath, text);
  for (let at = 0; at < text.length; at += 65_536) {
    await machine.print(text.subarray(at, at + 65_536));
    if (at % (65_536 * 32) === 0) expect(await diskUse(machine.recordingDirectory)).toBeLessThanOrEqual(limit);
  }
  await until('all is recorded', async () => (await recordingExtent(machine.recordingDirectory, 'serial0')).end === text.length);
  expect(await residentKiB(pid)).toBeLessThan(12_000);
  const extent = await recordingExtent(machine.recordingDirectory, 'serial0');
  expect(extent.end - extent.start).toBeGreaterThanOrEqual((limit * 7) / 8);
  expect(await diskUse(machine.recordingDirectory)).toBeLessThanOrEqual(limit);
  await keepingUp;
  const late = await RecorderConnection.open(socketPath);
  for await (const data of late.subscribe('serial0', 0)) {
    expect(data.offset).toBe(extent.start);
    break;
  }
  slow.destroy();
});

test('goes on after the recorder was killed, with nothing torn and offsets that continue', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  const text = numbered(2000);
  await machine.print(text);
  await until('it is recorded', async () => (await recordingExtent(machine.recordingDirectory, 'serial0')).end === text.length);
  const first = await machine.recorderPid();
  process.kill(first, 'SIGKILL');
  await until('another one runs', async () => ![0, first].includes(await machine.recorderPid()));
  await until('it is connected', () => machine.line?.destroyed === false);
  await machine.print('after');
  expect((await take(socketPath, 0, text.length + 5)).toString()).toBe(`${text.toString()}after`);
});

test('ends when QEMU does, with its last words on disk; the next power-on begins anew', async () => {
  const machine = await make();
  await machine.powerOn();
  await machine.print('first run, last words');
  await machine.powerOff();
  expect((await onDisk(machine.recordingDirectory)).toString()).toBe('first run, last words');
  await until('the recorder is gone', async () => (await machine.recorderPid()) === 0);
  await machine.powerOn();
  await machine.print('second run');
  await machine.powerOff();
  expect((await onDisk(machine.recordingDirectory)).toString()).toBe('second run');
});

test('outlives an app that is killed, and is found by the next', async () => {
  const machine = await make();
  const options = await machine.startEmulator();
  const app = spawn(process.execPath, [path.join(import.meta.dirname, 'testing/start-and-wait.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(app.stdout, 'data');
  app.kill('SIGKILL');
  await once(app, 'exit');
  await machine.print('nobody is looking');
  const recorder = await attachRecorder(options.directory);
  machine.recorder = recorder;
  expect((await take(options.socketPath, 0, 17)).toString()).toBe('nobody is looking');
  await recorder?.stop();
  await until('the recorder is gone', async () => (await machine.recorderPid()) === 0);
});

test.each([
  ['damaged', () => '{"pid":'],
  ['of a later version', (text: string) => text.replaceAll('"unix"', '"vsock"')],
])('is attached to, and started again when it is gone, where its record is %s', async (_what, change) => {
  const machine = await make();
  const before = await machine.powerOn();
  before.detach();
  const file = path.join(machine.recordingDirectory, 'recorder.json');
  const text = change(await readFile(file, 'utf8'));
  await writeFile(file, text);
  const recorder = await attachRecorder(machine.recordingDirectory);
  machine.recorder = recorder;
  expect(recorder?.socketPath).toBe(before.socketPath);
  await machine.print('one');
  expect((await take(before.socketPath, 0, 3)).toString()).toBe('one');
  const { line } = machine;
  await machine.killRecorder();
  await until('the recorder is back', () => machine.line !== line && machine.line?.destroyed === false);
  await machine.print('two');
  expect((await take(before.socketPath, 0, 6)).toString()).toBe('onetwo');
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('is not attached to where there is nothing to attach to', async () => {
  const machine = await make();
  expect(await attachRecorder(machine.recordingDirectory)).toBeUndefined();
  await machine.powerOn();
  await machine.powerOff();
  expect(await attachRecorder(machine.recordingDirectory)).toBeUndefined();
  await writeFile(path.join(machine.recordingDirectory, 'recorder.json'), '{"pid":');
  await expect(attachRecorder(machine.recordingDirectory)).rejects.toMatchObject({ code: 'io' });
});

test('records the log of a port that nothing can be typed at', async () => {
  const machine = await make();
  const options = await machine.startEmulator();
  const fifo = path.join(machine.directory, 'serial1.fifo');
  const reader = await prepareLogPort(fifo, 'read');
  cleanups.push(async () => await reader.close());
  const handle = await prepareLogPort(fifo, 'write');
  cleanups.push(async () => await handle.close());
  await handle.write('before the recorder; ');
  machine.recorder = await startRecorder({ ...options, ports: [{ alias: 'serial1', via: { kind: 'fifo', path: fifo } }] });
  await handle.write('after');
  const viewer = await RecorderConnection.open(options.socketPath);
  for await (const state of viewer.watch('serial1')) {
    expect(state.interactive).toBe(false);
    if (state.end === 26) break;
  }
});

test('reaches a TCP port, and says in its state when the other end is gone', async () => {
  const machine = await make();
  const options = await machine.startEmulator();
  const lines: net.Socket[] = [];
  const server = net.createServer((socket) => lines.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(async () => {
    server.close();
    for (const line of lines) line.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  machine.recorder = await startRecorder({
    ...options,
    ports: [{ alias: 'serial0', via: { kind: 'tcp', host: '127.0.0.1', port: address.port } }],
  });
  await until('connected', () => lines.length === 1);
  lines[0]?.write('over TCP');
  expect((await take(options.socketPath, 0, 8)).toString()).toBe('over TCP');
  const watch = (await RecorderConnection.open(options.socketPath)).watch('serial0');
  const seen: boolean[] = [];
  for await (const state of watch) {
    seen.push(state.connected);
    if (state.connected && seen.length === 1) lines[0]?.destroy();
    if (seen.includes(false) && state.connected) break;
  }
  expect(lines.length).toBe(2);
});

test('cuts off a viewer that sends nonsense, and no other', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  const good = take(socketPath, 0, 4);
  const send = async (bytes: Buffer): Promise<Buffer> => {
    const socket = net.connect(socketPath);
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk)).on('error', () => socket.destroy());
    socket.write(bytes);
    await once(socket, 'close');
    return Buffer.concat(answer);
  };
  const hundredMegabytes = Buffer.from([0, 0, 0x40, 6, 3, 1, 2, 3]);
  expect(await send(hundredMegabytes)).toHaveLength(0);
  expect(await send(Buffer.from([0, 0, 0, 0, 1]))).toHaveLength(0);
  expect((await send(Buffer.from([1, 0, 0, 0, 99]))).toString()).toContain('unknown request');
  expect((await send(subscribeRequest('serial9', 0))).toString()).toContain('no such port');
  expect((await send(Buffer.from([2, 0, 0, 0, 3, 65]))).toString()).toContain('input before a subscription');
  await machine.print('fine');
  expect((await good).toString()).toBe('fine');
});

test('keeps two recorders from tearing one recording, and refuses a process that is not the QEMU it was told of', async () => {
  const machine = await make();
  const recorder = await machine.powerOn();
  const options: RecorderOptions = { ...(await secondEmulator(machine)), directory: recorder.directory };
  await expect(startRecorder(options)).rejects.toMatchObject({ code: 'wrong-state' });
  const fresh = await make();
  const wrong = await fresh.startEmulator();
  await expect(startRecorder({ ...wrong, qemu: { ...wrong.qemu, startTime: wrong.qemu.startTime + 1 } })).rejects.toMatchObject({
    code: 'qemu-exited',
  });
});

const secondEmulator = async (first: FakeMachine): Promise<RecorderOptions> => {
  const other = await make();
  const options = await other.startEmulator();
  return { ...options, socketPath: path.join(first.directory, 'second.sock') };
};

test('forgets on request, and offsets go on', async () => {
  const machine = await make();
  const { socketPath } = await machine.powerOn();
  await machine.print('secret');
  expect((await take(socketPath, 0, 6)).toString()).toBe('secret');
  await (await RecorderConnection.open(socketPath)).clear('serial0');
  expect(await recordingExtent(machine.recordingDirectory, 'serial0')).toEqual({ start: 6, end: 6 });
  await machine.print('public');
  expect((await take(socketPath, 0, 6)).toString()).toBe('public');
  expect((await onDisk(machine.recordingDirectory)).toString()).toBe('public');
});

test('goes on when the disk takes no more, and counts what was lost', async () => {
  const machine = await make(1024 * 1024);
  const options = await machine.startEmulator();
  // A limit on the size of files stands for a full disk: write(2) fails in the middle of a segment.
  const limited = path.join(machine.directory, 'limited');
  await writeFile(limited, `#!/bin/sh\nexec prlimit --fsize=50000 ${findRecorderProgram()} "$@"\n`, { mode: 0o755 });
  machine.recorder = await startRecorder(options, limited);
  await until('the port is connected', () => machine.line !== undefined);
  const text = numbered(60_000);
  for (let at = 0; at < text.length; at += 65_536) await machine.print(text.subarray(at, at + 65_536));
  await until('all is counted', async () => {
    const viewer = await RecorderConnection.open(options.socketPath);
    for await (const state of viewer.watch('serial0')) return state.end === text.length;
    return false;
  });
  await machine.print('the end');
  const connection = await RecorderConnection.open(options.socketPath);
  for await (const { offset, bytes } of connection.subscribe('serial0', 0)) {
    if (offset < text.length)
      expect(text.subarray(offset, offset + bytes.length).equals(bytes.subarray(0, text.length - offset))).toBe(true);
    if (Buffer.from(bytes).includes('the end')) break;
  }
});
