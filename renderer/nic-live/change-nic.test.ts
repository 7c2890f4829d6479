import { expect, it } from 'vitest';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { elementText } from '../xml/edits.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary } from '../testing/fake-machines.ts';
import { changeNic, type RunningNic } from './change-nic.ts';

const nic = (bridge: string, more = '') =>
  `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='${bridge}'/>${more}</interface>`;
const path = '/domain/devices/interface';

const running = (stored: string, live: string) => {
  const host = new FakeApi();
  const machine = fakeSummary('a', { state: 'running', id: 1 });
  const text = `<domain type='qemu'><name>a</name><uuid>${machine.uuid}</uuid><devices>${stored}</devices></domain>`;
  host.add(machine, text);
  const document = parseXml(text);
  const element = elementAt(document, path);
  if (!element) throw new Error('no NIC');
  const of: RunningNic = { machine, document, element, stored: element, live: parseXml(live).root, liveText: live };
  return { host, of, text, machine };
};
const move = [{ place: 'source/@bridge', value: 'br1' }] as const;

it('changes both alike where both say the same', async () => {
  const { host, of } = running(nic('br0'), nic('br0'));
  await changeNic(host.link().api, of, move, { persist: true, linkFlap: true });
  expect(host.called('machines.device')).toEqual([
    expect.objectContaining({ how: 'update', scope: 'both', linkFlap: true, xml: nic('br1') }),
  ]);
});

it('changes each by itself, in one call, where the definition says otherwise', async () => {
  const { host, of, text } = running(nic('br0', `<mtu size='9000'/>`), nic('br2'));
  await changeNic(host.link().api, of, move, { persist: true });
  expect(host.called('machines.device')).toEqual([
    expect.objectContaining({
      scope: 'both',
      xml: nic('br1'),
      stored: { xml: text.replace(`bridge='br0'`, `bridge='br1'`), expect: expect.stringMatching(/./) as string },
    }),
  ]);
  expect(host.called('machines.define')).toEqual([]);
});

it('changes what runs alone where it isn’t to be kept', async () => {
  const { host, of } = running(nic('br0'), nic('br2'));
  await changeNic(host.link().api, of, move, { persist: false });
  expect(host.called('machines.device')).toEqual([expect.objectContaining({ scope: 'live', xml: nic('br1') })]);
});

it('changes nothing where the NIC of the definition is another one meanwhile', async () => {
  const { host, of, machine } = running(nic('br0'), nic('br2'));
  const [stored] = host.machines.values();
  if (stored) stored.inactive = stored.inactive?.replace(`bridge='br0'`, `bridge='br7'`) ?? null;
  await expect(changeNic(host.link().api, of, move, { persist: true })).rejects.toMatchObject({ code: 'conflict' });
  expect(host.called('machines.device')).toEqual([]);
  expect(elementText([...host.machines.values()].find(({ summary }) => summary.uuid === machine.uuid)?.inactive ?? '', path)).toBe(
    nic('br7'),
  );
});
