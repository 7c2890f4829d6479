import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../shared/contract/machine-key.ts';
import { go } from './state/route.ts';
import { FakeApi } from './testing/fake-api.ts';
import { fakeSummary, running } from './testing/fake-machines.ts';
import { fakeEmbedded, fakeTest } from './testing/fake-support.ts';
import { renderApp } from './testing/render-app.tsx';

/** The window on two connections, each with a machine of the same name and UUID that runs. */
async function open(hash = '#/machines') {
  const fake = new FakeApi();
  fake.connections = [fakeEmbedded, fakeTest];
  const here = fake.add(fakeSummary('web-01', running()));
  const there = fake.add(fakeSummary('web-01', running({ connection: 'test' })));
  const app = renderApp(fake, hash);
  await screen.findByRole('button', { name: 'New machine' });
  const at = (machine: typeof here, place: string) => `#/machine/${keyOf(machine)}/${place}`;
  return { fake, here, there, at, ...app };
}

const offline = { kind: 'offline', since: Date.now(), error: { code: 'closed', message: 'Nobody listens there.' } } as const;
const reasonOf = (button: HTMLElement) => document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent;

describe('the same UUID in two connections', () => {
  it('is two machines to the list: one can be selected without the other', async () => {
    const { user } = await open();
    const table = within(await screen.findByRole('table', { name: 'Machines' }));
    expect(table.getByRole('rowheader', { name: /This computer\s*1 machine/ })).toBeTruthy();
    expect(table.getByRole('rowheader', { name: /Test\s*1 machine/ })).toBeTruthy();
    const boxes = table.getAllByRole<HTMLInputElement>('checkbox', { name: 'Select web-01' });
    expect(boxes).toHaveLength(2);
    await user.click(boxes[1] as HTMLElement);
    expect(boxes.map(({ checked }) => checked)).toEqual([false, true]);
    expect(screen.getByText('1 selected')).toBeTruthy();
  });

  it('has a page, a draft and a console each', async () => {
    const { user, fake, here, there } = await open();
    go({ page: 'machine', connection: 'test', uuid: there.uuid, tab: 'details', device: 'memory' });
    const memory = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
    await user.clear(memory);
    await user.type(memory, '300');
    go({ page: 'machine', connection: 'embedded', uuid: here.uuid, tab: 'details', device: 'memory' }, { unasked: true });
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Memory' }).value).toBe('2048'));
    go({ page: 'machine', connection: 'test', uuid: there.uuid, tab: 'details', device: 'memory' });
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Memory' }).value).toBe('300'));
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toMatchObject([{ connection: 'test' }]));
    for (const { connection, uuid } of [here, there]) {
      go({ page: 'machine', connection, uuid, tab: 'console' });
      await waitFor(() => expect(fake.called('consoles.watch')).toContainEqual({ machine: { connection, uuid }, alias: 'serial0' }));
    }
    expect(fake.called('consoles.watch')).toHaveLength(2);
  });
});

describe('what a connection can’t do', () => {
  it.each([
    ['test', 'The test driver has no reset.'],
    ['embedded', null],
  ])('stays where it is, and says why, on its machines alone: %s', async (connection, reason) => {
    const { user } = await open(`#/machine/${connection}/${fakeSummary('web-01').uuid}/console`);
    await user.click(await screen.findByRole('button', { name: 'More ways to stop' }));
    const item = await screen.findByRole('menuitem', { name: 'Force Reset' });
    expect(item.getAttribute('aria-description')).toBe(reason);
  });

  it('is told on its network’s page, and at New VM, whose connection can be chosen', async () => {
    const { user, fake } = await open('#/network/test');
    await waitFor(() => expect(reasonOf(screen.getByRole('button', { name: /New Bridge/ }))).toBe('The test driver has no networks.'));
    expect(fake.called('networks.watch')).toEqual([]);
    await user.click(screen.getByText('This computer', { selector: 'label *' }));
    await waitFor(() => expect(screen.getByRole('button', { name: /New Bridge/ }).getAttribute('aria-disabled')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'New machine' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'New machine' }));
    await user.click(dialog.getByRole('combobox', { name: 'Connection' }));
    await user.click(await screen.findByRole('option', { name: 'Test' }));
    await waitFor(() => expect(reasonOf(dialog.getByRole('button', { name: 'Create' }))).toBe('The test driver makes no images.'));
  });
});

describe('a connection that goes offline', () => {
  it('keeps its machines and what was typed about them, says why nothing can be done, and goes on when it is back', async () => {
    const { user, fake, there } = await open();
    go({ page: 'machine', connection: 'test', uuid: there.uuid, tab: 'details', device: 'memory' });
    const memory = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
    await user.clear(memory);
    await user.type(memory, '300');
    fake.setConnection('test', offline);
    const note = await screen.findByRole('status', { name: 'Test is away' });
    expect(note.textContent).toMatch(/^Test is offline since .*Nobody listens there\..*What you typed is kept\./);
    expect(memory.isConnected && memory.value).toBe('300');
    const apply = screen.getByRole('button', { name: 'Apply' });
    expect(reasonOf(apply)).toMatch(/^Test is offline since/);
    expect(screen.getByRole('button', { name: /^Test\s*Offline, / })).toBeTruthy();
    expect(
      within(screen.getByRole('toolbar', { name: 'Actions for web-01' })).getByRole('button', { name: 'Shut Down' }).ariaDisabled,
    ).toBe('true');
    await user.click(within(note).getByRole('button', { name: 'Connect' }));
    await waitFor(() => expect(screen.queryByRole('status', { name: 'Test is away' })).toBeNull());
    expect(memory.isConnected && memory.value).toBe('300');
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toMatchObject([{ connection: 'test' }]));
  });

  it('does not close a dialog, and pages can be gone through meanwhile', async () => {
    const { user, fake, there } = await open();
    go({ page: 'machine', connection: 'test', uuid: there.uuid, tab: 'console' });
    fake.change(keyOf(there), { state: 'shut off', id: null, pid: null });
    await screen.findByRole('button', { name: /^Test\s*0 of 1/ });
    await user.click(screen.getByRole('button', { name: 'More for web-01' }));
    await user.click(await screen.findByRole('menuitem', { name: /^Rename/ }));
    const name = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Name' });
    await user.type(name, '-b');
    fake.setConnection('test', offline);
    await waitFor(() => expect(reasonOf(screen.getByRole('button', { name: 'Rename' }))).toMatch(/^Test is offline/));
    expect(name.isConnected && name.value).toBe('web-01-b');
    fake.setConnection('test', { kind: 'connected' });
    await user.click(screen.getByRole('button', { name: 'Rename' }));
    await waitFor(() =>
      expect(fake.called('machines.rename')).toEqual([{ machine: { connection: 'test', uuid: there.uuid }, name: 'web-01-b' }]),
    );
    fake.setConnection('test', offline);
    go({ page: 'machine', connection: 'test', uuid: there.uuid, tab: 'xml' }, { unasked: true });
    expect(await screen.findByLabelText(/^Definition of web-01/), 'what was read before is shown').toBeTruthy();
  });

  it('shows them in the list as they were, without numbers', async () => {
    const { fake } = await open();
    const table = within(await screen.findByRole('table', { name: 'Machines' }));
    expect(table.getAllByText('3 h 12 min')).toHaveLength(2);
    fake.setConnection('test', offline);
    expect(await table.findByText('Was running')).toBeTruthy();
    expect(table.getAllByText('3 h 12 min')).toHaveLength(1);
    expect(screen.getByText('2 machines on 2 connections, 1 running, 1 not known')).toBeTruthy();
  });
});

it('shows neither roots nor groups while there is one connection', async () => {
  const fake = new FakeApi();
  fake.add(fakeSummary('web-01'));
  renderApp(fake);
  const table = within(await screen.findByRole('table', { name: 'Machines' }));
  expect(table.queryByRole('rowheader')).toBeNull();
  expect(screen.queryByRole('button', { name: /^This computer\s*\d/ })).toBeNull();
});
