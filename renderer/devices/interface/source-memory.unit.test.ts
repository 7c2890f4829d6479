import { expect, test } from 'vitest';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../../shared/domain-xml/xml/path.ts';
import type { Interface, InterfaceType } from '../../../shared/domain/interface.ts';
import { elementText } from '../../xml/edits.ts';
import { readNic } from '../../nic-live/nic-model.ts';
import { leftOut, saw, switchType, withKept, type Seen } from './source-memory.ts';

const path = '/domain/devices/interface';
const nicOf = (text: string): Interface => {
  const document = parseXml(text);
  const element = elementAt(document, path);
  const nic = element && readNic(document, element).nic;
  if (!nic) throw new Error('no NIC');
  return nic;
};

/** Walks a NIC through types as the form does; between two steps the text may be edited. */
const walk = (start: string, ...steps: readonly (InterfaceType | ((text: string) => string))[]): string => {
  let text = start;
  let seen: Seen = [];
  for (const step of steps) {
    if (typeof step === 'function') text = step(text);
    else {
      seen = saw(seen, nicOf(text).type, elementText(text, path) ?? '');
      text = switchType(text, path, step, seen);
    }
  }
  return text;
};

const bridge = `<domain><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='virtio'/><driver queues='4'/><mtu size='9000'/><bandwidth><inbound average='100'/></bandwidth></interface></devices></domain>`;

test('going through types loses nothing that a later one can have', () => {
  const ethernet = walk(bridge, 'user', 'direct', 'ethernet');
  for (const part of [/queues=.4./, /<mtu size=.9000./, /average=.100./]) expect(ethernet).toMatch(part);
  const user = walk(bridge, 'ethernet', 'user');
  for (const part of [/queues/, /<mtu/, /average/]) expect(user).not.toMatch(part);
  expect(elementText(walk(bridge, 'user', 'direct', 'bridge'), path)).toBe(elementText(bridge, path));
});

test('what was taken out by hand in a type that can have it stays out', () => {
  const nic = nicOf(bridge);
  const { mtu: _, ...without } = nic;
  expect(
    withKept({ ...(without as Interface), type: 'ethernet', source: { type: 'ethernet', ips: [], routes: [] } }, nic).mtu,
  ).toBeUndefined();
});

test('what was set in one type holds in the others, and each keeps a source of its own', () => {
  const edit = (from: string, to: string) => (text: string) => text.replace(from, to);
  const back = walk(bridge, 'direct', edit(`dev=''`, `dev='eth1'`), edit(`average='100'`, `average='200'`), 'bridge');
  expect(back).toBe(bridge.replace(`average='100'`, `average='200'`));
  expect(walk(bridge, 'direct', edit(`dev=''`, `dev='eth1'`), 'user', 'direct')).toMatch(/dev=.eth1./);
  expect(walk(bridge, 'ethernet', edit(`<mtu size='9000'/>`, ''), 'user', 'bridge')).not.toContain('mtu');
});

test('each type says all that it can’t have, whatever lies between', () => {
  const words = (text: string, seen: Seen) => leftOut(seen, nicOf(text).type, parseXml(text)).map(({ what }) => what);
  const first = saw([], 'bridge', elementText(bridge, path) ?? '');
  const user = switchType(bridge, path, 'user', first);
  expect(words(user, first)).toEqual(['the bandwidth limits', 'the MTU', 'the queues']);
  const second = saw(first, 'user', elementText(user, path) ?? '');
  const direct = switchType(user, path, 'direct', second);
  expect(words(direct, second)).toEqual(['the MTU']);
  expect(words(switchType(direct, path, 'bridge', second), second)).toEqual([]);
});
