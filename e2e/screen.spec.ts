import { stat } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { domainXml } from './fixtures/domain.ts';
import { expect, test, type App } from './fixtures/index.ts';
import { documentScreenshot, eachScheme } from './fixtures/screenshot.ts';
import { ScreenView } from './pages/screen.ts';
import { TerminalView } from './pages/terminal.ts';
import { MachineWindow } from './pages/window.ts';

test.use({ spec: 'screen' });
test.describe.configure({ mode: 'serial' });

const screen = "<graphics type='vnc'/>\n    <video><model type='vga'/></video>";
/** As much of a picture as is to be equal: a cursor that blinks is somewhere else a moment later. */
const alike = 0.995;

/** Waits until the canvas shows what QEMU has. */
const expectPicture = async (app: App, name: string, folder: string) => {
  const view = new ScreenView(app.window);
  await expect
    .poll(() => view.likeQemu(app, name, path.join(folder, 'dump.png')), { message: 'pixels as QEMU has them' })
    .toBeGreaterThan(alike);
};

/** Types as fingers do: with the Shift key held for a capital, since a guest gets keys and not letters. */
const typeKeys = async ({ window }: App, text: string) => {
  for (const letter of text) {
    if (/[A-Z]/.test(letter)) await window.keyboard.press(`Shift+Key${letter}`);
    else await window.keyboard.type(letter);
  }
};

test('opens on the screen of a machine whose guest has written nothing, and shows what QEMU shows', async ({ app, guest, user }) => {
  await app.define(domainXml({ name: 'firmware', guest, diskless: true, devices: screen }));
  const machine = new MachineWindow(app.window, 'firmware');
  await machine.open('Console');
  const view = new ScreenView(app.window);
  await expect(view.toolbar).toBeVisible();
  await expect(app.window.getByText('Its screen appears here when it runs.')).toBeVisible();
  await machine.button('Start').click();
  await machine.expectState('Running');
  await expect(view.status).toContainText('Connected');
  await view.expectSize(720, 400);
  await expectPicture(app, 'firmware', user.folder);
  await eachScheme(app.window, async () => {
    expect((await new AxeBuilder({ page: app.window }).analyze()).violations).toEqual([]);
  });
});

test('nothing listens on a port, and the way to it is the user’s alone', async ({ app }) => {
  const asked = await app.cli('qemu-monitor-command', 'firmware', '{"execute":"query-vnc-servers"}');
  const { return: servers } = JSON.parse(asked.stdout) as { return: { server: { family: string; service: string; auth: string }[] }[] };
  const listening = servers.flatMap(({ server }) => server);
  expect(listening).toEqual([expect.objectContaining({ family: 'unix', auth: 'none' })]);
  const folders = [];
  for (let at = path.dirname(listening[0]?.service ?? ''); at !== path.dirname(at); at = path.dirname(at)) folders.push(at);
  const modes = await Promise.all(folders.map(async (folder) => (await stat(folder)).mode & 0o077));
  expect(modes).toContain(0);
});

test('a host that is killed gives the picture back', async ({ app, user }) => {
  const view = new ScreenView(app.window);
  await app.kill();
  await expect(app.window.locator('.screen-still')).toBeVisible();
  await app.restart();
  await expect(view.status).toContainText('Connected');
  await expect(app.window.locator('.screen-still')).toBeHidden();
  await expectPicture(app, 'firmware', user.folder);
});

test('off and on again, and what is left of a last picture says so', async ({ app, user }) => {
  const machine = new MachineWindow(app.window, 'firmware');
  const view = new ScreenView(app.window);
  await machine.stopBy('Force Off');
  await machine.expectState('Shut off');
  await expect(view.status).toContainText('Shut off');
  await machine.button('Start').click();
  await machine.expectState('Running');
  await view.expectSize(720, 400);
  await expectPicture(app, 'firmware', user.folder);
  await machine.stopBy('Force Off');
  await machine.expectState('Shut off');
});

test('keys and text reach the guest, left Ctrl+Alt lets go, view only sends nothing', async ({ app, guest, user }) => {
  await app.define(domainXml({ name: 'shell', guest, words: 'console=tty0', devices: screen }));
  const machine = new MachineWindow(app.window, 'shell');
  await machine.open('Console');
  const view = new ScreenView(app.window);
  await machine.button('Start').click();
  await machine.expectState('Running');
  // As soon as its guest writes to the serial port, that is what is shown.
  const terminal = new TerminalView(app.window);
  await terminal.expectPrompt(120_000);
  await view.pick(/^Screen/);
  await expect(view.status).toContainText('Connected');
  await view.canvas.click();
  await expect(view.status).toContainText('Keys go to the guest');
  await typeKeys(app, 'cp /proc/version /dev/ttyS0\n');
  await documentScreenshot(app.window, 'screen');
  await view.letGo();
  await view.toolbar.getByRole('button', { name: /^View only/ }).click();
  await expect(view.status).toContainText('View only');
  await expect(view.status).toContainText('Connected');
  await view.canvas.click();
  await typeKeys(app, 'cp /proc/cmdline /dev/ttyS0\n');
  await view.toolbar.getByRole('button', { name: /^View only/ }).click();
  await expect(view.status).not.toContainText('View only');
  await view.toolbar.getByRole('button', { name: 'Send Key' }).click();
  await app.window.getByRole('menuitem', { name: 'Type Text…' }).click();
  const dialog = app.window.getByRole('dialog', { name: 'Type into shell' });
  await dialog.getByRole('textbox', { name: 'Text' }).fill('ä');
  await dialog.getByRole('button', { name: 'Type It' }).click();
  await expect(dialog.getByRole('alert')).toContainText('ä');
  await dialog.getByRole('textbox', { name: 'Text' }).fill('echo "typed: [{~}]" > /dev/ttyS0\n');
  await dialog.getByRole('button', { name: 'Type It' }).click();
  await expect(dialog).toBeHidden();
  await expectPicture(app, 'shell', user.folder);
  await view.pick(/serial0/);
  await terminal.expectText(/typed: \[\{~\}\]/);
  const text = await terminal.text();
  expect(text).toContain('Linux version');
  expect(text).not.toContain('tapestry.hostname');
});

test('full screen has a way out that stays in sight, and the picture goes to a file', async ({ app }) => {
  const view = new ScreenView(app.window);
  await view.pick(/^Screen/);
  await expect(view.status).toContainText('Connected');
  const saving = app.window.waitForEvent('download');
  await view.toolbar.getByRole('button', { name: 'Save a picture of the screen' }).click();
  expect((await saving).suggestedFilename()).toBe('shell-video0.png');
  const isFull = () => app.window.evaluate(() => document.fullscreenElement !== null);
  const leave = app.window.getByRole('button', { name: /^Leave/ });
  await view.toolbar.getByRole('button', { name: 'Full screen (F11)' }).click();
  await expect(leave).toBeInViewport();
  expect((await new AxeBuilder({ page: app.window }).analyze()).violations).toEqual([]);
  await leave.click();
  await expect.poll(isFull).toBe(false);
  await app.window.keyboard.press('F11');
  await expect.poll(isFull).toBe(true);
  await expect(app.window.getByText('has your keyboard')).toBeVisible();
  // The guest's, as long as it has the keyboard.
  await app.window.keyboard.press('F11');
  await view.letGo();
  expect(await isFull()).toBe(true);
  await app.window.keyboard.press('F11');
  await expect.poll(isFull).toBe(false);
  const machine = new MachineWindow(app.window, 'shell');
  await machine.stopBy('Force Off');
  await machine.expectState('Shut off');
});
