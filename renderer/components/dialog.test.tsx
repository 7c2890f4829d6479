import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeHost, fakeNic } from '../testing/fake-network.ts';
import { renderApp } from '../testing/render-app.tsx';

const openApp = (hash: string) => {
  const fake = new FakeApi();
  fake.interfaces = fakeHost;
  fake.nics.set(fake.add(fakeSummary('web-01', running())).uuid, [fakeNic()]);
  return renderApp(fake, hash);
};

describe('a dialog gives the focus back', () => {
  it.each(['{Enter}', ' '])('to the button that %j opened New VM with', async (key) => {
    const { user } = openApp('#/machines');
    const opener = await screen.findByRole('button', { name: 'New VM…' });
    opener.focus();
    await user.keyboard(key);
    const first = within(await screen.findByRole('dialog', { name: 'New machine' })).getByRole('radio', { name: /^ISO image/ });
    await waitFor(() => expect(document.activeElement).toBe(first));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(opener));
  });

  it('to Move Cable…, whose dialog begins at the bridge', async () => {
    const { user } = openApp('#/network');
    await user.click(await screen.findByRole('button', { name: /^web-01, NIC LAN br0/ }));
    const opener = await screen.findByRole('button', { name: 'Move Cable…' });
    opener.focus();
    await user.keyboard('{Enter}');
    const bridge = within(await screen.findByRole('dialog', { name: /^Move the cable of web-01/ })).getByLabelText('To bridge');
    await waitFor(() => expect(document.activeElement).toBe(bridge));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(opener));
  });
});
