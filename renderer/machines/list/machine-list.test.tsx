import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { refOf } from '../../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../../shared/contract/references.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { FakeApi } from '../../testing/fake-api.ts';
import { fakeSummary, running } from '../../testing/fake-machines.ts';
import { fakeNic } from '../../testing/fake-network.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { useBulk } from './bulk-actions.ts';

beforeEach(() => {
  localStorage.clear();
  useBulk.setState({ run: undefined });
});

const table = () => screen.findByRole('table', { name: 'Machines' });
const rows = async () =>
  within(await table())
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.querySelector('[data-open]')?.textContent);
const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name: `Select ${name}` });
const chosen = () =>
  screen
    .getAllByRole<HTMLInputElement>('checkbox', { name: /^Select (?!all)/ })
    .filter(({ checked }) => checked)
    .map((one) => one.getAttribute('aria-label')?.slice('Select '.length));

function open() {
  const fake = new FakeApi();
  fake.add(fakeSummary('a-off', { memoryKiB: 4096 }));
  const on = fake.add(fakeSummary('b-on', { ...running(), memoryKiB: 1024 }));
  fake.add(fakeSummary('c-off', { memoryKiB: 2048, description: 'Moves on Friday' }));
  fake.nics.set(on.uuid, [
    fakeNic({ addresses: [{ address: '10.9.8.7', prefix: 24, family: 'ipv4', source: 'lease', seenAt: Date.now() }], addressReason: null }),
  ]);
  return { fake, on, ...renderApp(fake) };
}

describe('the list as a tool for many', () => {
  it('sorts by a column, the other way, and back; and remembers it', async () => {
    const { user } = open();
    await table();
    await user.click(screen.getByRole('button', { name: 'Memory' }));
    expect(await rows()).toEqual(['b-on', 'c-off', 'a-off']);
    expect(screen.getByRole('columnheader', { name: 'Memory' }).getAttribute('aria-sort')).toBe('ascending');
    expect(localStorage.getItem('tapestry.machines-list')).toContain('memory');
    await user.click(screen.getByRole('button', { name: 'Memory' }));
    expect(await rows()).toEqual(['a-off', 'c-off', 'b-on']);
    await user.click(screen.getByRole('button', { name: 'Memory' }));
    expect(await rows()).toEqual(['a-off', 'b-on', 'c-off']);
  });

  it('selects by check box, by keys, and nothing that a filter hides', async () => {
    const { user } = open();
    await table();
    await user.click(box('a-off'));
    await user.click(box('c-off'));
    expect(chosen()).toEqual(['a-off', 'c-off']);
    within(await table())
      .getByRole('button', { name: 'a-off' })
      .focus();
    await user.keyboard('{Escape}');
    expect(chosen()).toEqual([]);
    await user.keyboard(' {Shift>}{ArrowDown}{/Shift}');
    expect(chosen()).toEqual(['a-off', 'b-on']);
    expect(screen.queryByRole('table', { name: 'Machines' }), 'Space opens nothing').toBeTruthy();
    await user.keyboard('{Control>}a{/Control}');
    expect(chosen()).toEqual(['a-off', 'b-on', 'c-off']);
    await user.type(screen.getByRole('textbox', { name: 'Filter machines' }), 'friday');
    await waitFor(async () => expect(await rows()).toEqual(['c-off']));
    await user.click(screen.getByRole('button', { name: 'Clear Filter' }));
    expect(chosen()).toEqual(['c-off']);
  });

  it('is after a reload filtered and selected as it was', async () => {
    const { user, fake, unmount } = open();
    await table();
    await user.click(box('a-off'));
    await user.click(box('c-off'));
    await user.click(screen.getByText('Off 2'));
    await user.type(screen.getByRole('textbox', { name: 'Filter machines' }), 'off');
    unmount();
    renderApp(fake);
    await table();
    expect(await rows()).toEqual(['a-off', 'c-off']);
    expect(chosen()).toEqual(['a-off', 'c-off']);
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Filter machines' }).value).toBe('off');
    await fake.link().api['machines.undefine']({ machine: refOf(fakeSummary('a-off')) });
    await waitFor(() => expect(chosen(), 'what is gone is selected no more').toEqual(['c-off']));
  });

  it('jumps to a name by its letters', async () => {
    const { user } = open();
    within(await table())
      .getByRole('button', { name: 'a-off' })
      .focus();
    await user.keyboard('c');
    expect(document.activeElement?.textContent).toBe('c-off');
  });

  it('acts on those that can, and tells what became of each', async () => {
    const { user, fake } = open();
    fake.override['machines.act'] = ({ machine }) => {
      const { uuid } = machine as MachineRef;
      if (uuid === fakeSummary('c-off').uuid)
        return Promise.reject(new TapestryError('kvm-unavailable', 'KVM is not there.', { next: 'Use TCG.' }));
      fake.change(uuid, { state: 'running', id: 7 });
      return Promise.resolve({});
    };
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Select all machines' }));
    const bar = within(screen.getByRole('toolbar', { name: 'Actions for the selected machines' }));
    expect(bar.getByRole('button', { name: 'Resume 0' }).getAttribute('aria-disabled')).toBe('true');
    await user.click(bar.getByRole('button', { name: 'Start 2' }));
    const results = within(await screen.findByRole('region', { name: 'Results of Start' }));
    expect(await results.findByText(/^Running after /)).toBeTruthy();
    expect(await results.findByText('KVM is not there. Use TCG.')).toBeTruthy();
    expect(results.getByText(/1 done, 1 refused/)).toBeTruthy();
    await user.click(results.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByRole('region', { name: 'Results of Start' })).toBeNull();
  });

  it('asks before it forces several off', async () => {
    const { user, fake } = open();
    await table();
    await user.click(box('b-on'));
    await user.click(screen.getByRole('button', { name: 'More for the selected machines' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Force Off 1' }));
    expect(fake.called('machines.act')).toEqual([]);
    await user.click(await screen.findByRole('button', { name: 'Force Off 1 machine' }));
    await waitFor(() => expect(fake.called('machines.act')).toEqual([expect.objectContaining({ action: 'destroy' })]));
  });

  it('finds a machine by the address that was seen of it', async () => {
    const { user } = open();
    await table();
    await user.type(screen.getByRole('textbox', { name: 'Filter machines' }), '10.9.8');
    await waitFor(async () => expect(await rows()).toEqual(['b-on']));
    expect(screen.getByText('1 of 3 machines shown')).toBeTruthy();
  });

  it('shows the columns that one chose, in their order', async () => {
    const { user } = open();
    await table();
    await user.click(screen.getByRole('button', { name: 'Columns' }));
    await user.click(await screen.findByRole('checkbox', { name: 'CPU' }));
    await user.click(screen.getByRole('checkbox', { name: 'vCPUs' }));
    const heads = () => screen.getAllByRole('columnheader', { hidden: true }).map(({ textContent }) => textContent);
    expect(heads()).toEqual(['', 'Name', 'State', 'Memory', 'Address', 'Network', 'Uptime', 'Notes', 'vCPUs']);
    screen.getByRole('checkbox', { name: 'Notes' }).focus();
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(heads().slice(-3)).toEqual(['Notes', 'Uptime', 'vCPUs']);
    await user.click(screen.getByRole('button', { name: 'As It Came' }));
    expect(heads().slice(-3)).toEqual(['Network', 'Uptime', 'Notes']);
  });

  it('marks what failed, a start or a run, and the row whose menu is open', async () => {
    const { user, fake } = open();
    fake.change(fakeSummary('a-off').uuid, { reason: 'failed', lastError: { code: 'io', message: 'No.' } });
    const row = within(await table()).getByRole('row', { name: /a-off/ });
    fake.change(fakeSummary('a-off').uuid, { reason: 'crashed' });
    expect(await within(row).findByText('Run failed'), 'it had started').toBeTruthy();
    fake.change(fakeSummary('a-off').uuid, { reason: 'failed' });
    expect(await within(row).findByText('Did not start')).toBeTruthy();
    await user.pointer({ target: within(row).getByText('Did not start'), keys: '[MouseRight]' });
    await screen.findByRole('menu', { name: 'Actions for a-off' });
    expect(row.dataset['marked']).toBe('true');
  });
});
