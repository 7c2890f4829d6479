import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, open, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holderOf } from '../../../storage/open-files.ts';
import type { NamedConnection } from '../testing/named-connection.ts';
import { Fixture, never } from '../testing/fixture.ts';
import { withConnection } from '../testing/with-connection.ts';

const qemuImg = (...args: readonly string[]) => {
  expect(spawnSync('qemu-img', args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
};

interface Parts {
  readonly os?: string;
  readonly devices?: string;
}

const machineXml = (name: string, { os = '', devices = '' }: Parts) =>
  `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type>${os}</os>` +
  `<features><acpi/></features><devices>${devices}<serial type='pty'/></devices></domain>`;

const disk = (file: string, format = 'qcow2', more = '', target = 'vda') =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/>${more}<target dev='${target}' bus='virtio'/></disk>`;

const withImages = async (work: (connection: NamedConnection, at: (name: string) => string) => Promise<void>) => {
  await using fixture = await Fixture.make();
  await withConnection(fixture, (connection) => work(connection, (name) => join(fixture.root, name)));
};

describe('an image that a machine stands on', () => {
  it('is deleted by nobody: along the chain, by another name, as kernel, medium or template of variables', async () => {
    await withImages(async ({ domains, storage }, at) => {
      await mkdir(at('sub'));
      qemuImg('create', '-q', '-f', 'qcow2', at('base'), '4M');
      qemuImg('create', '-q', '-f', 'qcow2', '-b', at('base'), '-F', 'qcow2', at('mid'));
      qemuImg('create', '-q', '-f', 'qcow2', '-b', at('mid'), '-F', 'qcow2', at('clone'));
      await symlink('base', at('link'));
      await link(at('base'), at('hard'));
      const users: readonly (readonly [string, Parts])[] = [
        ['chain of two', { devices: disk(at('clone')) }],
        ['link', { devices: disk(at('link')) }],
        ['hard link', { devices: disk(at('hard')) }],
        ['spelling', { devices: disk(`${at('sub')}/.././base`) }],
        [
          'backing store',
          {
            devices: disk(
              at('own'),
              'qcow2',
              `<backingStore type='file'><format type='qcow2'/><source file='${at('base')}'/></backingStore>`,
            ),
          },
        ],
        [
          'medium',
          { devices: `<disk type='file' device='cdrom'><source file='${at('base')}'/><target dev='hda' bus='ide'/><readonly/></disk>` },
        ],
        ['kernel', { os: `<kernel>${at('base')}</kernel>` }],
        ['initrd', { os: `<kernel>/boot/vmlinuz</kernel><initrd>${at('base')}</initrd>` }],
        ['variables', { os: `<loader readonly='yes' type='pflash'>/fw/CODE.fd</loader><nvram>${at('base')}</nvram>` }],
        ['template', { os: `<loader readonly='yes' type='pflash'>/fw/CODE.fd</loader><nvram template='${at('base')}'>${at('v')}</nvram>` }],
      ];
      await domains.define({ xml: machineXml('template machine', { devices: disk(at('base')) }) });
      for (const [name, parts] of users) {
        await domains.define({ xml: machineXml(name, parts) });
        await expect(domains.undefine({ machine: 'template machine', removeDisks: [at('base')] })).rejects.toMatchObject({
          code: 'disk-in-use',
          message: expect.stringContaining(`“${name}”`) as string,
        });
        await domains.undefine({ machine: name, nvram: 'keep' });
        expect(existsSync(at('base'))).toBe(true);
      }
      // The window's own deletion asks likewise, of the machine itself too.
      await expect(storage?.deleteImage(at('link'))).rejects.toBeDefined();
      await expect(storage?.deleteImage(at('hard'))).rejects.toMatchObject({ code: 'disk-in-use' });
      await domains.undefine({ machine: 'template machine', removeDisks: [at('base')] });
      expect(existsSync(at('base'))).toBe(false);
    });
  });

  it('is needed behind a loop device too, however that is called, and where it is below an image', async ({ skip }) => {
    await withImages(async ({ domains }, at) => {
      qemuImg('create', '-q', '-f', 'raw', at('base'), '4M');
      const { status, stdout } = spawnSync('losetup', ['--find', '--show', at('base')], { encoding: 'utf8' });
      if (status !== 0) skip('this user can make no loop device');
      const device = stdout.trim();
      try {
        await symlink(device, at('device'));
        qemuImg('create', '-q', '-f', 'qcow2', '-b', at('device'), '-F', 'raw', at('top'));
        await domains.define({ xml: machineXml('template machine', { devices: disk(at('base'), 'raw') }) });
        const block = (dev: string) => disk(dev, 'raw').replace("type='file'", "type='block'").replace('file=', 'dev=');
        for (const devices of [block(device), block(at('device')), disk(at('top'))]) {
          await domains.define({ xml: machineXml('user', { devices }) });
          await expect(domains.undefine({ machine: 'template machine', removeDisks: [at('base')] })).rejects.toMatchObject({
            code: 'disk-in-use',
            message: expect.stringContaining('“user”') as string,
          });
          await domains.undefine({ machine: 'user' });
        }
      } finally {
        spawnSync('losetup', ['--detach', device]);
      }
    });
  });

  it('is needed by a running machine whatever its stored definition says by now', async () => {
    await withImages(async ({ domains, storage }, at) => {
      qemuImg('create', '-q', '-f', 'raw', at('base'), '4M');
      qemuImg('create', '-q', '-f', 'qcow2', '-b', at('base'), '-F', 'raw', at('top'));
      const { uuid } = await domains.define({ xml: machineXml('runs', { devices: disk(at('top')) }) });
      await domains.act('runs', 'start-paused', never);
      await domains.define({ xml: machineXml('runs', {}).replace('<memory', `<uuid>${uuid}</uuid><memory`) });
      await expect(storage?.deleteImage(at('base'))).rejects.toMatchObject({ code: 'disk-in-use' });
      await domains.act('runs', 'destroy', never);
      await storage?.deleteImage(at('base'));
      expect(existsSync(at('base'))).toBe(false);
    });
  });

  it('goes with what stands on it, where both are told to', async () => {
    await withImages(async ({ domains }, at) => {
      qemuImg('create', '-q', '-f', 'qcow2', at('base'), '4M');
      qemuImg('create', '-q', '-f', 'qcow2', '-b', at('base'), '-F', 'qcow2', at('top'));
      await domains.define({ xml: machineXml('a', { devices: disk(at('base')) + disk(at('top'), 'qcow2', '', 'vdb') }) });
      await expect(domains.undefine({ machine: 'a', removeDisks: [at('base')] })).rejects.toMatchObject({ code: 'disk-in-use' });
      await domains.undefine({ machine: 'a', removeDisks: [at('base'), at('top')] });
      expect([existsSync(at('base')), existsSync(at('top'))]).toEqual([false, false]);
    });
  });
});

describe('an image that a process has open', () => {
  it.each(['raw', 'qcow2', 'vmdk', 'vdi'])('is not deleted, whatever its format: %s', async (format) => {
    await withImages(async ({ domains, storage }, at) => {
      qemuImg('create', '-q', '-f', format, at('x.img'), '4M');
      await domains.define({ xml: machineXml('a', { devices: disk(at('x.img'), format) }) });
      const qemu = spawn('qemu-system-x86_64', [
        ...'-machine none -nodefaults -display none -S -monitor stdio -blockdev'.split(' '),
        `${format},node-name=d,file.driver=file,file.filename=${at('x.img')}`,
      ]);
      try {
        await once(qemu.stdout, 'data');
        await expect(domains.undefine({ machine: 'a', removeDisks: [at('x.img')] })).rejects.toMatchObject({ code: 'disk-locked' });
        await domains.undefine({ machine: 'a' });
        await expect(storage?.deleteImage(at('x.img'))).rejects.toMatchObject({ code: 'disk-locked' });
      } finally {
        qemu.kill('SIGKILL');
        await once(qemu, 'exit');
      }
      await storage?.deleteImage(at('x.img'));
      expect(existsSync(at('x.img'))).toBe(false);
    });
  });

  it('is held by who only reads it, under another name too, and by a lock alone', async () => {
    await using fixture = await Fixture.make();
    const file = join(fixture.root, 'x.img');
    await writeFile(file, 'x');
    await link(file, join(fixture.root, 'y.img'));
    expect(await holderOf(file)).toBeUndefined();
    const reader = await open(join(fixture.root, 'y.img'), 'r');
    try {
      expect(await holderOf(file)).toBeUndefined(); // this process doesn't count
    } finally {
      await reader.close();
    }
    const sleeper = spawn('sh', ['-c', 'exec 3<"$1"; echo ready; exec sleep 1000', 'sh', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(sleeper.stdout, 'data');
      await rename(file, join(fixture.root, 'z.img'));
      expect(await holderOf(join(fixture.root, 'z.img'))).toMatchObject({ pid: sleeper.pid });
      expect(await holderOf(join(fixture.root, 'z.img'), [sleeper.pid ?? 0])).toBeUndefined();
    } finally {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    }
  });
});

describe('a medium that is gone', () => {
  const cdrom = (file: string, policy: string) =>
    `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${file}'${policy}/><target dev='hdc' bus='ide'/><readonly/></disk>`;

  it('leaves an empty drive where the definition doesn’t insist, and refuses the start where it does', async () => {
    await withImages(async ({ domains }, at) => {
      await domains.define({ xml: machineXml('optional', { devices: cdrom(at('gone.iso'), " startupPolicy='optional'") }) });
      const { problems } = { problems: await domains.check({ xml: (await domains.xml('optional')).inactive ?? '', machine: 'optional' }) };
      expect(problems).toMatchObject([
        { severity: 'warning', path: '/domain/devices/disk', fixes: [{ kind: 'choose-image' }, { kind: 'eject' }] },
      ]);
      await domains.act('optional', 'start-paused', never);
      const { live, inactive } = await domains.xml('optional');
      expect(live).toMatch(/device='cdrom'/);
      expect(live).not.toContain('gone.iso');
      expect(inactive).toContain('gone.iso');
      await domains.act('optional', 'destroy', never);
      for (const policy of ['', " startupPolicy='mandatory'", " startupPolicy='requisite'"]) {
        const name = `insists${policy}`.replace(/[^a-z]/g, '');
        await domains.define({ xml: machineXml(name, { devices: cdrom(at('gone.iso'), policy) }) });
        await expect(domains.act(name, 'start', never)).rejects.toMatchObject({
          code: 'disk-missing',
          data: { path: '/domain/devices/disk', fixes: [{ kind: 'choose-image' }, { kind: 'eject' }] },
        });
      }
    });
  });

  it('leaves a disk out, and takes it when it is there', async () => {
    await withImages(async ({ domains }, at) => {
      const optional = disk(at('later'), 'raw').replace("'/><target", "' startupPolicy='optional'/><target");
      await domains.define({ xml: machineXml('a', { devices: optional }) });
      await domains.act('a', 'start-paused', never);
      expect((await domains.xml('a')).live).not.toContain('<disk');
      await domains.act('a', 'destroy', never);
      qemuImg('create', '-q', '-f', 'raw', at('later'), '1M');
      await domains.act('a', 'start-paused', never);
      expect((await domains.xml('a')).live).toContain(at('later'));
    });
  });
});

it('tells of paths that don’t begin with a slash, each at its place, and refuses the start', async () => {
  await withImages(async ({ domains }) => {
    const parts = {
      os: `<kernel>boot/vmlinuz</kernel><initrd>./initrd</initrd><dtb>~/x.dtb</dtb>`,
      devices:
        disk('images/a.qcow2') +
        `<disk type='file' device='cdrom'><source file='~/a.iso'/><target dev='hda' bus='ide'/><readonly/></disk>` +
        `<serial type='file'><source path='serial.log'/><log file='log'/></serial><serial type='pty'><source path='pts/1'/></serial>` +
        `<interface type='user'><rom file='rom.bin'/></interface>`,
    };
    const xml = machineXml('relative', parts);
    const problems = await domains.check({ xml });
    const relative = problems.filter(({ message }) => message.includes('begin with a slash'));
    expect(relative.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/domain/os/kernel',
        '/domain/os/initrd',
        '/domain/os/dtb',
        '/domain/devices/disk[1]/source/@file',
        '/domain/devices/disk[2]/source/@file',
        '/domain/devices/serial[1]/source/@path',
        '/domain/devices/serial[1]/log/@file',
        '/domain/devices/interface/rom/@file',
      ]),
    );
    expect(relative).toHaveLength(8);
    expect(relative.every(({ severity }) => severity === 'unsupported')).toBe(true);
    await domains.define({ xml });
    await expect(domains.act('relative', 'start', never)).rejects.toMatchObject({ code: 'xml-unsupported' });
  });
});
