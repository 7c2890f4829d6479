import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { NamedConnection } from '../testing/named-connection.ts';
import { openNamed } from '../testing/named-connection.ts';
import { Fixture, never } from '../testing/fixture.ts';

/** A machine that boots the button guest's disk, with this first serial port. */
const machineXml = (name: string, image: string, serial: string, top = ''): string => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  ${top}
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${image}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    ${serial}
  </devices>
</domain>
`;

const generous = { timeout: 90_000, interval: 25 };

/** Starts the button guest with this first serial port, and waits until its `B` is in the recording; then does the rest. */
const startWith = async (
  fixture: Fixture,
  serial: string,
  work: (domains: NamedConnection['domains']) => Promise<void> = () => Promise.resolve(),
): Promise<void> => {
  const image = await fixture.image();
  const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
  try {
    const { domains } = connection;
    const { uuid } = await domains.define({ xml: machineXml('logged', image, serial) });
    await domains.act('logged', 'start', never);
    expect(await domains.get('logged')).toMatchObject({ state: 'running', consoles: [{ alias: 'serial0', interactive: false }] });
    const recording = `${fixture.directories.recordings}/${uuid}/serial0.00000000000000000000.log`;
    await expect.poll(() => readFile(recording, 'latin1').catch(() => ''), generous).toContain('B');
    await work(domains);
    await domains.act('logged', 'destroy', never);
  } finally {
    await connection.close();
  }
  expect(fixture.unexpected).toEqual([]);
};

/** A server that keeps what it was sent; ended with the test. */
class Listener implements AsyncDisposable {
  readonly server: Server;
  readonly #lines: Socket[] = [];
  seen = '';

  constructor() {
    this.server = createServer((socket) => {
      this.#lines.push(socket);
      socket.on('data', (bytes) => (this.seen += bytes.toString('latin1')));
      // A destroyed machine may reset the connection.
      socket.on('error', () => socket.destroy());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.#lines) line.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

it.each([
  ['truncates', '', /^B/],
  ['appends to', " append='on'", /^before B/],
])('a serial port that %s a file: its bytes are there and in the recording', async (_, append, wanted) => {
  await using fixture = await Fixture.make();
  const file = join(fixture.root, 'serial.txt');
  await writeFile(file, 'before ');
  await startWith(fixture, `<serial type='file'><source path='${file}'${append}/></serial>`, async () => {
    await expect.poll(() => readFile(file, 'latin1'), generous).toMatch(wanted);
  });
});

it('a serial port that goes nowhere is recorded', async () => {
  await using fixture = await Fixture.make();
  await startWith(fixture, "<serial type='null'/>");
});

it('a serial port that sends datagrams is recorded', async () => {
  await using fixture = await Fixture.make();
  const socket = createSocket('udp4');
  await using _ = { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
  let seen = '';
  socket.on('message', (bytes) => (seen += bytes.toString('latin1')));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const serial = `<serial type='udp'><source mode='connect' host='127.0.0.1' service='${socket.address().port}'/></serial>`;
  await startWith(fixture, serial, async () => {
    await expect.poll(() => seen, generous).toContain('B');
  });
});

it.each(['unix', 'tcp'])('a serial port that connects to a %s socket is recorded', async (type) => {
  await using fixture = await Fixture.make();
  await using listener = new Listener();
  const path = join(fixture.root, 'peer');
  if (type === 'unix') listener.server.listen(path);
  else listener.server.listen(0, '127.0.0.1');
  await once(listener.server, 'listening');
  const source =
    type === 'unix'
      ? `<source mode='connect' path='${path}'/>`
      : `<source mode='connect' host='127.0.0.1' service='${(listener.server.address() as AddressInfo).port}'/><protocol type='raw'/>`;
  await startWith(fixture, `<serial type='${type}'>${source}</serial>`, async () => {
    await expect.poll(() => listener.seen, generous).toContain('B');
  });
});

it.each(['unix', 'tcp'])('a serial port that listens on a %s socket of the user’s is theirs, and recorded beside them', async (type) => {
  await using fixture = await Fixture.make();
  const path = join(fixture.root, 'own');
  const port = await freePort();
  const source =
    type === 'unix'
      ? `<source mode='bind' path='${path}'/>`
      : `<source mode='bind' host='127.0.0.1' service='${port}'/><protocol type='raw'/>`;
  await startWith(fixture, `<serial type='${type}'>${source}</serial>`, async (domains) => {
    const client = type === 'unix' ? connect(path) : connect(port, '127.0.0.1');
    await using _ = { [Symbol.asyncDispose]: () => Promise.resolve(void client.destroy()) };
    let seen = '';
    client.on('data', (bytes) => (seen += bytes.toString('latin1')));
    await once(client, 'connect');
    // QEMU takes one client: were the recorder it, this one would wait for ever.
    await domains.act('logged', 'reset', never);
    await expect.poll(() => seen, generous).toContain('B');
  });
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

it.each(['on_poweroff', 'on_reboot', 'on_crash'])('%s rename-restart is told beforehand and refused at the start', async (element) => {
  await using fixture = await Fixture.make();
  const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
  try {
    const { domains } = connection;
    const xml = machineXml('renamed', await fixture.image(), "<serial type='pty'/>", `<${element}>rename-restart</${element}>`);
    await expect(domains.check({ xml })).resolves.toMatchObject([{ severity: 'unsupported', path: `/domain/${element}` }]);
    await domains.define({ xml });
    await expect(domains.act('renamed', 'start', never)).rejects.toMatchObject({
      code: 'xml-unsupported',
      data: { path: `/domain/${element}` },
    });
    expect((await domains.get('renamed')).state).toBe('shut off');
  } finally {
    await connection.close();
  }
});
