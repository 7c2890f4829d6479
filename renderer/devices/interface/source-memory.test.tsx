import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { running } from '../../testing/fake-machines.ts';
import { nicAddress, openNic } from '../../testing/nic-page.tsx';
import { renderApp } from '../../testing/render-app.tsx';

const withParts = (xml: string): string =>
  xml.replace(
    /<source bridge='br0'\/>/,
    `<source bridge='br0'/><bandwidth><inbound average='100'/></bandwidth><mtu size='1400'/><driver queues='4'/>`,
  );

const type = (name: string) => screen.getByRole('radio', { name });
const rows = (title: string) =>
  within(screen.getByRole('complementary', { name: 'XML' })).queryByText(title)?.nextElementSibling?.textContent ?? '';

it('a running NIC goes through the types: what waits is told whole, nothing is called immediate, and all comes back, over a reload too', async () => {
  const { fake, machine, user, unmount } = await openNic(running(), (host) => {
    for (const one of host.machines.values()) {
      one.inactive = one.inactive === null ? null : withParts(one.inactive);
      one.live = one.live === null ? null : withParts(one.live);
    }
  });
  await user.click(type('User mode'));
  const all = /^User mode can’t have the bandwidth limits, the MTU and the queues/;
  expect(screen.getByText(all)).toBeTruthy();
  await user.click(type('Direct'));
  expect(screen.getByText(/^Direct can’t have the MTU/)).toBeTruthy();
  await user.click(type('User mode'));
  expect(screen.getByText(all)).toBeTruthy();
  expect(rows('Now'), 'another source is another device: nothing of it changes while it runs').toBe('');
  const later = rows('At next start');
  for (const line of [
    'Bridge: br0 → not set',
    'Source: Bridge → User mode',
    'MTU: 1400 bytes → not set',
    'Queues: 4 → not set',
    'Limit to guest: 100 KiB/s → not set',
  ])
    expect(later).toContain(line);
  expect(screen.getByText('5 changes not applied')).toBeTruthy();
  unmount();
  renderApp(fake, nicAddress(machine.uuid));
  expect(await screen.findByText(all)).toBeTruthy();
  await user.click(type('Bridge'));
  expect(screen.getByLabelText<HTMLInputElement>('MTU').value).toBe('1400');
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Bridge' }).value).toBe('br0');
  expect(await screen.findByText('No changes')).toBeTruthy();
  await waitFor(() => expect(Object.keys(sessionStorage).filter((key) => key.includes('types'))).toEqual([]));
});
