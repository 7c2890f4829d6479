import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { UplinkDeed } from '../../../shared/contract/uplink-deeds.ts';
import type { NamespaceCases } from './namespace.ts';
import { bare, ipLink, run, sh, until } from './tools.ts';
import { keptUplink, takeUplinkOff, uplinkTrial } from './uplink-trial.ts';

/** Another computer: a network namespace that lasts until it is killed, or the case ends. */
const elsewhere = async () => {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const inside = (...command: readonly string[]) => sh('nsenter', '-t', String(child.pid), '-n', ...command);
  /** Takes an end of a cable. */
  const take = async (nic: string, address: string) => {
    await run([`ip link set ${nic} netns ${child.pid}`]);
    await inside('ip', 'link', 'set', nic, 'up');
    await inside('ip', 'address', 'add', address, 'dev', nic);
  };
  return { inside, take, end: () => child.kill('SIGKILL') };
};

/** A card with the host's address and default route, an empty bridge, and the computer behind the card. */
const host = async () => {
  await run(['ip link add card type veth peer name far', 'ip link set card up']);
  const behind = await elsewhere();
  await behind.take('far', '10.44.0.2/24');
  await run(['ip address add 192.0.2.10/24 dev card', 'ip route add default via 192.0.2.1']);
  assert.equal(bare(['bridge-add', 'name=vmbr0']).status, 0);
  return behind;
};

/** A trial that is soon over. */
const add = () => uplinkTrial(2);

/** Where the host's address and default route are. */
const places = async () => {
  const addresses = JSON.parse(await sh('ip', '-json', '-4', 'address', 'show')) as { ifname?: string; addr_info?: { local?: string }[] }[];
  const routes = JSON.parse(await sh('ip', '-json', 'route', 'show', 'default')) as { dev?: string }[];
  return {
    address: addresses.filter(({ addr_info: all = [] }) => all.some(({ local }) => local === '192.0.2.10')).map(({ ifname }) => ifname),
    route: routes.map(({ dev }) => dev),
  };
};
const on = (name: string) => ({ address: [name], route: [name] });

/** A guest: a namespace of its own whose cable is plugged into the bridge. */
const guest = async () => {
  const { inside, take, end } = await elsewhere();
  await run(['ip link add plug type veth peer name nic', 'ip link set plug master vmbr0', 'ip link set plug up']);
  await take('nic', '10.44.0.1/24');
  return {
    /** Does what is behind the card answer its call (ARP)? */
    reaches: async (): Promise<boolean> => {
      await inside('ip', 'neighbour', 'flush', 'dev', 'nic');
      let state = '';
      await until(async () => {
        await inside('bash', '-c', 'echo > /dev/udp/10.44.0.2/9 || true');
        state = await inside('ip', 'neighbour', 'show', '10.44.0.2');
        return /lladdr|FAILED/.test(state);
      }, 'the call is answered, or given up');
      return state.includes('lladdr');
    },
    end,
  };
};

/** The deed of each sentence of renderer/network/uplink-words.ts. */
const deeds: Record<UplinkDeed, () => Promise<void>> = {
  'becomes-port': async () => {
    await host();
    const one = await guest();
    assert.equal(await one.reaches(), false);
    await keptUplink();
    assert.equal((await ipLink('card'))['master'], 'vmbr0');
    assert.equal(await one.reaches(), true);
    one.end();
  },
  'taken-back': async () => {
    const behind = await host();
    for (const gone of ['nobody', 'the window', 'the network'] as const) {
      const trial = await add();
      assert.equal((await ipLink('card'))['master'], 'vmbr0');
      if (gone === 'the network') await behind.inside('ip', 'link', 'set', 'far', 'down');
      await (gone === 'the window' ? trial.leave() : trial.over());
      assert.equal((await ipLink('card'))['master'], undefined, gone);
      assert.deepEqual((await places()).address, ['card'], gone);
    }
  },
  moves: async () => {
    await host();
    assert.deepEqual(await places(), on('card'));
    const trial = await add();
    assert.deepEqual(await places(), on('vmbr0'));
    await trial.over();
    assert.deepEqual(await places(), on('card'));
    await keptUplink();
    assert.deepEqual(await places(), on('vmbr0'));
  },
  leaves: async () => {
    await host();
    const one = await guest();
    await keptUplink();
    assert.equal(await one.reaches(), true);
    takeUplinkOff();
    assert.equal(await one.reaches(), false);
    one.end();
  },
  'moves-back': async () => {
    await host();
    await keptUplink();
    assert.deepEqual(await places(), on('vmbr0'));
    takeUplinkOff();
    assert.deepEqual(await places(), on('card'));
  },
};

export const cases: NamespaceCases = Object.fromEntries(
  Object.entries(deeds).map(([name, deed]) => [`what the window says of an uplink is done: ${name}`, { as: ['root' as const], run: deed }]),
);
