import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { XmlEditorView } from './pages/xml-editor.ts';
import { MachineWindow } from './pages/window.ts';

test.use({ spec: 'xml' });
test.describe.configure({ mode: 'serial' });

/** What a user may have in a definition without Tapestry knowing it. */
const unknown = `<metadata>
    <mine:note xmlns:mine='urn:example:mine' colour="green"><!-- kept --> text &amp; more</mine:note>
  </metadata>`;
const comment = '<!-- the disk array hangs on this machine -->';

test('malformed XML is refused with its line and column, before anything is made', async ({ app }) => {
  const { window } = app;
  await window.getByRole('button', { name: 'From XML…' }).click();
  const dialog = window.getByRole('dialog', { name: 'New machine' });
  await new XmlEditorView(window, 'Domain XML').replace(
    "<domain type='qemu'>\n  <name>broken</name>\n  <memory unit='MiB'>64</memroy>\n</domain>\n",
  );
  await expect(dialog).toContainText(/Line 3, column \d+/);
  await expect(dialog.getByRole('button', { name: 'Create', exact: true })).toHaveAttribute('aria-disabled', 'true');
  expect((await app.cli('list', '--all', '--name')).stdout.trim()).toBe('');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('a pasted definition becomes a machine, byte for byte', async ({ app, guest }) => {
  const { window } = app;
  await window.getByRole('button', { name: 'From XML…' }).click();
  const dialog = window.getByRole('dialog', { name: 'New machine' });
  const xml = domainXml({ name: 'pasted', guest, extra: `${comment}\n  ${unknown}` });
  await new XmlEditorView(window, 'Domain XML').replace(xml);
  await dialog.getByRole('checkbox', { name: 'Start when created' }).uncheck();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  const machine = new MachineWindow(window, 'pasted');
  await expect(machine.toolbar).toBeVisible();
  await machine.expectState('Shut off');
  const stored = await app.definition('pasted');
  expect(stored).toContain(comment);
  expect(stored).toContain(unknown);
});

test('a form’s edit leaves comments and unknown elements as they were', async ({ app }) => {
  const { window } = app;
  const before = await app.definition('pasted');
  const machine = new MachineWindow(window, 'pasted');
  await machine.open('Details');
  const devices = window.getByRole('navigation', { name: 'Devices' });
  await devices.getByRole('button', { name: 'Memory', exact: false }).first().click();
  const memory = window.getByRole('textbox', { name: 'Memory', exact: true });
  await memory.fill('300');
  await window.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(window.getByText('pasted is saved.')).toBeVisible();
  const after = await app.definition('pasted');
  const changed = after.split('\n').filter((line) => !before.split('\n').includes(line));
  expect(changed.every((line) => /emory/.test(line))).toBe(true);
  expect(changed.join('\n')).toContain(String(300 * 1024));
  expect(after).toContain(comment);
  expect(after).toContain(unknown);
});

test('an edit is compared with what is stored before it is applied', async ({ app }) => {
  const { window } = app;
  const machine = new MachineWindow(window, 'pasted');
  await machine.open('XML');
  const editor = new XmlEditorView(window, 'Definition of pasted');
  const stored = await app.definition('pasted');
  await editor.replace(stored.replace(/<vcpu[^>]*>1<\/vcpu>/, '<vcpu>2</vcpu>'));
  await expect(window.getByText('Edited, not applied')).toBeVisible();
  const changes = await editor.review();
  await expect(changes).toContainText('<vcpu>2</vcpu>');
  await expect(changes.locator('.cm-deletedChunk')).toContainText('1');
  await editor.apply();
  await expect(window.getByText('The definition of pasted is saved.')).toBeVisible();
  expect((await app.cli('dominfo', 'pasted')).stdout).toMatch(/^CPU\(s\):\s+2$/m);
});

test('an error in the editor stands at its line, and keeps Apply away', async ({ app }) => {
  const { window } = app;
  const editor = new XmlEditorView(window, 'Definition of pasted');
  const stored = await app.definition('pasted');
  await editor.replace(stored.replace('</vcpu>', '</vpcu>'));
  const line = stored.split('\n').findIndex((text) => text.includes('</vcpu>')) + 1;
  await expect(editor.problems.getByRole('button').first()).toContainText(new RegExp(`Line ${String(line)}:\\d+`));
  await expect(window.getByRole('button', { name: 'Review Changes…' })).toHaveAttribute('aria-disabled', 'true');
  await window.getByRole('button', { name: 'Discard Edits' }).click();
  await expect(window.getByText('No changes')).toBeVisible();
});

test('what can’t be honoured is told while one types, kept, and refused at start by its path', async ({ app }) => {
  const { window } = app;
  const editor = new XmlEditorView(window, 'Definition of pasted');
  const stored = await app.definition('pasted');
  await editor.replace(stored.replace('</devices>', "  <quantum-link speed='9'/>\n  </devices>"));
  await expect(editor.problems).toContainText('a start refuses this');
  await expect(editor.problems).toContainText('/domain/devices/quantum-link');
  await editor.review();
  await editor.apply();
  await expect(window.getByText('The definition of pasted is saved.').last()).toBeVisible();
  const machine = new MachineWindow(window, 'pasted');
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('pasted did not start.');
  await expect(machine.alert).toContainText('/domain/devices/quantum-link');
  await machine.expectState('Shut off');
  expect(await app.definition('pasted')).toContain("<quantum-link speed='9'/>");
});

test('a definition that changes meanwhile is a conflict that loses neither side', async ({ app }) => {
  const { window } = app;
  const machine = new MachineWindow(window, 'pasted');
  const editor = new XmlEditorView(window, 'Definition of pasted');
  const stored = await app.definition('pasted');
  await editor.replace(stored.replace('<vcpu>2</vcpu>', '<vcpu>3</vcpu>').replace(/\s*<quantum-link[^>]*>/, ''));
  await expect(window.getByText('Edited, not applied')).toBeVisible();
  await app.define(stored.replace('<vcpu>2</vcpu>', '<vcpu>4</vcpu>'));
  await expect(machine.alert.filter({ hasText: 'The stored definition changed while you were editing.' })).toBeVisible();
  await window.getByRole('button', { name: 'Compare with the Stored One' }).click();
  await expect(window.getByRole('textbox', { name: /^Changes to the definition/ })).toContainText('<vcpu>3</vcpu>');
  await window.getByRole('button', { name: 'Back to Editing' }).click();
  await window.getByRole('button', { name: 'Take the Stored One' }).click();
  await expect(window.getByText('No changes')).toBeVisible();
  expect((await app.cli('dominfo', 'pasted')).stdout).toMatch(/^CPU\(s\):\s+4$/m);
});
