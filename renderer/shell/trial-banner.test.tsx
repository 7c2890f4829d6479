import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { renderApp } from '../testing/render-app.tsx';

const trial = { bridge: 'br-lab', port: 'enp7s0', token: 't', until: Date.now() + 3_600_000 };

it.each(['#/machines', '#/network', '#/host', '#/settings'])(
  'asks on %s, also in a window that was loaded after it began',
  async (hash) => {
    const fake = new FakeApi();
    fake.trialsNow = { pending: [trial], ended: null };
    const { user } = renderApp(fake, hash);
    const banner = within(await screen.findByRole('alertdialog', { name: 'Uplink on trial' }));
    expect(screen.getByRole('button', { name: /^Network ?On trial/ })).toBeTruthy();
    await user.click(banner.getByRole('button', { name: 'Keep It' }));
    await waitFor(() => expect(fake.called('networks.confirmUplink')).toEqual([{ connection: 'embedded', token: 't' }]));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(screen.queryByText(/was taken off/)).toBeNull();
  },
);

it('says that it was rolled back until it is dismissed, whoever let it', async () => {
  const fake = new FakeApi();
  fake.trialsNow = { pending: [trial], ended: null };
  const { user } = renderApp(fake, '#/settings');
  await screen.findByRole('alertdialog');
  await fake.endTrial(false);
  expect(await screen.findByText('enp7s0 was taken off br-lab again:')).toBeTruthy();
  expect(screen.queryByRole('alertdialog')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Dismiss' }));
  await waitFor(() => expect(screen.queryByText(/was taken off/)).toBeNull());
});

it('says so too when the host ended meanwhile and knows nothing of it any more', async () => {
  const fake = new FakeApi();
  fake.trialsNow = { pending: [trial], ended: null };
  renderApp(fake, '#/machines');
  await screen.findByRole('alertdialog');
  fake.tellTrials({ pending: [], ended: null });
  expect(await screen.findByText('Tapestry ended while it was on trial.')).toBeTruthy();
});

it('says so over a reload, also of a page that was loaded when the host was gone already, until it is dismissed', async () => {
  const fake = new FakeApi();
  fake.trialsNow = { pending: [trial], ended: null };
  const first = renderApp(fake, '#/machines');
  await screen.findByRole('alertdialog');
  first.unmount();
  // Another link, as a page has that is loaded anew, to another host.
  const next = new FakeApi();
  const second = renderApp(next, '#/machines');
  expect(await screen.findByText('Tapestry ended while it was on trial.')).toBeTruthy();
  second.unmount();
  const third = renderApp(new FakeApi(), '#/settings');
  await third.user.click(await screen.findByRole('button', { name: 'Dismiss' }));
  third.unmount();
  const last = new FakeApi();
  renderApp(last, '#/settings');
  await waitFor(() => expect(last.called('networks.trials')).toHaveLength(1));
  await screen.findByRole('heading', { level: 1, name: 'Settings' });
  expect(screen.queryByText(/was taken off/)).toBeNull();
});
