import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readModinfo } from './kernel-modules.ts';
import { type BuildStep, type BuiltGuest, buildGuest } from './build-guest.ts';
import { type DemoStep, createDemoMachine, demoXml } from './demo-machine.ts';
import { ensureTestGuest } from './ensure-test-guest.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tapestry-guest-build-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
const signal = AbortSignal.timeout(170_000);

/** A cache that has the packages, as one has that was filled by an older version: nothing needs the network. */
const cacheWithPackages = async (): Promise<string> => {
  const shared = path.dirname(path.dirname((await ensureTestGuest()).kernel));
  await mkdir(path.join(folder, 'cache/guest'), { recursive: true });
  await cp(path.join(shared, 'packages'), path.join(folder, 'cache/guest/packages'), { recursive: true });
  return path.join(folder, 'cache');
};

const build = async (cache: string, steps: BuildStep[] = []): Promise<BuiltGuest> => {
  const building = buildGuest(cache, signal);
  for (;;) {
    const next = await building.next();
    if (next.done === true) return next.value;
    steps.push(next.value);
  }
};

test('builds without the network from cached packages, tells its steps, and is quick the next time', async () => {
  const cache = await cacheWithPackages();
  const steps: BuildStep[] = [];
  const [first, second] = await Promise.all([build(cache, steps), build(cache)]);
  expect(second).toEqual(first);
  expect(steps.map(({ done, total }) => [done, total])).toEqual([
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ]);
  const again: BuildStep[] = [];
  expect(await build(cache, again)).toEqual(first);
  expect(again).toEqual([]);
  // Only what is kept is there: no work folders, no locks.
  const left = await readdir(path.join(cache, 'guest'));
  expect(left.toSorted()).toEqual([path.basename(path.dirname(first.kernel)), 'packages'].toSorted());
  const shared = await ensureTestGuest();
  expect((await readFile(first.initrd)).equals(await readFile(shared.initrd))).toBe(true);
});

test('leaves nothing half-built when it is cancelled', async () => {
  const cache = await cacheWithPackages();
  const abort = new AbortController();
  const building = buildGuest(cache, abort.signal);
  await building.next();
  await building.next();
  abort.abort();
  await expect(building.next()).rejects.toThrow();
  expect(await readdir(path.join(cache, 'guest'))).toEqual(['packages']);
});

test('makes the demo machine’s files and a definition that names them', async () => {
  const imagesDirectory = path.join(folder, 'images');
  const options = {
    name: 'demo',
    uuid: '00000000-0000-4000-8000-000000000001',
    note: () => Promise.resolve(),
    imagesDirectory,
    cacheDirectory: path.dirname(path.dirname(path.dirname((await ensureTestGuest()).kernel))),
    kvm: () => Promise.resolve(false),
  };
  const steps: DemoStep[] = [];
  for await (const step of createDemoMachine(options, signal)) steps.push(step);
  const last = steps.at(-1);
  expect(last?.done).toBe(last?.total);
  for (const file of ['vmlinuz', 'initrd.img', 'disk.qcow2']) {
    expect(last?.xml).toContain(path.join(imagesDirectory, 'demo', file));
    expect((await stat(path.join(imagesDirectory, 'demo', file))).size).toBeGreaterThan(0);
  }
  // A second one of the same name gets a folder of its own; one that isn't finished leaves none.
  for await (const _ of createDemoMachine(options, signal)) continue;
  for await (const step of createDemoMachine(options, signal)) if (step.step === 'create-disk') break;
  expect((await readdir(imagesDirectory)).toSorted()).toEqual(['demo', 'demo-2']);
});

test('says kvm only where it was found usable, and escapes what the XML must not hold raw', () => {
  const uuid = '00000000-0000-4000-8000-000000000001';
  const files = { kernel: "/a & b/it's", initrd: '/i', disk: '/d' };
  expect(demoXml({ name: 'a<b>', uuid, kvm: true }, files)).toMatch(/^<domain type='kvm'>\n {2}<name>a&lt;b&gt;<\/name>/);
  expect(demoXml({ name: 'x', uuid, kvm: false }, files)).toContain("<kernel>/a &amp; b/it's</kernel>");
  expect(demoXml({ name: 'x', uuid, kvm: false }, files)).toMatch(/^<domain type='qemu'>/);
});

test('reads the facts of a real kernel module, and refuses what is none', async () => {
  const cache = await cacheWithPackages();
  const packages = path.join(cache, 'guest/packages');
  const kernel = (await readdir(packages)).find((name) => name.startsWith('linux-image-') || name.startsWith('linux-modules-')) ?? '';
  await promisify(execFile)('dpkg-deb', ['-x', path.join(packages, kernel), path.join(folder, 'root')]);
  const found = (await readdir(path.join(folder, 'root'), { recursive: true })).find((name) => name.endsWith('/virtio_net.ko'));
  // Some kernels compress their modules or have this one built in.
  if (found !== undefined)
    expect(
      readModinfo(await readFile(path.join(folder, 'root', found)))
        .get('depends')
        ?.join(),
    ).toContain('virtio');
  expect(() => readModinfo(Buffer.from('not a module'))).toThrow('not a 64-bit');
});
