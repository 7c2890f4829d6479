import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { refOf } from '../../shared/contract/machine-key.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

async function openMemory(more = {}) {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01', more));
  const app = renderApp(fake, `#/machine/${machine.uuid}/details/memory`);
  const field = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Memory' });
  return { fake, machine, field, ...app };
}

it('Enter in a field applies, and does nothing while nothing is changed', async () => {
  const { user, fake, field } = await openMemory();
  await user.type(field, '{Enter}');
  expect(fake.called('machines.define')).toEqual([]);
  await user.clear(field);
  await user.type(field, '300{Enter}');
  await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
});

it('Esc cancels a form after a question, and asks nothing while nothing is changed', async () => {
  const { user, field } = await openMemory();
  field.focus();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  const before = field.value;
  await user.clear(field);
  await user.type(field, '300{Escape}');
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Keep Editing' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Memory' }).value).toBe('300');
  await user.keyboard('{Escape}');
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Discard' }));
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Memory' }).value).toBe(before));
});

it('keys start, pause and resume the machine that is shown, and the title tells which it is', async () => {
  const { user, fake, machine } = await openMemory();
  expect(document.title).toBe('web-01, Details – Tapestry');
  await user.keyboard('{Control>}{Alt>}s{/Alt}{/Control}');
  await waitFor(() => expect(fake.called('machines.act')).toEqual([{ machine: refOf(machine), action: 'start' }]));
  fake.change(machine.uuid, running({ state: 'paused', reason: 'user' }));
  await screen.findByRole('button', { name: 'Resume' });
  await user.keyboard('{Control>}{Alt>}p{/Alt}{/Control}');
  await waitFor(() => expect(fake.called('machines.act')).toHaveLength(2));
  expect(fake.called('machines.act')[1]).toEqual({ machine: refOf(machine), action: 'resume' });
});

it('says that a machine is paused while it shuts down', async () => {
  await openMemory(running({ state: 'paused', reason: 'user', transition: { kind: 'stopping', since: Date.now() } }));
  expect((await screen.findAllByText(/Paused while shutting down/)).length).toBeGreaterThan(0);
});
