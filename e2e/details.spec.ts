import path from 'node:path';
import { stat } from 'node:fs/promises';
import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { DetailsView } from './pages/details.ts';
import { MachineWindow } from './pages/window.ts';

test.use({ spec: 'details' });
test.describe.configure({ mode: 'serial' });

const name = 'worker';

test('the overview form edits what it shows and nothing else', async ({ app, guest }) => {
  await app.define(
    domainXml({ name, guest, diskless: true, devices: `<video><model type='vga' vram='16384'/></video><input type='tablet' bus='usb'/>` }),
  );
  const before = await app.definition(name);
  const machine = new MachineWindow(app.window, name);
  const details = new DetailsView(app.window);
  await machine.open('Details');
  await details.open('Overview');
  await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
  await details.field('Title').fill('Does the work');
  await details.field('Description').fill('First line\nsecond line');
  await expect(details.xml).toContainText('<title>Does the work</title>');
  await details.apply();
  const after = await app.definition(name);
  expect(after).toContain('<title>Does the work</title>');
  expect(after).toContain('<description>First line\nsecond line</description>');
  expect(after.replace(/\s*<(title|description)>[^<]*<\/\1>/g, '')).toBe(before);
});

test('edits are given up by Cancel, and asked about on the way out', async ({ app }) => {
  const details = new DetailsView(app.window);
  await details.open('CPUs');
  await details.field('vCPUs').fill('3');
  await expect(app.window.getByText('Was 1')).toBeVisible();
  await details.cancelButton.click();
  await expect(details.field('vCPUs')).toHaveValue('1');
  await details.field('vCPUs').fill('3');
  await details.devices.getByRole('button', { name: /^Boot/ }).click();
  const dialog = app.window.getByRole('dialog', { name: 'Discard your changes?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(details.field('vCPUs')).toHaveValue('3');
  await details.devices.getByRole('button', { name: /^Boot/ }).click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(app.window.getByRole('heading', { level: 2, name: 'Boot' })).toBeVisible();
});

test('Back asks before typed edits go, and a reload keeps them', async ({ app }) => {
  const { window } = app;
  const details = new DetailsView(window);
  await details.open('Boot');
  await details.open('CPUs');
  await details.field('vCPUs').fill('3');
  const question = window.getByRole('dialog', { name: 'Discard your changes?' });
  const back = () => window.evaluate(() => history.back());
  await back();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toBeHidden();
  await expect(details.field('vCPUs')).toHaveValue('3');
  await expect(window).toHaveURL(/\/details\/cpu$/);
  // The browser asks in its own words; the edits are there again whatever is answered.
  const asked = window.waitForEvent('dialog');
  const reloaded = window.reload();
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
  await reloaded;
  await expect(details.field('vCPUs')).toHaveValue('3');
  await expect(window.locator('.form-footer').getByText('1 change not applied')).toBeVisible();
  await back();
  await question.getByRole('button', { name: 'Discard' }).click();
  await expect(window.getByRole('heading', { level: 2, name: 'Boot' })).toBeVisible();
  await details.open('CPUs');
  await expect(details.field('vCPUs')).toHaveValue('1');
  expect(await app.definition(name)).not.toMatch(/<vcpu[^>]*>3</);
});

test('a wrong value is told at its field, and nothing is written', async ({ app }) => {
  const details = new DetailsView(app.window);
  const before = await app.definition(name);
  await details.open('CPUs');
  await details.field('vCPUs').fill('many');
  await details.expectFieldError('vCPUs', 'The number of vCPUs is a whole number.');
  await expect(app.window.getByText('1 field needs attention.')).toBeVisible();
  await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
  await details.field('vCPUs').fill('2');
  await details.unfold();
  await details.field('Sockets').fill('3');
  await details.expectFieldError('vCPUs', 'The topology below makes 3 vCPUs, not 2.');
  await details.cancelButton.click();
  await details.open('Memory');
  await details.field('Memory').fill('0');
  await details.expectFieldError('Memory', 'At least 1 MiB.');
  await details.field('Memory').fill('lots');
  await details.expectFieldError('Memory', 'The memory is a number of MiB.');
  await details.cancelButton.click();
  await details.open('Boot');
  await details.field('Kernel').fill('vmlinuz');
  await details.expectFieldError('Kernel', /path begins with a slash|absolute/i);
  await details.cancelButton.click();
  expect(await app.definition(name)).toBe(before);
});

test('CPU, memory and boot forms apply', async ({ app }) => {
  const details = new DetailsView(app.window);
  await details.open('CPUs');
  await details.field('vCPUs').fill('2');
  await details.choose('CPU model', 'All that QEMU can (maximum)');
  await details.apply();
  await details.open('Memory');
  await details.field('Memory').fill('128.5');
  await details.apply();
  await details.open('Boot');
  await app.window.getByRole('checkbox', { name: /Network \(PXE\)/ }).check();
  await app.window.getByRole('checkbox', { name: /Hard disk/ }).check();
  await app.window.getByRole('button', { name: 'Hard disk earlier' }).click();
  await app.window.getByRole('checkbox', { name: 'Offer it at power-on' }).check();
  await details.apply();
  const xml = await app.definition(name);
  expect(xml).toMatch(/<vcpu[^>]*>2<\/vcpu>/);
  expect(xml).toMatch(/<cpu mode=['"]maximum['"]/);
  expect(xml).toContain('>131584</memory>');
  expect(xml).toMatch(/<boot dev=['"]hd['"]\/>\s*<boot dev=['"]network['"]\/>/);
  expect(xml).toMatch(/<bootmenu enable=['"]yes['"]/);
});

test('a disk is added with the image that the form makes', async ({ app, user }) => {
  const details = new DetailsView(app.window);
  await details.add('Disk');
  const image = path.join(user.folder, 'data.qcow2');
  await details.expectFieldError('Image', /needed|slash/i);
  await details.field('Image').fill(image);
  await expect(app.window.getByText('No image here yet.')).toBeVisible();
  await app.window.getByRole('textbox', { name: 'Size in GiB' }).fill('3');
  await app.window.getByRole('button', { name: 'Create qcow2 Image' }).click();
  await expect(app.window.getByText('qcow2, 3 GiB for the guest')).toBeVisible();
  expect((await stat(image)).size).toBeGreaterThan(0);
  await details.applyButton.click();
  await expect(app.window.getByRole('heading', { level: 2, name: 'VirtIO disk 1' })).toBeVisible();
  await details.choose('Bus', 'SATA');
  await expect(details.field('Name in guest')).toHaveValue('sda');
  await details.field('Name in guest').fill('vdb');
  await details.expectFieldError('Name in guest', 'On this bus the name begins with sd.');
  await details.field('Name in guest').fill('sdb');
  await details.apply();
  expect(await app.definition(name)).toMatch(/<target dev=['"]sdb['"] bus=['"]sata['"]\/>/);
});

test('serial and video forms: a type takes with it only what it can have', async ({ app, user }) => {
  const details = new DetailsView(app.window);
  await details.open('Video');
  await details.choose('Model', 'virtio');
  await expect(details.field('Video memory')).toBeHidden();
  await details.field('Screens').fill('17');
  await details.expectFieldError('Screens', 'The number of screens is 1 to 16.');
  await details.field('Screens').fill('2');
  await details.apply();
  await details.add('Serial port');
  await details.choose('Goes to', 'TCP');
  await details.field('Port').fill('99999');
  await details.expectFieldError('Port', 'A port is 1 to 65535.');
  await details.choose('Goes to', 'File');
  await details.field('Path').fill(path.join(user.folder, 'serial.txt'));
  await details.applyButton.click();
  await expect(app.window.getByRole('heading', { level: 2, name: 'Serial 2' })).toBeVisible();
  const xml = await app.definition(name);
  expect(xml).toMatch(/<model type=['"]virtio['"] heads=['"]2['"]\/>|<model heads=['"]2['"] type=['"]virtio['"]\/>/);
  expect(xml).not.toContain('vram=');
  expect(xml).toMatch(/<serial type=['"]file['"]>\s*<source path=['"][^'"]*serial\.txt['"]\/>/);
  expect(xml).not.toContain('127.0.0.1');
});

test('hardware is removed from the definition after a question', async ({ app }) => {
  const details = new DetailsView(app.window);
  await details.open('Serial 2');
  await app.window.getByRole('button', { name: 'Remove', exact: true }).click();
  await app.window.getByRole('dialog').getByRole('button', { name: 'Remove Serial 2' }).click();
  await expect(details.devices.getByRole('button', { name: /^Serial 2/ })).toBeHidden();
  expect(await app.definition(name)).not.toContain('serial.txt');
});

test('while it runs, an edit waits for the next start, shown beside what is now, and can be taken back', async ({ app }) => {
  const machine = new MachineWindow(app.window, name);
  const details = new DetailsView(app.window);
  await machine.button('Start').click();
  await machine.expectState('Running');
  await details.open('Memory');
  await details.field('Memory').fill('192');
  await expect(app.window.getByText('It takes effect after the next shutdown.')).toBeVisible();
  await details.apply();
  await expect(app.window.getByText('Now 128.5, at next start 192').first()).toBeVisible();
  await expect(app.window.getByRole('tab', { name: /Details/ })).toContainText('pending');
  expect((await app.cli('dumpxml', name)).stdout).toContain('>131584</memory>');
  // The balloon's size followed, and goes back with its own Revert.
  const revert = app.window.getByRole('button', { name: 'Revert' });
  while ((await revert.count()) > 0) {
    const left = await revert.count();
    await revert.first().click();
    await expect(revert).not.toHaveCount(left);
  }
  await expect(app.window.getByRole('tab', { name: /Details/ })).not.toContainText('pending');
  expect(await app.definition(name)).toContain('>131584</memory>');
});
