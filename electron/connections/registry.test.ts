import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionState } from '../../shared/contract/connections.ts';
import type { MachineEvent } from '../../shared/contract/machines.ts';
import { operations } from '../../shared/contract/operations.ts';
import { TapestryError } from '../../shared/errors.ts';
import { apiHandlers } from '../api/index.ts';
import { called } from '../testing/called.ts';
import { testComputer } from '../testing/test-host.ts';
import type { Connection, ConnectionSource } from './connection.ts';
import { ConnectionRegistry } from './registry.ts';
import { no } from './support-tables.ts';
import { testSource } from './test/index.ts';

const never = new AbortController().signal;
const context = { signal: never };
const opened: ConnectionRegistry[] = [];
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
});

async function registryOf(...sources: ConnectionSource[]): Promise<ConnectionRegistry> {
  const registry = new ConnectionRegistry(sources, (error) => expect(error).toBeUndefined());
  opened.push(registry);
  await registry.open();
  return registry;
}
const apiOf = (registry: ConnectionRegistry) =>
  apiHandlers({
    registry,
    computer: testComputer,
    host: 'cli',
  });
const stateOf = (registry: ConnectionRegistry, id: string): ConnectionState | undefined =>
  registry.list().find((one) => one.id === id)?.state;
const isOffline = { code: 'connection-offline', data: { since: expect.any(Number) as number } };

describe('connections', () => {
  it('are connecting, connected, offline since then, and connected again, and everybody who watches is told', async () => {
    const registry = await registryOf(testSource('test:///default', 'test'));
    const told: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const [info] of registry.watch(stop.signal)) told.push(info?.state.kind ?? '');
    })();
    await expect.poll(() => told).toEqual(['connected']);
    await registry.disconnect('test');
    await expect.poll(() => told.at(-1)).toBe('offline');
    await registry.connect('test');
    await expect.poll(() => told.at(-1)).toBe('connected');
    stop.abort();
    await watching;
  });

  it('that fail to open say why: what they need, or since when they aren’t there; the first has to open', async () => {
    const failing = (id: string, code: 'unauthorized' | 'closed'): ConnectionSource => ({
      ...testSource('test:///empty', id),
      open: () => Promise.reject(new TapestryError(code, 'No.')),
    });
    const registry = await registryOf(testSource('test:///empty', 'test'), failing('locked', 'unauthorized'), failing('away', 'closed'));
    await expect(registry.use('locked')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(registry.use('away')).rejects.toMatchObject(isOffline);
    expect(stateOf(registry, 'locked')).toMatchObject({ kind: 'needs', error: { code: 'unauthorized' } });
    expect(stateOf(registry, 'away')).toMatchObject({ kind: 'offline', since: expect.any(Number) as number, error: { code: 'closed' } });
    await expect(registryOf(failing('locked', 'unauthorized'))).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(registry.use('nobody')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that are told to go while they are opened go, and stay when they are told to come again before or after that', async () => {
    const real = testSource('test:///empty', 'slow');
    let opening = Promise.withResolvers<void>();
    const slow: ConnectionSource = { ...real, open: () => opening.promise.then(() => real.open()) };
    const registry = await registryOf(testSource('test:///empty', 'test'), slow);
    await registry.disconnect('slow');
    opening.resolve();
    await expect(registry.use('slow')).rejects.toMatchObject(isOffline);

    opening = Promise.withResolvers();
    const again = registry.connect('slow');
    await registry.disconnect('slow');
    const wanted = registry.connect('slow');
    opening.resolve();
    await Promise.all([again, wanted]);
    expect(stateOf(registry, 'slow')).toMatchObject({ kind: 'connected' });

    await registry.disconnect('slow');
    opening = Promise.withResolvers();
    const failing = registry.connect('slow');
    await registry.disconnect('slow');
    opening.reject(new TapestryError('closed', 'No.'));
    await expect(failing).rejects.toMatchObject({ code: 'closed' });
    opening = Promise.withResolvers();
    opening.resolve();
    await registry.connect('slow');
    expect(stateOf(registry, 'slow')).toMatchObject({ kind: 'connected' });
  });

  it('that drop end what was asked of them, and come back by themselves where they say so', async () => {
    const registry = await registryOf(testSource('test:///default', 'test'));
    const api = apiOf(registry);
    const stream = api['machines.watch']({ connection: 'test' }, context)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ kind: 'snapshot', connection: 'test' });
    const waiting = stream.next();
    const drop = (more: object) =>
      api['machines.monitor'](
        { machine: called('debian-12', 'test'), command: JSON.stringify({ execute: 'drop-connection', ...more }) },
        context,
      );
    await drop({}).catch(() => undefined); // the answer may be lost with the connection
    await expect(waiting).rejects.toMatchObject(isOffline);
    await expect(api['machines.list']({ connection: 'test' }, context)).rejects.toMatchObject(isOffline);
    await api['connections.connect']({ connection: 'test' }, context);
    await drop({ arguments: { for: 1 } }).catch(() => undefined); // as above
    await expect.poll(() => stateOf(registry, 'test')?.kind).toBe('connected');
    expect(await api['machines.list']({ connection: 'test' }, context)).not.toEqual([]);
  });
});

describe('machines of several connections', () => {
  it('with one UUID are two machines', async () => {
    const registry = await registryOf(testSource('test:///default', 'one'), testSource('test:///default', 'two'));
    const api = apiOf(registry);
    const [first] = await api['machines.list']({ connection: 'one' }, context);
    const uuid = first?.uuid ?? '';
    await registry.use('two');
    await api['machines.act']({ machine: { connection: 'one', uuid }, action: 'destroy' }, context);
    expect((await api['machines.get']({ machine: { connection: 'one', uuid } }, context)).state).toBe('shut off');
    expect((await api['machines.get']({ machine: { connection: 'two', uuid } }, context)).state).toBe('running');
  });

  it('are watched in one stream, with a snapshot of each, and anew when it is back', async () => {
    const registry = await registryOf(testSource('test:///default', 'one'), testSource('test:///empty', 'two'));
    const api = apiOf(registry);
    const stop = new AbortController();
    const snapshots: string[] = [];
    const watching = (async () => {
      for await (const event of api['machines.watch']({}, { signal: stop.signal }) as AsyncIterable<MachineEvent>)
        if (event.kind === 'snapshot') snapshots.push(event.connection);
    })();
    await expect.poll(() => snapshots.toSorted()).toEqual(['one', 'two']);
    await registry.disconnect('two');
    await registry.connect('two');
    await expect.poll(() => snapshots.filter((id) => id === 'two')).toHaveLength(2);
    stop.abort();
    await watching;
  });
});

describe('support', () => {
  /** A connection that must not be asked for anything. */
  const untouched = (): Connection => {
    const part = new Proxy(
      {},
      { get: (_of, name) => (name === 'then' ? undefined : () => expect.unreachable(`asked for ${String(name)}`)) },
    );
    const parts = { machines: part, consoles: part, storage: part, networks: part, host: part } as unknown as Connection;
    return { ...parts, activity: () => expect.unreachable(), differences: () => ({}), close: () => Promise.resolve() };
  };

  it('refuses each method with its reason, and the connection isn’t asked', async () => {
    const support = Object.fromEntries(operations.map((name) => [name, no('backend', `No ${name}.`)])) as ConnectionSource['support'];
    const registry = await registryOf({ id: 'poor', uri: 'poor:///', title: 'Poor', support, open: () => Promise.resolve(untouched()) });
    const api = apiOf(registry);
    const machine = called('a', 'poor');
    const connection = 'poor';
    const refused = (name: string) => ({ code: 'unsupported-operation', message: `No ${name}.` });
    for (const action of ['start', 'start-paused', 'shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume'] as const)
      await expect(api['machines.act']({ machine, action }, context)).rejects.toMatchObject(refused(action));
    const calls: readonly [string, Promise<unknown>][] = [
      ['define', api['machines.define']({ connection, xml: '<domain/>' }, context)],
      ['undefine', api['machines.undefine']({ machine }, context)],
      ['rename', api['machines.rename']({ machine, name: 'b' }, context)],
      ['autostart', api['machines.autostart']({ machine, autostart: true }, context)],
      ['start-marked', api['machines.startMarked']({ connection }, context)],
      ['attach-disk', api['machines.device']({ machine, how: 'attach', xml: '<!-- a --> <disk/>', scope: 'live' }, context)],
      ['detach-other', api['machines.device']({ machine, how: 'detach', xml: '<nonsense/>', scope: 'both' }, context)],
      ['define', api['machines.device']({ machine, how: 'update', xml: '<disk/>', scope: 'config' }, context)],
      ['native', api['machines.native']({ connection, xml: '<domain/>' }, context)],
      ['stats', api['machines.cpuTime']({ machine }, context)],
      ['monitor', api['machines.monitor']({ machine, command: '{}' }, context)],
      ['log', api['machines.log']({ machine, lines: 1 }, context)],
      ['demo', api['machines.createDemo']({ connection }, context)],
      ['console-history', api['consoles.clear']({ machine, alias: 'serial0' }, context)],
      ['screenshot', api['screens.shot']({ machine }, context)],
      ['send-key', api['screens.type']({ machine, text: 'a', layout: 'us' }, context)],
      ['images', api['storage.defaults']({ connection }, context)],
      ['delete-image', api['storage.deleteImage']({ connection, path: '/a' }, context)],
      ['browse', api['storage.browse']({ connection }, context)],
      ['operating-systems', api['os.list']({ connection }, context)],
      ['operating-systems', api['os.facts']({ connection, os: 'debian12' }, context)],
      ['identify', api['os.identify']({ connection, path: '/a' }, context)],
      ['networks', api['networks.interfaces']({ connection }, context)],
      ['nics', api['networks.nic']({ machine }, context)],
      ['guest-agent', api['networks.guestInterfaces']({ machine }, context)],
      ['bridges', api['networks.createBridge']({ connection, name: 'br0' }, context)],
      ['uplinks', api['networks.removeUplink']({ connection, bridge: 'br0', port: 'eth0' }, context)],
      ['capabilities', api['host.capabilities']({ connection }, context)],
      ['disconnect', api['connections.disconnect']({ connection }, context)],
      ['connect', api['connections.connect']({ connection }, context)],
      ['networks', api['networks.watch']({ connection }, context)[Symbol.asyncIterator]().next()],
      ['screen', api['screens.watch']({ machine }, context)[Symbol.asyncIterator]().next()],
      ['console', api['consoles.watch']({ machine, alias: 'serial0' }, context)[Symbol.asyncIterator]().next()],
    ];
    for (const [name, call] of calls) await expect(call).rejects.toMatchObject(refused(name));
  });

  it('of a machine counts where it is otherwise than its connection’s', async () => {
    const registry = await registryOf({
      ...testSource('test:///default', 'test'),
      open: async () => {
        const connection = await testSource('test:///default', 'test').open();
        return { ...connection, differences: () => ({ rename: no('transient', 'Not this one.') }) };
      },
    });
    await expect(apiOf(registry)['machines.rename']({ machine: called('router-lab', 'test'), name: 'b' }, context)).rejects.toMatchObject({
      code: 'unsupported-operation',
      message: 'Not this one.',
    });
  });

  it('refuses a machine of another connection than the one that is asked', async () => {
    const registry = await registryOf(testSource('test:///default', 'one'), testSource('test:///default', 'two'));
    await expect(
      apiOf(registry)['machines.check']({ connection: 'one', xml: '<domain/>', machine: called('web-1', 'two') }, context),
    ).rejects.toMatchObject({ code: 'invalid' });
  });
});
