import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { sampleInterface } from '../../shared/contract/testing/samples.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeHost, fakeNic } from '../testing/fake-network.ts';
import { renderApp } from '../testing/render-app.tsx';
import { uplinkWords } from './uplink-words.ts';

async function openNetwork() {
  const fake = new FakeApi();
  fake.interfaces = fakeHost;
  const machine = fake.add(fakeSummary('web-01', running()));
  fake.nics.set(machine.uuid, [fakeNic()]);
  const app = renderApp(fake, '#/network');
  await screen.findByRole('button', { name: /^web-01, NIC LAN br0/ });
  return { fake, machine, ...app };
}

it('shows the same cables as a drawing with spoken nodes and as a table', async () => {
  const { user } = await openNetwork();
  expect(screen.getByRole('button', { name: 'Bridge br0, up, 2 ports, uplink enp6s0' })).toBeTruthy();
  expect(within(screen.getByRole('table', { name: 'Cables' })).getByText('vt3f9c21a7')).toBeTruthy();
  const nic = screen.getByRole('button', { name: /^web-01, NIC LAN br0/ });
  nic.focus();
  await user.keyboard('{ArrowRight}');
  expect(document.activeElement?.getAttribute('aria-label')).toBe('TAP vt3f9c21a7 of web-01, on br0');
  await user.keyboard('{Enter}');
  expect(await screen.findByRole('complementary', { name: /web-01 · LAN br0/ })).toBeTruthy();
});

it('adds an uplink on trial, and keeps it when asked', async () => {
  const { user, fake } = await openNetwork();
  await user.click(screen.getByRole('button', { name: 'Add Uplink…' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Interface'), 'enp7s0');
  await user.click(within(dialog).getByRole('button', { name: 'Add Uplink' }));
  await waitFor(() =>
    expect(fake.called('networks.addUplink')).toEqual([{ connection: 'embedded', bridge: 'br-lab', port: 'enp7s0', confirmWithin: 30 }]),
  );
  await user.click(await screen.findByRole('button', { name: 'Keep It' }));
  await waitFor(() => expect(fake.called('networks.confirmUplink')).toEqual([{ connection: 'embedded', token: 't' }]));
});

it('ends a trial at once, so that the helper doesn’t go on waiting', async () => {
  const { user, fake } = await openNetwork();
  await user.click(screen.getByRole('button', { name: 'Add Uplink…' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Interface'), 'enp7s0');
  await user.click(within(dialog).getByRole('button', { name: 'Add Uplink' }));
  await user.click(await screen.findByRole('button', { name: 'Roll Back Now' }));
  await waitFor(() => expect(fake.called('networks.cancelUplink')).toEqual([{ connection: 'embedded', token: 't' }]));
});

it('deletes only bridges that it made, and says why not', async () => {
  const { user, fake } = await openNetwork();
  await user.click(screen.getByRole('button', { name: /^Bridge br0/ }));
  expect((await screen.findByRole('button', { name: /^Delete/ })).getAttribute('aria-disabled')).toBe('true');
  await user.click(screen.getByRole('button', { name: /^Bridge br-lab/ }));
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete br-lab' }));
  await waitFor(() => expect(fake.called('networks.deleteBridge')).toEqual([{ connection: 'embedded', name: 'br-lab' }]));
});

it('says what the helper does with the addresses of a card that becomes an uplink', () => {
  const address = (text: string, family: 'ipv4' | 'ipv6' = 'ipv4') => ({ address: text, prefix: 24, family });
  const moves = (...addresses: ReturnType<typeof address>[]) => uplinkWords.moves({ bridge: 'br-new', card: 'enp7s0', addresses });
  expect(moves(address('192.0.2.10'), address('fe80::1', 'ipv6'))).toBe(
    'This computer’s address 192.0.2.10/24 moves to br-new with its routes, and back if you don’t confirm.',
  );
  expect(moves(address('192.0.2.10'), address('192.0.2.11'))).toBe(
    'This computer’s addresses 192.0.2.10/24, 192.0.2.11/24 move to br-new with their routes, and back if you don’t confirm.',
  );
});

it('calls a machine’s TAP by the machine’s name among the host’s interfaces', async () => {
  const other = '3fa90c12-0000-4000-8000-000000000009';
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01'));
  fake.interfaces = [
    sampleInterface('vt1', { kind: 'tap', ours: { machine: machine.uuid } }),
    sampleInterface('vt2', { kind: 'tap', ours: { machine: other } }),
  ];
  const { user } = renderApp(fake, '#/network');
  await user.click(await screen.findByRole('radio', { name: 'Host interfaces 2' }));
  const table = within(await screen.findByRole('table', { name: 'Host interfaces' }));
  expect(table.getByRole('cell', { name: 'web-01' })).toBeTruthy();
  expect(table.getByRole('cell', { name: 'another Tapestry’s machine' })).toBeTruthy();
  expect(table.queryByText(other)).toBeNull();
  await user.click(table.getByRole('button', { name: 'vt1' }));
  const panel = within(await screen.findByRole('complementary', { name: 'TAP vt1' }));
  expect(panel.getByText('web-01')).toBeTruthy();
  expect(panel.queryByText(machine.uuid)).toBeNull();
});

it('is drawn larger and smaller, and so again in the next window', async () => {
  localStorage.removeItem('tapestry.network-zoom');
  const { user, fake, unmount } = await openNetwork();
  const size = () => screen.getByRole('status', { name: 'Size of the drawing' }).textContent;
  expect(size()).toBe('100 %');
  await user.click(screen.getByRole('button', { name: 'Larger' }));
  expect(size()).toBe('125 %');
  unmount();
  renderApp(fake, '#/network');
  await screen.findByRole('button', { name: /^web-01, NIC LAN br0/ });
  expect(size()).toBe('125 %');
  await user.click(screen.getByRole('button', { name: 'Smaller' }));
  expect(size()).toBe('100 %');
  localStorage.removeItem('tapestry.network-zoom');
});
