import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { domainXml } from './fixtures/domain.ts';
import { eachScheme } from './fixtures/screenshot.ts';
import { expect, test, type App } from './fixtures/index.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'a11y' });
test.describe.configure({ mode: 'serial' });

const name = 'reader';

/** Looks over what is in the window, in light and in dark. */
const expectAccessible = async ({ window }: App, what: string) => {
  await eachScheme(window, async (scheme) => {
    const { violations } = await new AxeBuilder({ page: window }).analyze();
    const told = violations.map(({ id, help, nodes }) => ({ rule: id, help, at: nodes.map((node) => node.target.join(' ')) }));
    expect.soft(told, `${what} in ${scheme} colours`).toEqual([]);
  });
};

test('an empty window has nothing that keeps anybody out', async ({ app }) => {
  await expect(app.window.getByRole('button', { name: 'Create a Demo Machine' })).toBeVisible();
  await expectAccessible(app, 'the first page');
  await app.window.getByRole('button', { name: 'New VM…' }).click();
  await expect(app.window.getByRole('dialog', { name: 'New machine' })).toBeVisible();
  await expectAccessible(app, 'the New VM dialog');
  await app.window.keyboard.press('Escape');
});

test('by keyboard alone: find a machine, start it, walk its tabs, type at its prompt', async ({ app, guest }) => {
  const { window } = app;
  await app.define(domainXml({ name, guest, devices: `<interface type='user'><model type='virtio'/></interface>` }));
  const { keyboard } = window;
  const machine = new MachineWindow(window, name);
  const tab = (label: string) => window.getByRole('tab', { name: label });
  await expect(window.getByRole('table', { name: 'Machines' })).toContainText(name);
  await keyboard.press('Control+f');
  await expect(window.getByRole('searchbox', { name: 'Search machines' })).toBeFocused();
  await keyboard.type('read');
  await keyboard.press('Enter');
  await expect(window.getByRole('heading', { level: 1, name })).toBeVisible();
  // The console takes the keys of a machine that is opened, Tab too, which is the guest's. Ctrl+Shift+F6 is the way out.
  const terminal = new TerminalView(window);
  await expect(terminal.input).toBeFocused();
  await keyboard.press('Control+Shift+F6');
  await expect(window.getByRole('button', { name: 'Serial 1' })).toBeFocused();
  // F6 walks the regions; from the beginning of the page Tab comes to the toolbar's first button.
  await keyboard.press('Shift+F6');
  await keyboard.press('F6');
  await expect(window.getByRole('main')).toBeFocused();
  await keyboard.press('Tab');
  await expect(machine.button('Start')).toBeFocused();
  await keyboard.press('Enter');
  await machine.expectState('Running');
  await tab('Console').focus();
  await keyboard.press('ArrowRight');
  await expect(tab('Details')).toBeFocused();
  await expect(window.getByRole('navigation', { name: 'Devices' })).toBeVisible();
  await keyboard.press('ArrowRight');
  await expect(window.getByRole('textbox', { name: `Definition of ${name}` })).toBeVisible();
  await keyboard.press('Home');
  await expect(tab('Console')).toHaveAttribute('aria-selected', 'true');
  // Whoever walks over the tabs gets past the console; Enter, or the arrow down, goes into it.
  await expect(terminal.lines).toBeAttached();
  await expect(tab('Console')).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(tab('Details')).toBeFocused();
  await keyboard.press('ArrowLeft');
  await expect(terminal.lines).toBeAttached();
  await expect(tab('Console')).toBeFocused();
  await keyboard.press('Enter');
  await expect(terminal.input).toBeFocused();
  await keyboard.press('Control+Shift+F6');
  await expect(terminal.input).not.toBeFocused();
  await keyboard.press('Control+2');
  await expect(tab('Details')).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Control+1');
  await expect(terminal.input).toBeFocused();
  await terminal.expectPrompt(120_000);
  await keyboard.type('echo typed $((1 + 2)) times\n');
  await terminal.expectText(/^typed 3 times$/m);
  // The way out of a terminal, which has Tab for the guest.
  await keyboard.press('Control+Shift+F6');
  await expect(terminal.input).not.toBeFocused();
});

test('each page of the window can be read by everybody', async ({ app }) => {
  const { window } = app;
  const machine = new MachineWindow(window, name);
  await expectAccessible(app, 'the console of a running machine');
  await machine.tab('Details');
  const devices = window.getByRole('navigation', { name: 'Devices' });
  for (const device of ['Overview', 'CPUs', 'Memory', 'Boot', 'User mode', 'Serial 1']) {
    await devices
      .getByRole('button', { name: new RegExp(`^${device}`) })
      .first()
      .click();
    await expect(window.getByRole('heading', { level: 2, name: new RegExp(`^${device}`) })).toBeVisible();
    await expectAccessible(app, `the form ${device}`);
  }
  await machine.tab('XML');
  await expectAccessible(app, 'the XML');
  await goTo(window, 'All machines');
  await expect(window.getByRole('table', { name: 'Machines' })).toBeVisible();
  await expectAccessible(app, 'the list');
  for (const place of ['Network', 'This computer', 'Settings'] as const) {
    await goTo(window, place);
    await expect(window.locator('main h1')).toBeVisible();
    await expectAccessible(app, place);
  }
});

test('seventy machines, and a dialog over another, can be read by everybody', async ({ app, user, guest }) => {
  const { window } = app;
  // As somebody's script puts them there: the host looks after its folder.
  const folder = path.join(user.folder, 'config/tapestry/machines');
  for (let n = 1; n < 70; n += 1) {
    const text = domainXml({ name: `vm-${String(n).padStart(2, '0')}`, guest, diskless: true });
    await writeFile(path.join(user.folder, 'next'), text.replace('</name>', `</name>\n  <uuid>${randomUUID()}</uuid>`));
    await rename(path.join(user.folder, 'next'), path.join(folder, `vm-${String(n)}.xml`));
  }
  await goTo(window, 'All machines');
  await expect(window.getByText('70 machines, 1 running')).toBeVisible();
  await expectAccessible(app, 'the list of seventy');
  await window.getByRole('checkbox', { name: 'Select vm-01' }).click();
  await window.getByRole('checkbox', { name: 'Select vm-03' }).click();
  await expect(window.getByRole('toolbar', { name: 'Actions for the selected machines' })).toContainText('2 selected');
  await expectAccessible(app, 'the list with some selected');
  await goTo(window, 'Network');
  await expect(window.locator('main h1')).toBeVisible();
  await expectAccessible(app, 'Network beside seventy');
  await goTo(window, 'All machines');
  await window.getByRole('button', { name: 'New VM…' }).click();
  const dialog = window.getByRole('dialog', { name: 'New machine' });
  await dialog.getByRole('button', { name: 'Browse for ISO image' }).click();
  await expect(window.getByRole('dialog', { name: 'ISO image' }).getByRole('textbox', { name: 'Path' })).not.toHaveValue('');
  await expectAccessible(app, 'the file picker over New VM');
});
