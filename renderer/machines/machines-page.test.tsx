import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';
import { stepWords } from '../../shared/words/job-words.ts';
import { amountWords } from '../words/job-amounts.ts';

describe('the list of machines', () => {
  it('offers the demo machine when there is none', async () => {
    const fake = new FakeApi();
    const { user } = renderApp(fake);
    await user.click(await screen.findByRole('button', { name: 'Create a Demo Machine' }));
    await waitFor(() => expect(fake.called('machines.createDemo')).toHaveLength(1));
    expect(screen.getByRole('button', { name: 'New VM…' })).toBeTruthy();
  });

  it('says why the demo machine was not made, and tries again', async () => {
    const fake = new FakeApi();
    const { user } = renderApp(fake);
    await user.click(await screen.findByRole('button', { name: 'Create a Demo Machine' }));
    expect(await screen.findByText(/Downloading kernel and busybox/)).toBeTruthy();
    const error = { code: 'host-missing', message: 'No kernel is installed.', next: 'Install linux-image-amd64.' } as const;
    fake.jobs.end(1, { state: 'failed', error });
    expect(await screen.findByText(/No kernel is installed/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try Again' }));
    await waitFor(() => expect(fake.called('machines.createDemo')).toHaveLength(2));
  });

  it('tells where the demo machine comes from, and how much of it is here', () => {
    const code = 'download';
    expect(stepWords({ code })).toBe('Downloading kernel and busybox');
    expect(stepWords({ code, source: 'deb.debian.org' })).toBe('Downloading kernel and busybox from deb.debian.org');
    const amount = { done: 2 * 1024 ** 2, total: 16 * 1024 ** 2, unit: 'bytes', perSecond: null } as const;
    expect(amountWords({ amount })).toMatch(/^2(\.0)? MiB of 16(\.0)? MiB$/);
    expect(amountWords({ amount: { ...amount, perSecond: 1024 ** 2 } })).toMatch(/, 1(\.0)? MiB\/s$/);
  });

  it('shows each machine with its state in words and follows its changes', async () => {
    const fake = new FakeApi();
    const web = fake.add(fakeSummary('web-01', running()));
    fake.add(fakeSummary('db-01', { state: 'crashed', reason: 'panicked' }));
    renderApp(fake);
    const table = await screen.findByRole('table', { name: 'Machines' });
    expect(within(within(table).getByRole('row', { name: /web-01/ })).getByText('Running')).toBeTruthy();
    expect(within(within(table).getByRole('row', { name: /db-01/ })).getByText('Crashed')).toBeTruthy();
    fake.change(web.uuid, { state: 'paused', reason: 'user' });
    expect(await within(table).findByText('Paused')).toBeTruthy();
    await waitFor(() => expect(screen.getAllByRole('status').some((one) => one.textContent === 'web-01: Paused')).toBe(true));
  });

  it('shows what the guest uses of its memory where it tells, and never QEMU’s memory as a part of it', async () => {
    const fake = new FakeApi();
    const { uuid } = fake.add(fakeSummary('web-01', { ...running(), memoryKiB: 96 * 1024, maxMemoryKiB: 96 * 1024 }));
    renderApp(fake);
    const row = within(await screen.findByRole('table', { name: 'Machines' })).getByRole('row', { name: /web-01/ });
    const sample = {
      connection: 'embedded',
      uuid,
      at: 0,
      cpuPercent: 1,
      memoryKiB: 222 * 1024,
      diskReadBps: 0,
      diskWriteBps: 0,
      netRxBps: 0,
      netTxBps: 0,
    };
    await waitFor(() => expect(fake.stats.size).toBe(1));
    fake.stats.publish([sample]);
    await waitFor(() => expect(row.textContent).toContain('222 MiB on host'));
    expect(row.textContent).not.toContain('of 96 MiB');
    fake.stats.publish([{ ...sample, guestMemoryKiB: 40 * 1024 }]);
    await waitFor(() => expect(row.textContent).toContain('40 of 96 MiB'));
  });

  it('shows where each machine is plugged, each place once, and finds it by that', async () => {
    const fake = new FakeApi();
    const lan = { type: 'bridge', source: 'br0' };
    fake.add(fakeSummary('web-01', { networks: [lan, lan, { type: 'user', source: null }] }));
    fake.add(fakeSummary('db-01', { networks: [{ type: 'ethernet', source: 'tap10' }] }));
    const { user } = renderApp(fake);
    const table = await screen.findByRole('table', { name: 'Machines' });
    expect(within(table).getByRole('cell', { name: 'LAN br0, User mode' })).toBeTruthy();
    expect(within(table).getByRole('cell', { name: 'TAP tap10' })).toBeTruthy();
    await user.type(screen.getByRole('textbox', { name: 'Filter machines' }), 'br0');
    await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(2));
    expect(screen.getByRole('row', { name: /web-01/ })).toBeTruthy();
  });

  it('filters, and offers to clear a filter without matches', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01', running()));
    fake.add(fakeSummary('db-01'));
    const { user } = renderApp(fake);
    await user.type(await screen.findByRole('textbox', { name: 'Filter machines' }), 'zzz');
    await user.click(await screen.findByRole('button', { name: 'Clear Filter' }));
    expect(screen.getAllByRole('row')).toHaveLength(3);
    await user.click(screen.getByRole('radio', { name: 'Running 1' }));
    await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(2));
  });

  it('draws only the rows in sight of a long list', async () => {
    const fake = new FakeApi();
    for (let n = 0; n < 300; n += 1) fake.add(fakeSummary(`vm-${String(n)}`));
    renderApp(fake);
    const table = await screen.findByRole('table', { name: 'Machines' });
    expect(table.getAttribute('aria-rowcount')).toBe('301');
    expect(within(table).queryAllByRole('row').length).toBeLessThan(150);
  });

  it('says that the link is lost, keeps the old values, and lets one try at once', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01', running()));
    const { user } = renderApp(fake);
    await screen.findByRole('table', { name: 'Machines' });
    fake.setStatus({ kind: 'lost', since: Date.now(), attempt: 1, retryAt: null });
    await user.click(await screen.findByRole('button', { name: 'Try Now' }));
    expect(fake.calls.some((call) => call.method === 'link.retry')).toBe(true);
    expect(screen.getAllByText('Unknown').length).toBeGreaterThan(0);
  });

  it('keeps a definition that can’t be read in sight, with the place it was kept', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01'));
    fake.broken = [
      { file: '/c/bad.xml', keptAs: '/c/bad.xml.corrupt', error: { code: 'definition-corrupt', message: 'bad.xml is not XML.' } },
    ];
    renderApp(fake);
    expect(await screen.findByText('/c/bad.xml.corrupt')).toBeTruthy();
    expect(screen.getByRole('table', { name: 'Machines' })).toBeTruthy();
  });

  it('opens the menu of a row by Shift+F10 and by the menu key, with what its state allows, and gives the focus back', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01', running()));
    const { user } = renderApp(fake);
    const row = within(await screen.findByRole('table', { name: 'Machines' })).getByRole('button', { name: 'web-01' });
    row.focus();
    for (const keys of ['{Shift>}{F10}{/Shift}', '{ContextMenu}']) {
      await user.keyboard(keys);
      const menu = await screen.findByRole('menu', { name: 'Actions for web-01' });
      const names = within(menu)
        .getAllByRole('menuitem')
        .map((item) => item.textContent);
      expect(names).toEqual(
        expect.arrayContaining(['Pause', 'Shut Down', 'Reboot', 'Force Reset', 'Force Off', 'Open Console', 'Delete…']),
      );
      expect(names).not.toContain('Start');
      // The table's rows have no strangers among them.
      expect([...(row.closest('tbody')?.children ?? [])].map(({ tagName }) => tagName)).toEqual(['TR']);
      await user.keyboard('{Escape}');
      await waitFor(() => expect(document.activeElement).toBe(row));
    }
  });

  it('keeps what it knows when the connection is lost, says how old it is, and tries again when asked', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01', running()));
    const { user } = renderApp(fake);
    const table = await screen.findByRole('table', { name: 'Machines' });
    fake.setStatus({ kind: 'lost', since: Date.now(), attempt: 1, retryAt: Date.now() + 250 });
    expect(await screen.findByText(/connection to Tapestry is lost since/)).toBeTruthy();
    expect(within(table).getByText('Unknown')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try Now' }));
    expect(fake.calls.some(({ method }) => method === 'link.retry')).toBe(true);
    fake.setStatus({ kind: 'open' });
    expect(await within(table).findByText('Running')).toBeTruthy();
    expect(screen.queryByText(/connection to Tapestry is lost/)).toBeNull();
  });
});
