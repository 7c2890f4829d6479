import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openNamed } from '../testing/named-connection.ts';
import { Fixture, never } from '../testing/fixture.ts';

/** A loopback port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

/** Local ports, on any address, that this machine's QEMU (or anybody here) listens on. */
const listening = async (port: number): Promise<boolean> => {
  const table = await readFile('/proc/net/tcp', 'utf8');
  return table.split('\n').some((line) => new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`).test(line));
};

it('forwards ports of QEMU’s own user network from the start, and adds and removes them live and stored', async () => {
  await using fixture = await Fixture.make();
  const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
  try {
    const { domains, networks } = connection;
    if (networks === undefined) throw new Error('no networks');
    const [stored, added] = [await freePort(), await freePort()];
    await domains.define({
      xml: `<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='user'><mac address='52:54:00:00:00:01'/><portForward proto='tcp' address='127.0.0.1'><range start='${stored}' to='22'/></portForward><model type='virtio'/></interface></devices></domain>`,
    });
    await domains.act('a', 'start', never);
    await expect.poll(() => listening(stored), { timeout: 30_000 }).toBe(true);

    const rule = { machine: 'a', alias: 'net0', proto: 'tcp', hostAddress: '127.0.0.1', hostPort: added, guestPort: 80 } as const;
    await networks.forward({ ...rule, how: 'add', scope: 'both' });
    expect(await listening(added)).toBe(true);
    for (const text of [(await domains.xml('a')).live, (await domains.xml('a')).inactive])
      expect(text).toMatch(new RegExp(`<range start=['"]${added}['"] to=['"]80['"]`));
    expect((await domains.get('a')).pending).toBe(false);

    // A port that is taken: nothing is stored.
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const takenPort = address === null || typeof address === 'string' ? 0 : address.port;
    await expect(networks.forward({ ...rule, hostPort: takenPort, how: 'add', scope: 'both' })).rejects.toMatchObject({
      code: 'qmp',
      message: expect.stringMatching(
        new RegExp(`tcp port ${takenPort} of 127.0.0.1 is already in use, by .+ \\(pid ${process.pid}\\)`),
      ) as string,
    });
    taken.close();
    await expect(networks.forward({ ...rule, hostPort: stored, how: 'add', scope: 'live' })).rejects.toMatchObject({
      message: expect.stringContaining('by a port forward of “a”') as string,
    });
    expect((await domains.xml('a')).inactive).not.toContain(String(takenPort));

    await networks.forward({ ...rule, how: 'remove', scope: 'both' });
    await expect.poll(() => listening(added), { timeout: 30_000 }).toBe(false);
    for (const text of [(await domains.xml('a')).live, (await domains.xml('a')).inactive]) expect(text).not.toContain(String(added));

    // A change of what runs only waits for nothing once it is undone.
    await networks.forward({ ...rule, how: 'add', scope: 'live' });
    expect((await domains.get('a')).pending).toBe(true);
    await networks.forward({ ...rule, how: 'remove', scope: 'live' });
    expect((await domains.get('a')).pending).toBe(false);
    const stop = new AbortController();
    const told: string[] = [];
    for await (const { text } of connection.host.activity(stop.signal)) {
      told.push(text);
      if (told.filter((line) => line.startsWith('Port forward')).length === 4) stop.abort();
    }
    expect(told).toContain(`Port forward tcp 127.0.0.1:${added} to 80 of “a” added`);
    expect(told).toContain(`Port forward tcp 127.0.0.1:${added} to 80 of “a” removed`);

    await domains.act('a', 'destroy', never);
  } finally {
    await connection.close();
  }
  expect(fixture.unexpected).toEqual([]);
});
