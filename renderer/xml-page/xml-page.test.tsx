import { screen, waitFor } from '@testing-library/react';
import { EditorView } from '@codemirror/view';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

/** Replaces what stands in the editor, as typing would. */
const edit = (change: (text: string) => string) => {
  const view = EditorView.findFromDOM(document.querySelector<HTMLElement>('.cm-editor') ?? document.body);
  if (!view) throw new Error('no editor');
  const text = view.state.doc.toString();
  view.dispatch({ changes: { from: 0, to: text.length, insert: change(text) } });
};

const open = async (more = {}) => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01', more));
  const app = renderApp(fake, `#/machine/${machine.uuid}/xml`);
  await screen.findByRole('textbox', { name: 'Definition of web-01' });
  return { fake, machine, ...app };
};

describe('the XML page', () => {
  it('tells the line of a syntax error at once, and applies nothing', async () => {
    const { fake } = await open();
    edit((text) => text.replace('</name>', '</nam>'));
    expect(await screen.findByRole('button', { name: /Error:\s*Line 2:\d+/ })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Review Changes…' }).getAttribute('aria-disabled')).toBe('true');
    expect(fake.called('machines.define')).toEqual([]);
  });

  it('puts what the host finds on the line of what its path names', async () => {
    const { fake } = await open();
    fake.override['machines.check'] = () =>
      Promise.resolve({ problems: [{ severity: 'error', path: '/domain/memory', message: 'That is too little memory.' }] });
    edit((text) => text.replace('2097152', '1'));
    const problem = await screen.findByRole('button', { name: /too little memory/ });
    expect(problem.textContent).toContain('Line 4');
  });

  it('shows the difference before it is applied', async () => {
    const { fake, user, machine } = await open();
    edit((text) => text.replace('2097152', '1048576'));
    await user.click(screen.getByRole('button', { name: 'Review Changes…' }));
    expect(await screen.findByRole('textbox', { name: 'Changes to the definition of web-01' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).toContain('1048576'));
  });

  it('keeps an edit when somebody else changes the definition, and lets one choose', async () => {
    const { fake, user, machine } = await open();
    edit((text) => text.replace('2097152', '1048576'));
    const own = fake.machines.get(machine.uuid);
    if (own) own.inactive = own.inactive?.replace("<vcpu placement='static'>2", `<vcpu placement='static'>3`) ?? null;
    fake.events.publish({ kind: 'xml', connection: 'embedded', uuid: machine.uuid });
    await user.click(await screen.findByRole('button', { name: 'Compare with the Stored One' }));
    expect(await screen.findByRole('button', { name: 'Apply over the Stored One' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Take the Stored One' }));
    await waitFor(() => expect(screen.getByText('No changes')).toBeTruthy());
  });

  it('keeps an edit over a change of the tab', async () => {
    const { user } = await open();
    edit((text) => text.replace('2097152', '1048576'));
    await user.click(screen.getByRole('tab', { name: 'Details' }));
    await user.click(screen.getByRole('tab', { name: 'XML' }));
    expect(await screen.findByText('Edited, not applied')).toBeTruthy();
  });

  it('shows what runs beside what is stored', async () => {
    const { user } = await open(running());
    await user.click(screen.getByRole('radio', { name: 'Running now' }));
    expect(await screen.findByRole('textbox', { name: 'XML of web-01 as it runs' })).toBeTruthy();
  });
});
