import { chmod, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probeEmulator } from './probe.ts';
import { CapabilitiesStore } from './store.ts';

const qemu = '/usr/bin/qemu-system-x86_64';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tp-probe-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const program = async (name: string, script: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
};

const failing = (code: string, detail?: RegExp) =>
  expect.objectContaining({
    data: expect.objectContaining({ code, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) }),
  });

describe('asking an emulator', () => {
  test('the installed QEMU tells its version, machines and devices', async () => {
    const capabilities = await new CapabilitiesStore(folder).of(qemu);
    expect(capabilities.arch).toBe('x86_64');
    expect(capabilities.atLeast(6, 2)).toBe(true);
    expect(capabilities.machines.map((machine) => machine.alias)).toEqual(expect.arrayContaining(['pc', 'q35']));
    expect(capabilities.hasType('virtio-net-pci')).toBe(true);
    expect(capabilities.hasProperty('scsi-hd', 'device_id')).toBe(true);
  });

  test('a missing program, one that is no QEMU, one that babbles, one that is silent', async () => {
    await expect(probeEmulator(join(folder, 'none'))).rejects.toEqual(failing('qemu-missing'));
    await expect(probeEmulator(await program('words', 'echo "not me" >&2; exit 3'))).rejects.toEqual(failing('qemu-invalid', /not me/));
    await expect(probeEmulator(await program('babble', 'while :; do echo "<html>"; done'))).rejects.toEqual(failing('qemu-invalid'));
    await expect(probeEmulator(await program('greet', 'echo "{\\"QMP\\": 1}"; read line'))).rejects.toEqual(failing('qemu-invalid'));
    await expect(probeEmulator(await program('silent', 'exec sleep 1000'), { deadline: 200 })).rejects.toEqual(failing('qemu-invalid'));
    const stop = new AbortController();
    const asked = probeEmulator(await program('slow', 'exec sleep 1000'), { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toEqual(failing('cancelled'));
  });
});

describe('what was answered', () => {
  const counting = () => {
    const calls: string[] = [];
    const refused = {
      command: 'device-list-properties',
      arguments: { typename: 'gone' },
      error: { class: 'DeviceNotFound', desc: 'gone' },
    };
    return { calls, probe: async (emulator: string) => (calls.push(emulator), [...(await probeEmulator(qemu)), refused]) };
  };

  test('is kept by path, size and time of change, in memory and on disk', async () => {
    const emulator = await program('qemu', 'exit 1');
    const first = counting();
    const store = new CapabilitiesStore(join(folder, 'cache'), first.probe);
    await Promise.all([store.of(emulator), store.of(emulator)]);
    await store.of(emulator);
    expect(first.calls).toEqual([emulator]);

    const second = counting();
    expect((await new CapabilitiesStore(join(folder, 'cache'), second.probe).of(emulator)).arch).toBe('x86_64');
    expect(second.calls).toEqual([]);

    await utimes(emulator, new Date(1000), new Date(1000));
    await new CapabilitiesStore(join(folder, 'cache'), second.probe).of(emulator);
    expect(second.calls).toEqual([emulator]);
  });

  test('is asked again when the cache is cut short, and a failure is not kept', async () => {
    const emulator = await program('qemu', 'exit 1');
    const cache = join(folder, 'cache');
    await new CapabilitiesStore(cache, counting().probe).of(emulator);
    const [name = ''] = await readdir(cache);
    await writeFile(join(cache, name), (await readFile(join(cache, name), 'utf8')).slice(0, 1000));
    const again = counting();
    await new CapabilitiesStore(cache, again.probe).of(emulator);
    expect(again.calls).toHaveLength(1);

    let tries = 0;
    const flaky = new CapabilitiesStore(join(folder, 'other'), async () =>
      tries++ === 0 ? await Promise.reject(new Error('no')) : await probeEmulator(qemu),
    );
    await expect(flaky.of(emulator)).rejects.toThrow('no');
    expect((await flaky.of(emulator)).arch).toBe('x86_64');
  });

  test('is asked again when a word of the cache is another one, whatever it is', async () => {
    const emulator = await program('qemu', 'exit 1');
    const cache = join(folder, 'cache');
    await new CapabilitiesStore(cache, counting().probe).of(emulator);
    const [name = ''] = await readdir(cache);
    const text = await readFile(join(cache, name), 'utf8');
    for (const [word, other] of [
      ['"arch":', '"arcj":'],
      ['"virtio-net-pci"', '"virtio-ndt-pci"'],
      ['"command":"query-version"', '"command":"query-versiom"'],
    ] as const) {
      expect(text).toContain(word);
      await writeFile(join(cache, name), text.replaceAll(word, other));
      const again = counting();
      expect((await new CapabilitiesStore(cache, again.probe).of(emulator)).hasType('virtio-net-pci')).toBe(true);
      expect(again.calls).toHaveLength(1);
    }
  });

  test('a cache folder that can not be written is no failure', async () => {
    await writeFile(join(folder, 'file'), '');
    expect((await new CapabilitiesStore(join(folder, 'file', 'cache')).of(qemu)).arch).toBe('x86_64');
  });
});
