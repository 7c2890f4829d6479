import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hostCheck } from '../../../shared/contract/computer.ts';
import type { BuiltGuest } from '../../guest/build-guest.ts';
import { ensureTestGuest } from '../../guest/ensure-test-guest.ts';
import { NetworkHelper } from '../../network/helper/helper.ts';
import { computerFacts, findEmulator, hostFacts } from '../facts.ts';
import { checkDiskSpace, checkMacvtap, checkNetworkHelper, checkStateDirectory, tunObstacle } from './checks.ts';
import { runDoctor } from './doctor.ts';
import type { KvmHostFacts } from './kvm-access.ts';
import { KvmProbe } from './kvm-probe.ts';
import { type TrialBoot, tryBoot } from './trial-boot.ts';
import { findUefiFirmware } from './uefi-firmware.ts';
import { openKvm } from './testing/kvm-host.ts';

let guest: BuiltGuest;
let emulator = '';
let folder = '';
const signal = AbortSignal.timeout(170_000);

beforeAll(async () => {
  guest = await ensureTestGuest();
  emulator = (await findEmulator()) ?? '';
});
beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
  folder = await mkdtemp(path.join(tmpdir(), 'tapestry-doctor-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A probe whose boots come out as given, one after the other. The guest of the tests' cache is not booted. */
const probe = (
  outcomes: TrialBoot[],
  facts: KvmHostFacts = openKvm,
  cacheDirectory = path.join(path.dirname(guest.kernel), '../..'),
): KvmProbe =>
  new KvmProbe({
    stateDirectory: folder,
    cacheDirectory,
    emulator: () => Promise.resolve(emulator),
    gather: () => Promise.resolve(facts),
    boot: () => {
      const outcome = outcomes.shift();
      return outcome === undefined ? Promise.reject(new Error('booted once too often')) : Promise.resolve(outcome);
    },
  });

test('boots a real kernel to its shell, and says so', async () => {
  expect(await tryBoot({ emulator, accelerator: 'tcg', guest, limitSeconds: 120, silenceSeconds: 60 }, signal)).toMatchObject({
    outcome: 'booted',
  });
});

test('tells a machine that runs and stays silent from one that boots', async () => {
  const silent = await tryBoot(
    { emulator, accelerator: 'tcg', guest, commandLine: 'console=null quiet tapestry.ip=none', limitSeconds: 30, silenceSeconds: 0.5 },
    signal,
  );
  expect(silent).toMatchObject({ outcome: 'hung', printed: false });
});

test('passes QEMU’s own words on when it ends, and ends it when cancelled', async () => {
  const broken = { ...guest, kernel: path.join(folder, 'no-such-kernel') };
  const exited = await tryBoot({ emulator, accelerator: 'tcg', guest: broken }, signal);
  expect(exited.outcome === 'exited' && exited.words).toContain('no-such-kernel');
  const abort = new AbortController();
  const booting = tryBoot({ emulator, accelerator: 'tcg', guest }, abort.signal);
  abort.abort();
  await expect(booting).rejects.toThrow('aborted');
});

test('assumes nothing about KVM, remembers a trial, and forgets it when QEMU changes', async () => {
  expect((await probe([]).known()).usable).toBe('untested');
  const works = probe([{ outcome: 'booted', seconds: 1.2 }]);
  const [first, second] = await Promise.all([works.ensure(signal), works.ensure(signal)]);
  expect(first).toMatchObject({ usable: 'yes', message: expect.stringContaining('1.2 s') });
  expect(second).toEqual(first);
  expect((await probe([]).ensure(signal)).usable).toBe('yes');
  const file = path.join(folder, 'kvm.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(emulator, '/usr/bin/other-qemu'));
  expect((await probe([]).known()).usable).toBe('untested');
  await writeFile(file, '{"key":');
  expect((await probe([]).known()).usable).toBe('untested');
  expect(await readFile(`${file}.broken`, 'utf8')).toBe('{"key":');
});

test('works without its note of the last trial, whatever has its name, and leaves that as it is', async () => {
  const file = path.join(folder, 'kvm.json');
  await mkdir(file);
  expect(await probe([]).known()).toMatchObject({ usable: 'untested', detail: expect.stringContaining(file) });
  expect((await probe([{ outcome: 'booted', seconds: 1.2 }]).ensure(signal)).usable).toBe('yes');
  expect((await stat(file)).isDirectory()).toBe(true);
});

test('says why KVM can’t be used: silent, half-way, or QEMU’s words', async () => {
  expect(await probe([{ outcome: 'hung', seconds: 8, printed: false }]).test(signal)).toMatchObject({
    usable: 'no',
    message: expect.stringContaining('printed nothing'),
  });
  expect((await probe([]).known()).usable).toBe('no');
  expect((await probe([{ outcome: 'hung', seconds: 20, printed: true }]).test(signal)).message).toContain('began to boot');
  expect(await probe([{ outcome: 'exited', words: 'failed to set MSR 0x10a' }]).test(signal)).toMatchObject({
    usable: 'no',
    detail: 'failed to set MSR 0x10a',
  });
  const noDevice = await probe([], { ...openKvm, device: 'missing', modules: [] }).test(signal);
  expect(noDevice).toMatchObject({ usable: 'no', command: 'sudo modprobe kvm_intel' });
});

test('tries KVM before the first start that asks for it, where a kernel is at hand, and never again', async () => {
  expect(await probe([{ outcome: 'hung', seconds: 6, printed: false }]).beforeStart(signal)).toMatchObject({
    usable: 'no',
    message: expect.stringContaining('printed nothing'),
  });
  expect((await probe([]).beforeStart(signal)).usable).toBe('no');
});

test('does not fetch a kernel for a start', async () => {
  expect((await probe([], openKvm, folder).beforeStart(signal)).usable).toBe('untested');
});

test('tells each check as it runs and as it ends, in the shape of the contract', async () => {
  const options = {
    kvm: probe([{ outcome: 'hung', seconds: 8, printed: false }]),
    stateDirectory: path.join(folder, 'state'),
    imagesDirectory: path.join(folder, 'images'),
  };
  const lists = [];
  for await (const { checks, total } of runDoctor(options, true, signal)) {
    lists.push(checks);
    expect(total).toBe(11);
  }
  const last = lists.at(-1) ?? [];
  expect(last.map((check) => check.id)).toEqual([
    'qemu',
    'qemu-img',
    'network-helper',
    'serial-recorder',
    'state-directory',
    'disk-space',
    'uefi',
    'passt',
    'macvtap',
    'swtpm',
    'kvm',
  ]);
  for (const check of last) expect(hostCheck.parse(check).status).not.toBe('running');
  expect(lists).toHaveLength(last.length + 1);
  expect(lists[0]).toMatchObject([{ id: 'qemu', status: 'running' }]);
  expect(last.find((check) => check.id === 'qemu')).toMatchObject({ status: 'ok', message: expect.stringMatching(/^QEMU \d/) });
  expect(last.find((check) => check.id === 'serial-recorder')).toMatchObject({ status: 'ok' });
  expect(last.find((check) => check.id === 'kvm')).toMatchObject({ status: 'warning', message: expect.stringContaining('TCG') });
});

test('does not boot anything when not asked to, and says that KVM was not tried', async () => {
  let last: unknown[] = [];
  const options = { kvm: probe([]), stateDirectory: folder, imagesDirectory: folder };
  for await (const { checks } of runDoctor(options, false, signal)) last = checks;
  expect(last.at(-1)).toMatchObject({ id: 'kvm', status: 'skipped' });
});

test('finds what is wrong with directories and a helper that isn’t there', async () => {
  expect(await checkStateDirectory(path.join(folder, 'new'))).toMatchObject({ status: 'ok' });
  await chmod(folder, 0o777);
  expect(await checkStateDirectory(folder)).toMatchObject({ status: 'warning', command: `chmod go-w ${folder}` });
  expect((await checkDiskSpace([folder])).message).toContain('GiB free');
  expect(await checkNetworkHelper(new NetworkHelper(path.join(folder, 'no-helper')))).toMatchObject({ status: 'warning' });
});

test('warns of a helper whose access list allows this user nothing, with the command that allows it', async () => {
  const program = path.join(folder, 'helper');
  const answer = (taps: boolean) =>
    writeFile(program, `#!/bin/sh\necho '{"ok":true,"proto":2,"privilege":true,"tun":true,"taps":${taps}}'\n`, { mode: 0o700 });
  await answer(false);
  expect(await checkNetworkHelper(new NetworkHelper(program))).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('access list'),
    command: expect.stringContaining(`'allow tap ${process.getuid?.()} vmbr*`),
  });
  await answer(true);
  expect(await checkNetworkHelper(new NetworkHelper(program))).toMatchObject({ status: 'ok' });
});

test('tells a /dev/net/tun that is closed from one that is missing, each with its command', async () => {
  const device = path.join(folder, 'tun');
  expect(await tunObstacle(device)).toMatchObject({ message: expect.stringContaining('there is no'), command: 'sudo modprobe tun' });
  await writeFile(device, '', { mode: 0o600 });
  expect(await tunObstacle(device)).toMatchObject({
    message: expect.stringContaining('may not open'),
    command: `sudo chmod 0666 ${device}`,
  });
});

test('looks for the rule of udev that opens macvtaps, which root does not need', async () => {
  expect(await checkMacvtap([], true)).toMatchObject({ status: 'ok' });
  expect(await checkMacvtap([folder], false)).toMatchObject({ status: 'warning', command: expect.stringContaining('/etc/udev/rules.d/') });
  await writeFile(path.join(folder, '70-tapestry-macvtap.rules'), '');
  expect(await checkMacvtap([path.join(folder, 'none'), folder], false)).toMatchObject({ status: 'ok' });
});

test('finds UEFI firmware by its descriptor, and only where the file is', async () => {
  const descriptor = (file: string, types = ['uefi']) =>
    JSON.stringify({ 'interface-types': types, mapping: { executable: { filename: file } }, targets: [{ architecture: 'x86_64' }] });
  await writeFile(path.join(folder, '10-broken.json'), '{');
  await writeFile(path.join(folder, '20-gone.json'), descriptor(path.join(folder, 'gone.fd')));
  await writeFile(path.join(folder, '30-bios.json'), descriptor(path.join(folder, '10-broken.json'), ['bios']));
  expect(await findUefiFirmware('x86_64', [folder])).toBeUndefined();
  await writeFile(path.join(folder, 'code.fd'), '');
  await writeFile(path.join(folder, '40-good.json'), descriptor(path.join(folder, 'code.fd')));
  expect(await findUefiFirmware('x86_64', [folder])).toBe(path.join(folder, 'code.fd'));
  expect(await findUefiFirmware('aarch64', [folder])).toBeUndefined();
});

test('gathers the facts about this computer', async () => {
  expect(await computerFacts('1.2.3', folder, probe([]))).toMatchObject({
    version: '1.2.3',
    stateDirectory: folder,
    kvm: { usable: 'untested' },
  });
  const facts = await hostFacts({
    kvm: probe([]),
    capabilities: (file) => Promise.resolve({ machineTypes: [file], cpuModels: ['max'] }),
  });
  expect(facts).toMatchObject({
    kvm: { usable: 'untested' },
    machineTypes: [emulator],
    cpuModels: ['max'],
  });
  expect(facts.qemu?.version).toMatch(/^\d+\.\d+/);
  expect(facts.cpus).toBeGreaterThan(0);
});
