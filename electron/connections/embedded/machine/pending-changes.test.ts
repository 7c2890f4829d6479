import { expect, test } from 'vitest';
import { differs } from './pending-changes.ts';

const xml = (devices: string, id = '') =>
  `<domain type='qemu'${id}><name>a</name><uuid>11111111-2222-4333-8444-555555555555</uuid><memory>65536</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${devices}</devices></domain>`;
const nic = (more: string) => `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>${more}</interface>`;

test('what a start fills in is no difference, a changed device is, and so is a text that nobody can read', () => {
  const live = xml(nic("<alias name='net0'/>"), " id='1'");
  expect(differs(xml(nic('')), live)).toBe(false);
  expect(differs(xml(nic("<link state='down'/>")), live)).toBe(true);
  expect(differs(xml(''), live)).toBe(true);
  expect(differs('<domain', live)).toBe(true);
});
