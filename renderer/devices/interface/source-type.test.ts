import { expect, test } from 'vitest';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../../shared/domain-xml/xml/path.ts';
import type { Interface, InterfaceType } from '../../../shared/domain/interface.ts';
import { elementText } from '../../xml/edits.ts';
import { readNic } from './nic-model.ts';
import { switchType, withKept } from './source-type-control.tsx';

const path = '/domain/devices/interface';
const nicOf = (text: string): Interface => {
  const document = parseXml(text);
  const element = elementAt(document, path);
  const nic = element && readNic(document, element).nic;
  if (!nic) throw new Error('no NIC');
  return nic;
};

/** Walks a NIC through types as the form does. */
const walk = (start: string, ...types: readonly InterfaceType[]): string => {
  let text = start;
  let all: Interface | undefined;
  const seen = new Map<string, string>();
  for (const type of types) {
    const nic = nicOf(text);
    seen.set(nic.type, elementText(text, path) ?? '');
    all = withKept(nic, all);
    ({ text } = switchType(text, path, type, seen.get(type), all));
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
