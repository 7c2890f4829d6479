import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NetworkHelper } from '../helper/helper.ts';
import { SharedHostView } from '../host-view.ts';
import { EmbeddedNetworks } from '../networks.ts';
import { NicTimeline } from '../nics/nic-timeline.ts';
import type { RunningNic } from '../nics/nic-status.ts';
import type { NamespaceCases } from './namespace.ts';
import { nic, scratch, sh, until } from './tools.ts';

const machines = 50;
const uuidOf = (number: number) => `3fa90c12-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A program named `ip` in front of the real one, which notes what it is asked. */
const countingIp = async (): Promise<() => readonly string[]> => {
  const folder = scratch();
  const log = path.join(folder, 'asked');
  const real = (await sh('sh', '-c', 'command -v ip')).trim();
  writeFileSync(log, '');
  writeFileSync(path.join(folder, 'ip'), `#!/bin/sh\necho "$*" >> ${log}\nexec ${real} "$@"\n`);
  chmodSync(path.join(folder, 'ip'), 0o755);
  process.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`;
  return () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
};

const running = (uuid: string): RunningNic => ({
  machine: uuid,
  alias: 'net0',
  interface: nic({ type: 'bridge', bridge: 'br0' }, { target: 'tap0' }),
  record: null,
  linkUp: true,
  detachPending: false,
});

export const cases: NamespaceCases = {
  'fifty machines are watched by one view of the host': {
    as: ['root'],
    prepare: [
      ['ip', 'link', 'add', 'br0', 'type', 'bridge'],
      ['ip', 'link', 'set', 'br0', 'up'],
      ['ip', 'tuntap', 'add', 'tap0', 'mode', 'tap'],
      ['ip', 'link', 'set', 'tap0', 'master', 'br0', 'up'],
    ],
    run: async () => {
      const asked = await countingIp();
      const host = new SharedHostView();
      const source = {
        nics: (ref: string) => Promise.resolve([running(ref)]),
        holder: () => undefined,
        guestInterfaces: () => Promise.resolve([]),
        listen: () => () => undefined,
        forward: () => Promise.resolve(),
        keepMove: () => Promise.resolve(),
      };
      const networks = new EmbeddedNetworks(source, new NetworkHelper(), new NicTimeline(), undefined, host);
      const abort = new AbortController();
      const looks = new Map<string, number>();
      let moved = 0;
      const follow = async (uuid: string) => {
        for await (const [strip] of networks.nics(uuid, abort.signal)) {
          looks.set(uuid, (looks.get(uuid) ?? 0) + 1);
          if (strip?.bridge === null) moved++;
        }
      };
      const all = Array.from({ length: machines }, (_one, number) => follow(uuidOf(number)));
      await until(() => looks.size === machines && [...looks.values()].every((count) => count >= 3), 'each stream has looked three times');
      // All that was asked, whoever asked: far fewer than the streams' looks.
      const total = [...looks.values()].reduce((sum, count) => sum + count, 0);
      const views = asked().filter((words) => words.includes('address show')).length;
      const neighbours = asked().filter((words) => words.includes('neigh')).length;
      assert.equal(asked().filter((words) => words.includes('monitor')).length, 1, 'one monitor for all');
      assert.ok(views <= 6, `${views} lists of interfaces for ${total} looks`);
      assert.ok(neighbours * 10 <= total, `${neighbours} lists of neighbours for ${total} looks`);
      // A change is seen by all, at one more list.
      await sh('ip', 'link', 'set', 'tap0', 'nomaster');
      await until(() => moved >= machines, 'each stream shows the cable off the bridge');
      abort.abort();
      await Promise.all(all);
    },
  },
  'what one asks for once is as it is now, also while others watch': {
    as: ['root'],
    run: async () => {
      const host = new SharedHostView();
      const end = host.listen(() => undefined);
      await host.view();
      await sh('ip', 'link', 'add', 'late0', 'type', 'bridge');
      assert.ok((await host.fresh()).interfaces.some(({ name }) => name === 'late0'));
      end();
      await sh('ip', 'link', 'del', 'late0');
      assert.ok(!(await host.view()).interfaces.some(({ name }) => name === 'late0'), 'nothing is kept when nobody watches');
    },
  },
};
