import { expect, test } from 'vitest';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { agentChannel } from './agent-channel.ts';

const target = "<target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel1'/>";
const find = (devices: string) => {
  const xml = `<domain type='qemu' id='1'><name>a</name><memory>1</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`;
  return agentChannel(readDomain(parseXml(xml), { live: true }).domain.devices.channels, '/run/m');
};

test.each([
  ['a path of ours', `<channel type='unix'>${target}</channel>`, { kind: 'socket', alias: 'channel1', path: '/run/m/channel1.sock' }],
  [
    'a path of the user’s',
    `<channel type='unix'><source mode='bind' path='/run/own'/>${target}</channel>`,
    { kind: 'socket', alias: 'channel1', path: '/run/own' },
  ],
  ['QEMU connects', `<channel type='unix'><source mode='connect' path='/run/own'/>${target}</channel>`, { kind: 'elsewhere' }],
  ['a pty', `<channel type='pty'>${target}</channel>`, { kind: 'elsewhere' }],
  ['another channel only', `<channel type='unix'>${target.replace('.0', '.1')}</channel>`, { kind: 'none' }],
  ['none', '', { kind: 'none' }],
])('the agent’s channel: %s', (_what, devices, found) => {
  expect(find(devices)).toEqual(found);
});
