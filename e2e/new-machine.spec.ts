import path from 'node:path';
import { readdir } from 'node:fs/promises';
import { isoBytes } from '../electron/osinfo/testing/media.ts';
import { expect, test, type App } from './fixtures/index.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'new-machine' });
test.describe.configure({ mode: 'serial' });

/** Opens the dialog at a source. Emulation is chosen, so that nothing waits for KVM to be tried. */
const open = async (app: App, source: string) => {
  await app.window.getByRole('button', { name: 'New machine', exact: true }).click();
  const dialog = app.window.getByRole('dialog', { name: 'New machine' });
  await dialog.getByRole('radiogroup', { name: 'Begin with' }).getByText(source, { exact: true }).click();
  await dialog.getByText('Emulated (TCG), slower').click();
  return dialog;
};

test('from an ISO image: the name comes from the file, a disk is made', async ({ app, user }) => {
  const iso = await app.file('debian-13.2.0-amd64-netinst.iso', Buffer.alloc(64 * 1024));
  const dialog = await open(app, 'ISO image');
  const create = dialog.getByRole('button', { name: 'Create', exact: true });
  await create.click();
  await expect(dialog.getByText('An ISO image is needed.')).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'ISO image' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Browse for ISO image' }).click();
  const picker = app.window.getByRole('dialog', { name: 'ISO image' });
  await expect(picker.getByRole('group', { name: 'Files' })).toHaveAttribute('aria-busy', 'false');
  await picker.getByRole('button', { name: 'Close' }).click();
  await dialog.getByRole('textbox', { name: 'ISO image' }).fill(iso);
  await dialog.getByRole('textbox', { name: 'ISO image' }).blur();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('debian-13');
  await dialog.getByRole('textbox', { name: 'Memory' }).fill('none');
  await expect(dialog.getByText('The memory is a whole number.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Memory' }).fill('128');
  await dialog.getByRole('textbox', { name: 'Disk', exact: true }).fill('2');
  await dialog.getByRole('checkbox', { name: 'Start when created' }).uncheck();
  await create.click();
  const machine = new MachineWindow(app.window, 'debian-13');
  await machine.expectState('Shut off');
  const disk = path.join(user.environment['XDG_DATA_HOME'] ?? '', 'tapestry/images/debian-13.qcow2');
  const xml = await app.definition('debian-13');
  expect(xml).toContain(iso);
  expect(xml).toContain(disk);
  expect(xml).toMatch(/<boot dev=['"]hd['"]\/>\s*<boot dev=['"]cdrom['"]\/>/);
  expect(await readdir(path.dirname(disk))).toContain('debian-13.qcow2');
});

test('from an ISO image: the system on it is recognised, and what it needs is proposed', async ({ app }) => {
  const iso = await app.file('x.img', isoBytes({ volume: 'Fedora-WS-Live-42', boots: ['bios', 'uefi'] }));
  const dialog = await open(app, 'ISO image');
  await dialog.getByRole('textbox', { name: 'ISO image' }).fill(iso);
  await dialog.getByRole('textbox', { name: 'ISO image' }).blur();
  await expect(dialog.getByText(/Known by its volume name, in Tapestry’s own list/)).toBeVisible();
  await expect(dialog.getByLabel('System', { exact: true })).toHaveValue('Fedora Linux 42');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('recognised');
  await dialog.getByRole('checkbox', { name: 'Start when created' }).uncheck();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(dialog).toBeHidden();
  await new MachineWindow(app.window, 'recognised').expectState('Shut off');
  expect(await app.definition('recognised')).toMatch(/<libosinfo:os id=['"]http:\/\/fedoraproject\.org\/fedora\/42['"]\/>/);
  await goTo(app.window, 'All machines');
  await expect(app.window.getByRole('row', { name: /recognised/ }).getByRole('img', { name: 'Fedora 42' })).toBeVisible();
});

test('a name that is taken is told at its field', async ({ app }) => {
  const dialog = await open(app, 'ISO image');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('debian-13');
  await expect(dialog.getByText('There is a machine named debian-13 already.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('a/b');
  await expect(dialog.getByText('A name can’t have a slash.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
});

test('the path of a long name wraps, and Escape gives the focus back', async ({ app }) => {
  const { window } = app;
  const opener = window.getByRole('button', { name: 'New machine', exact: true });
  for (const key of ['Enter', 'Space']) {
    await opener.focus();
    await window.keyboard.press(key);
    const dialog = window.getByRole('dialog', { name: 'New machine' });
    await expect(dialog.getByRole('radio', { name: /^ISO image/ })).toBeFocused();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('n'.repeat(300));
    await expect(dialog.getByText('n'.repeat(300))).toBeVisible();
    const sideways = () => dialog.locator('.new-machine-page').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    expect(await sideways()).toBe(0);
    await window.keyboard.press('Escape');
    await window.getByRole('dialog', { name: 'Discard what you typed?' }).getByRole('button', { name: 'Discard' }).click();
    await expect(opener).toBeFocused();
  }
});

test('from an existing disk: what the image is stands below its field, and the machine starts', async ({ app, user }) => {
  const disk = path.join(user.environment['XDG_DATA_HOME'] ?? '', 'tapestry/images/debian-13.qcow2');
  const dialog = await open(app, 'Existing disk');
  await dialog.getByRole('textbox', { name: 'Disk image' }).fill(path.join(user.folder, 'nowhere.qcow2'));
  await expect(dialog.getByText(/nowhere\.qcow2 does not exist/)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Disk image' }).fill(disk);
  await expect(dialog.getByText('qcow2, 2 GiB')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Disk image' }).blur();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('debian-13-2');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('from-disk');
  await dialog.getByRole('textbox', { name: 'Memory' }).fill('128');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await new MachineWindow(app.window, 'from-disk').expectState('Running');
  expect(await app.cli('domstate', 'from-disk')).toEqual({ status: 0, stdout: 'running\n\n', stderr: '' });
});

test('from a kernel: it boots to its prompt', async ({ app, guest }) => {
  const dialog = await open(app, 'Kernel');
  await dialog.getByRole('textbox', { name: 'Kernel' }).fill(guest.kernel);
  await dialog.getByRole('textbox', { name: 'Initrd' }).fill(guest.initrd);
  await dialog.getByRole('textbox', { name: 'Command line' }).fill('console=ttyS0 quiet tapestry.autologin=1');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('from-kernel');
  await dialog.getByRole('textbox', { name: 'Memory' }).fill('256');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await new MachineWindow(app.window, 'from-kernel').expectState('Running');
  await new TerminalView(app.window).expectPrompt(120_000);
});

test('rename, and delete with the files that are ticked', async ({ app, user }) => {
  const { window } = app;
  const disk = path.join(user.environment['XDG_DATA_HOME'] ?? '', 'tapestry/images/debian-13.qcow2');
  expect((await app.cli('destroy', 'from-kernel')).status).toBe(0);
  expect((await app.cli('destroy', 'from-disk')).status).toBe(0);
  const machine = new MachineWindow(window, 'from-kernel');
  await machine.open();
  await machine.expectState('Shut off');
  await machine.button('More for from-kernel').click();
  await window.getByRole('menuitem', { name: 'Rename…' }).click();
  const rename = window.getByRole('dialog', { name: 'Rename from-kernel' });
  await rename.getByRole('textbox', { name: 'Name' }).fill('debian-13');
  // The button has it as its reason too, for screen readers.
  await expect(rename.getByText('There is a machine named debian-13 already.').filter({ visible: true })).toHaveCount(1);
  await rename.getByRole('textbox', { name: 'Name' }).fill('renamed');
  await rename.getByRole('button', { name: 'Rename' }).click();
  await expect(window.getByRole('heading', { level: 1, name: 'renamed' })).toBeVisible();
  expect((await app.cli('list', '--all', '--name')).stdout).toContain('renamed');
  // A row's menu has the same actions.
  await goTo(window, 'All machines');
  await window.getByRole('table', { name: 'Machines' }).getByRole('button', { name: 'debian-13' }).click({ button: 'right' });
  await window.getByRole('menuitem', { name: 'Delete…' }).click();
  const remove = window.getByRole('dialog', { name: 'Delete debian-13?' });
  await remove.getByRole('checkbox', { name: /debian-13\.qcow2/ }).check();
  const confirm = remove.getByRole('button', { name: 'Delete debian-13 and 1 file' });
  await confirm.click();
  // Another machine has the same disk: nothing is deleted, until that machine is gone.
  await expect(remove.getByRole('alert')).toContainText('is a disk of “from-disk” too, so nothing was deleted.');
  expect((await app.cli('list', '--all', '--name')).stdout).toContain('debian-13');
  expect(await readdir(path.dirname(disk))).toContain('debian-13.qcow2');
  expect((await app.cli('undefine', 'from-disk')).status).toBe(0);
  await confirm.click();
  await expect(window.getByText('debian-13 is deleted.')).toBeVisible();
  await expect(window.getByRole('table', { name: 'Machines' })).not.toContainText('debian-13');
  expect((await app.cli('list', '--all', '--name')).stdout).not.toContain('debian-13');
  expect(await readdir(path.dirname(disk))).not.toContain('debian-13.qcow2');
});
