import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { go, parseRoute } from './state/route.ts';
import { FakeApi } from './testing/fake-api.ts';
import { fakeSummary } from './testing/fake-machines.ts';
import { renderApp } from './testing/render-app.tsx';

const place = (uuid: string, rest: string) => `#/machine/embedded/${uuid}/${rest}`;

/** The window on the memory form of web-01, reached from This computer, with 300 typed. */
async function editMemory() {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01'));
  const other = fake.add(fakeSummary('db-01'));
  const app = renderApp(fake, '#/host');
  await screen.findByRole('button', { name: 'New machine' });
  const hash = place(machine.uuid, 'details/memory');
  go(parseRoute(hash));
  const field = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
  await app.user.clear(field);
  await app.user.type(field, '300');
  return { fake, machine, other, app, hash, field };
}

const question = async () => within(await screen.findByRole('dialog', { name: 'Discard your changes?' }));

const ways: readonly (readonly [string, string, (edit: Awaited<ReturnType<typeof editMemory>>) => void | Promise<void>])[] = [
  ['Back', '#/host', () => history.back()],
  ['an address typed by hand', '#/settings', () => void (location.hash = '#/settings')],
  ['a place of the navigation', '#/network', ({ app }) => app.user.click(screen.getByRole('button', { name: 'Network' }))],
  [
    'another machine by Ctrl+F',
    '',
    async ({ app }) => {
      await app.user.keyboard('{Control>}f{/Control}');
      await app.user.keyboard('db-01{Enter}');
    },
  ],
];

describe('unapplied edits of a form', () => {
  it.each(ways)('%s: asks, stays with what was typed, and goes on when it is discarded', async (_name, to, leave) => {
    const edit = await editMemory();
    await leave(edit);
    await edit.app.user.click((await question()).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(location.hash).toBe(edit.hash));
    expect(edit.field.isConnected && edit.field.value).toBe('300');
    await leave(edit);
    await edit.app.user.click((await question()).getByRole('button', { name: 'Discard' }));
    const target = to === '' ? place(edit.other.uuid, 'details') : to;
    await waitFor(() => expect(location.hash).toBe(target));
    // The page follows the address a moment later.
    await waitFor(() => expect(screen.queryByRole('textbox', { name: 'Memory' })).toBeNull());
  });

  it('Forward: asks as well', async () => {
    const { app, hash, field } = await editMemory();
    go({ page: 'settings' });
    await app.user.click((await question()).getByRole('button', { name: 'Discard' }));
    await waitFor(() => expect(location.hash).toBe('#/settings'));
    history.back();
    await waitFor(() => expect(location.hash).toBe(hash));
    const again = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
    expect(field.isConnected).toBe(false);
    await app.user.type(again, '1');
    const typed = again.value;
    history.forward();
    await app.user.click((await question()).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(location.hash).toBe(hash));
    expect(again.isConnected && again.value).toBe(typed);
  });

  it('Back pressed again while it asks leaves one question', async () => {
    const { app, hash } = await editMemory();
    history.back();
    await question();
    await waitFor(() => expect(location.hash).toBe(hash));
    history.back();
    await waitFor(() => expect(location.hash).not.toBe(hash));
    await waitFor(() => expect(location.hash).toBe(hash));
    await app.user.click((await question()).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('are here again after a reload', async () => {
    const { fake, hash, app } = await editMemory();
    app.unmount();
    renderApp(fake, hash);
    const field = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
    expect(field.value).toBe('300');
    expect(screen.getByText(/changes? not applied/)).toBeTruthy();
  });

  it('don’t come back once they were discarded', async () => {
    const { fake, hash, app } = await editMemory();
    await app.user.click(screen.getByRole('button', { name: 'Cancel' }));
    app.unmount();
    renderApp(fake, hash);
    expect((await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' })).value).not.toBe('300');
  });

  it('are offered when somebody else deletes the machine', async () => {
    const { fake, machine, app } = await editMemory();
    fake.machines.delete(machine.uuid);
    fake.events.publish({ kind: 'removed', connection: 'embedded', uuid: machine.uuid });
    expect(await screen.findByText(/What you changed in its definition/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Copy the edited XML' })).toBeTruthy();
    await app.user.click(screen.getByRole('button', { name: 'Discard It' }));
    expect(screen.queryByText(/What you changed in its definition/)).toBeNull();
  });

  it('go with the machine that is deleted here, which is said before', async () => {
    const { app, machine } = await editMemory();
    const row = screen.getByRole('button', { name: /^Shut off ?web-01$/ });
    row.focus();
    await app.user.keyboard('{Delete}');
    const dialog = within(await screen.findByRole('dialog', { name: 'Delete web-01?' }));
    expect(dialog.getByText(/did not apply goes too/)).toBeTruthy();
    await app.user.click(dialog.getByRole('button', { name: /^Delete web-01/ }));
    await waitFor(() => expect(location.hash).toBe('#/machines'));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(Object.keys(sessionStorage).filter((key) => key.includes(machine.uuid))).toEqual([]);
  });
});

it('unreadable XML of a device without a form is here again after a reload', async () => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01'));
  const hash = place(machine.uuid, 'details/console-0');
  const app = renderApp(fake, hash);
  const editor = await screen.findByRole('textbox', { name: 'XML of console' });
  fireEvent.focus(editor);
  await app.user.click(editor);
  await app.user.keyboard('<<');
  expect(await screen.findByText('The XML can’t be read.')).toBeTruthy();
  const typed = editor.textContent;
  app.unmount();
  renderApp(fake, hash);
  expect((await screen.findByRole('textbox', { name: 'XML of console' })).textContent).toBe(typed);
  expect(await screen.findByText('The XML can’t be read.')).toBeTruthy();
});
