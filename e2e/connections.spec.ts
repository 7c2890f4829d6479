import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { eachScheme } from './fixtures/screenshot.ts';
import { DetailsView } from './pages/details.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'connections', connect: ['test:///default'] });
test.describe.configure({ mode: 'serial' });

/** A machine that the test connection begins with, running. */
const theirs = { name: 'web-1', uuid: '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e02' } as const;

/** A root of the navigation. */
const rootOf = (window: Page, title: string) =>
  window.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: new RegExp(`^${title} `) });

const openPage = async (window: Page, connection: string, place: string) => {
  await window.evaluate((hash) => (location.hash = hash), `#/machine/${connection}/${theirs.uuid}/${place}`);
  await expect(window.getByRole('heading', { level: 1, name: theirs.name, exact: true })).toBeVisible();
};

test.beforeEach(({ browserName: _name }, info) => test.skip(info.project.name === 'electron', 'the desktop window has no --connect'));

test('the list shows each connection with its machines, and the same UUID twice', async ({ app, guest }) => {
  const { window } = app;
  const xml = domainXml({ name: theirs.name, guest, diskless: true });
  await app.define(xml.replace('</name>', `</name>\n  <uuid>${theirs.uuid}</uuid>`));
  const table = window.getByRole('table', { name: 'Machines' });
  await expect(table.getByRole('rowheader', { name: /^This computer 1 machine/ })).toBeVisible();
  await expect(table.getByRole('rowheader', { name: /test:\/\/\/default/ })).toBeVisible();
  await expect(table.getByRole('button', { name: theirs.name, exact: true })).toHaveCount(2);
  const boxes = table.getByRole('checkbox', { name: `Select ${theirs.name}` });
  await boxes.last().check();
  await expect(boxes.first()).not.toBeChecked();
  await window.getByRole('button', { name: 'Select nothing' }).click();
  await eachScheme(window, async () => {
    expect((await new AxeBuilder({ page: window }).analyze()).violations).toEqual([]);
  });
});

test('what a connection can’t do is told where it would be done, on its machines alone', async ({ app: { window } }) => {
  await openPage(window, 'test', 'console');
  const machine = new MachineWindow(window, theirs.name);
  await machine.expectState('Running');
  await machine.button('More ways to stop').click();
  const reset = window.getByRole('menuitem', { name: 'Force Reset' });
  await expect(reset).toHaveAttribute('aria-disabled', 'true');
  await expect(reset).toHaveAttribute('aria-description', /can’t reset/);
  await window.keyboard.press('Escape');
  await machine.tab('XML');
  await expect(window.locator('.cm-content')).toContainText(theirs.uuid);
  await openPage(window, 'embedded', 'console');
  await machine.expectState('Shut off');
});

test('each has its own form and its own edits', async ({ app: { window } }) => {
  const details = new DetailsView(window);
  for (const [connection, title] of [
    ['test', 'Over there'],
    ['embedded', 'Over here'],
  ] as const) {
    await openPage(window, connection, 'details/overview');
    await details.field('Title').fill(title);
    await window.getByRole('button', { name: 'Apply', exact: true }).click();
    await expect(window.getByText('No changes')).toBeVisible();
  }
  await openPage(window, 'test', 'details/overview');
  await expect(details.field('Title')).toHaveValue('Over there');
});

test('the network page is of one connection', async ({ app: { window } }) => {
  await goTo(window, 'Network');
  await expect(window.getByRole('region', { name: 'Tables' })).toBeVisible();
  await window.getByRole('radiogroup', { name: 'Network of' }).getByText('Test', { exact: false }).click();
  await expect(window.getByText(/has no networks of its own/).filter({ visible: true })).toBeVisible();
  await expect(window.getByRole('button', { name: 'New Bridge' })).toHaveAttribute('aria-disabled', 'true');
});

test('a connection goes offline and comes back, and nothing that was typed is lost', async ({ app: { window } }) => {
  const details = new DetailsView(window);
  await openPage(window, 'test', 'details/memory');
  const memory = details.field('Memory');
  await memory.fill('3000');
  const root = rootOf(window, 'Test');
  await root.click({ button: 'right' });
  await window.getByRole('menuitem', { name: 'Disconnect' }).click();
  const note = window.getByRole('status', { name: /is away$/ });
  await expect(note).toContainText('What you typed is kept');
  await expect(memory).toHaveValue('3000');
  await expect(window.getByRole('button', { name: 'Apply', exact: true })).toHaveAttribute('aria-disabled', 'true');
  await expect(root).toContainText('Offline');
  // Left by a place of the navigation, it asks as ever; staying keeps everything.
  await goTo(window, 'All machines');
  await window.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(memory).toHaveValue('3000');
  await window.reload();
  await expect(note).toBeVisible();
  await note.getByRole('button', { name: 'Connect' }).click();
  await expect(note).toBeHidden();
  await expect(memory).toHaveValue('3000');
  await window.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(window.getByText('No changes')).toBeVisible();
  await openPage(window, 'embedded', 'details/memory');
  await expect(memory).toHaveValue('256');
});
