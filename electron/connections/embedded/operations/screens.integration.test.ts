import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ScreensState } from '../../../../shared/contract/screens.ts';
import { channelPair } from '../../../consoles/testing/channel-pair.ts';
import { alike, readPng } from '../../../screens/testing/read-png.ts';
import { RfbClient } from '../../../screens/testing/rfb-client.ts';
import { writeKeyGuest } from '../../../screens/testing/key-guest.ts';
import { called } from '../../../testing/called.ts';
import { Fixture, never } from '../testing/fixture.ts';
import type { NamedConnection } from '../testing/named-connection.ts';
import { withConnection } from '../testing/with-connection.ts';

const generous = { timeout: 30_000, interval: 25 };

const machineXml = (image: string, devices: string) => `<domain type='qemu'>
  <name>a</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='hda' bus='ide'/></disk>
    <serial type='pty'/>
    ${devices}
  </devices>
</domain>`;

/** Works with a machine that runs and reads its keyboard. */
async function withScreens(devices: string, work: (connection: NamedConnection) => Promise<void>): Promise<void> {
  await using fixture = await Fixture.make();
  const image = join(fixture.directories.images, 'keys.img');
  await writeKeyGuest(image);
  await withConnection(fixture, async (connection) => {
    await connection.domains.define({ xml: machineXml(image, devices) });
    await connection.domains.act('a', 'start', never);
    await expect.poll(async () => (await printed(connection)).toString('latin1'), generous).toContain('B');
    await work(connection);
  });
}

const screensOf = ({ whole }: NamedConnection) => {
  if (whole.screens === undefined) throw new Error('the connection has screens');
  return whole.screens;
};

/** What the guest printed so far. */
async function printed({ whole }: NamedConnection): Promise<Buffer> {
  const { host, viewer } = channelPair();
  const input = { machine: called('a'), alias: 'serial0' };
  const parts: Uint8Array[] = [];
  const reading = (async () => {
    for await (const bytes of viewer.incoming) parts.push(Uint8Array.from(bytes));
  })();
  await Promise.all([reading, whole.consoles.recording(input, host, { signal: never })]);
  return Buffer.concat(parts);
}

/** A viewer of a screen; `ended` resolves or rejects as the stream does. */
function view(connection: NamedConnection, more: { readonly readOnly?: boolean; readonly screen?: string } = {}) {
  const { host, viewer } = channelPair();
  const input = { machine: called('a'), readOnly: false, clipboard: true, ...more };
  const ended = screensOf(connection).open(input, host, { signal: never });
  ended.catch((error: unknown) => host.close(error));
  onTestFinished(() => viewer.close());
  return { client: new RfbClient(viewer), ended, close: () => viewer.close() };
}

/** What is said of the screens now, kept up to date. */
function watched(connection: NamedConnection): () => ScreensState | undefined {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  let last: ScreensState | undefined;
  void (async () => {
    for await (const state of screensOf(connection).watch({ machine: called('a') }, { signal: stop.signal })) last = state as ScreensState;
  })();
  return () => last;
}

const vnc = "<graphics type='vnc'/><video><model type='vga'/></video>";

describe('a screen', () => {
  it('is a stream of RFB whose picture is the one that a screenshot has, for several viewers, and over pause and reset', async () => {
    await withScreens(vnc, async (connection) => {
      const state = watched(connection);
      const [one, two] = [view(connection), view(connection)];
      expect(await one.client.handshake()).toBe('RFB 003.008');
      await two.client.handshake();
      await expect.poll(() => state()?.screens, generous).toMatchObject([{ id: 'video0', model: 'vga', state: 'ready', viewers: 2 }]);
      const shot = await screensOf(connection).shot({ machine: called('a') }, { signal: never });
      const picture = await one.client.picture();
      expect(shot).toMatchObject({ width: picture.width, height: picture.height });
      // All but a cursor that blinks.
      expect(alike(readPng(Buffer.from(shot.png, 'base64')), picture)).toBeGreaterThan(0.995);
      expect(new Set(picture.rgb).size).toBeGreaterThan(1);
      two.close();
      await expect.poll(() => state()?.screens[0]?.viewers, generous).toBe(1);
      await connection.domains.act('a', 'suspend', never);
      await expect.poll(() => state()?.screens[0]?.state, generous).toBe('paused');
      expect((await one.client.picture()).width).toBe(picture.width);
      await connection.domains.act('a', 'resume', never);
      await connection.domains.act('a', 'reset', never);
      expect((await one.client.picture()).width).toBe(picture.width);
      await connection.domains.act('a', 'destroy', never);
      await one.ended;
      await expect.poll(() => state()?.screens, generous).toMatchObject([{ state: 'off', viewers: 0 }]);
      await expect(screensOf(connection).shot({ machine: called('a') }, { signal: never })).rejects.toMatchObject({ code: 'wrong-state' });
      await connection.domains.act('a', 'start', never);
      await expect.poll(() => state()?.screens[0]?.state, generous).toBe('ready');
      expect(await view(connection).client.handshake()).toBe('RFB 003.008');
    });
  });

  it('is on a socket that is only the user’s, with no port', async () => {
    await withScreens(vnc, async (connection) => {
      const state = watched(connection);
      await expect.poll(() => state()?.displays, generous).toMatchObject([{ type: 'vnc', listen: 'private', port: null }]);
      const { socket } = state()?.displays[0] ?? {};
      const { pid } = await connection.domains.get('a');
      expect((await stat(socket ?? '')).isSocket()).toBe(true);
      // Nobody else gets into the directory, whatever the socket's own mode.
      expect((await stat(join(socket ?? '', '..'))).mode & 0o077).toBe(0);
      expect(await listeningPorts(pid ?? 0)).toEqual([]);
      await screensOf(connection).shot({ machine: called('a') }, { signal: never });
      expect((await readdir(join(socket ?? '', '..'))).filter((name) => name.startsWith('shot'))).toEqual([]);
    });
  });

  it('takes keys, and none where it is read only', async () => {
    await withScreens(vnc, async (connection) => {
      const [reader, writer] = [view(connection, { readOnly: true }), view(connection)];
      await reader.client.handshake();
      await writer.client.handshake();
      await reader.client.key(0x61); // a
      await reader.client.picture(); // QEMU has taken what was sent before
      await writer.client.key(0x62); // b
      await expect.poll(async () => [...(await printed(connection))].slice(1), generous).toEqual([0x30, 0xb0]);
    });
  });

  it('beside VNC on TCP is without the password, and that is as written', async () => {
    const port = await freePort();
    const written = `<graphics type='vnc' port='${port}' autoport='no' listen='127.0.0.1' passwd='sesame'/><video><model type='vga'/></video>`;
    await withScreens(written, async (connection) => {
      const state = watched(connection);
      await expect
        .poll(() => state()?.displays, generous)
        .toMatchObject([{ type: 'vnc', listen: 'address', address: '127.0.0.1', port, hasPassword: true, socket: null }]);
      expect(await view(connection).client.handshake()).toBe('RFB 003.008');
      expect(await securityTypes(port)).toEqual([2]); // VNC authentication
    });
  });

  it('of each head is one of its own', async () => {
    await withScreens(
      "<graphics type='vnc'/><video><model type='virtio' heads='2' primary='yes'/></video><video><model type='qxl'/></video>",
      async (connection) => {
        const state = watched(connection);
        await expect
          .poll(() => state()?.screens.map(({ id, state: now }) => [id, now]), generous)
          .toEqual(['video0', 'video0.1', 'video1'].map((id) => [id, 'ready']));
        for (const screen of ['video0', 'video0.1', 'video1']) {
          expect(await view(connection, { screen }).client.handshake()).toBe('RFB 003.008');
          expect((await screensOf(connection).shot({ machine: called('a'), screen }, { signal: never })).width).toBeGreaterThan(0);
        }
        await expect(view(connection, { screen: 'video7' }).ended).rejects.toMatchObject({ code: 'not-found' });
      },
    );
  });

  it('is found again by the next host', async () => {
    await using fixture = await Fixture.make();
    const image = join(fixture.directories.images, 'keys.img');
    await writeKeyGuest(image);
    await withConnection(fixture, async (connection) => {
      await connection.domains.define({ xml: machineXml(image, vnc) });
      await connection.domains.act('a', 'start', never);
    });
    await withConnection(fixture, async (connection) => {
      const state = watched(connection);
      await expect.poll(() => state()?.screens[0]?.state, generous).toBe('ready');
      expect(await view(connection).client.handshake()).toBe('RFB 003.008');
    });
  });

  it('of a QEMU that no longer answers is silent, and alive again when it does', async () => {
    await withScreens(vnc, async (connection) => {
      const state = watched(connection);
      const { client, close } = view(connection);
      await client.handshake();
      const { pid } = await connection.domains.get('a');
      process.kill(pid ?? 0, 'SIGSTOP');
      try {
        await client.key(0x61);
        await expect.poll(() => state()?.screens[0]?.state, generous).toBe('silent');
        close();
        await expect.poll(() => state()?.screens[0]?.viewers, generous).toBe(0);
      } finally {
        process.kill(pid ?? 0, 'SIGCONT');
      }
      await expect.poll(() => state()?.screens[0]?.state, generous).toBe('ready');
    });
  });
});

describe('keys', () => {
  it('are pressed together, and text arrives key by key', async () => {
    await withScreens(vnc, async (connection) => {
      const screens = screensOf(connection);
      const machine = called('a');
      const keys = ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_A'];
      await screens.sendKey({ machine, codeset: 'linux', keys, holdMs: 20 }, { signal: never });
      const chord = [0x1d, 0x38, 0x1e, 0x9e, 0xb8, 0x9d];
      await expect.poll(async () => [...(await printed(connection))].slice(1), generous).toEqual(chord);
      await expect(screens.sendKey({ machine, codeset: 'linux', keys: ['KEY_NONE'], holdMs: 0 }, { signal: never })).rejects.toMatchObject({
        code: 'invalid',
      });
      await screens.type({ machine, text: 'y@€', layout: 'de' }, { signal: never });
      const typed = [0x2c, 0xac, 0xe0, 0x38, 0x10, 0x90, 0xe0, 0xb8, 0xe0, 0x38, 0x12, 0x92, 0xe0, 0xb8];
      await expect.poll(async () => [...(await printed(connection))].slice(1 + chord.length), generous).toEqual(typed);
      await expect(screens.type({ machine, text: 'aß', layout: 'us' }, { signal: never })).rejects.toMatchObject({
        code: 'invalid',
        data: { issues: [{ path: '1' }] },
      });
      expect([...(await printed(connection))]).toHaveLength(1 + chord.length + typed.length);
    });
  });
});

describe.skipIf(!existsSync('/usr/lib/x86_64-linux-gnu/qemu/ui-spice-core.so'))('SPICE', () => {
  it('listens as written, with its password, and has its picture taken', async () => {
    const spice = "<graphics type='spice' autoport='yes' listen='127.0.0.1' passwd='sesame'/><video><model type='qxl'/></video>";
    await withScreens(spice, async (connection) => {
      const state = watched(connection);
      await expect.poll(() => state()?.displays[0]?.port ?? 0, generous).toBeGreaterThan(0);
      expect(state()).toMatchObject({
        screens: [],
        displays: [{ type: 'spice', listen: 'address', address: '127.0.0.1', hasPassword: true }],
      });
      const socket = createConnection({ port: state()?.displays[0]?.port ?? 0, host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.destroy();
      expect((await screensOf(connection).shot({ machine: called('a') }, { signal: never })).width).toBeGreaterThan(0);
    });
  });

  it('with TLS is a finding when it is defined', async () => {
    await using fixture = await Fixture.make();
    await withConnection(fixture, async ({ domains }) => {
      const xml = machineXml('/nowhere.img', "<graphics type='spice' autoport='yes' tlsPort='5999' defaultMode='secure'/>");
      const { findings } = await domains.define({ xml });
      expect(findings.map(({ path }) => path)).toContain('/domain/devices/graphics/@tlsPort');
    });
  });
});

describe('the clipboard', () => {
  it('meets the guest’s where there is a channel for it', async () => {
    const channel =
      "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source><target type='virtio' name='com.redhat.spice.0'/></channel>";
    await withScreens(vnc + channel, async (connection) => {
      const state = watched(connection);
      await expect.poll(() => state()?.clipboard, generous).toBe('on');
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  // VNC's ports begin at 5900; what the kernel gives lies above.
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What a VNC server asks of a viewer. */
async function securityTypes(port: number): Promise<number[]> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  try {
    const { host, viewer } = channelPair();
    socket.on('data', (bytes) => void host.write(bytes));
    const client = new RfbClient(viewer);
    await client.take(12);
    socket.write('RFB 003.008\n');
    const [count = 0] = await client.take(1);
    return [...(await client.take(count))];
  } finally {
    socket.destroy();
  }
}

/** TCP ports that a process listens on (proc(5), its network namespace's tables against its descriptors). */
async function listeningPorts(pid: number): Promise<number[]> {
  const links = await Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')));
  return tables.flatMap((table) =>
    table.split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return state === '0A' && sockets.has(inode) ? [Number.parseInt(local.split(':').at(-1) ?? '', 16)] : [];
    }),
  );
}
