import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'start-errors' });
test.describe.configure({ mode: 'serial' });

/** A disk of type file. */
const disk = (file: string, format = 'raw') =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='vda' bus='virtio'/></disk>`;

test('a disk image that is missing is named, and the machine starts once it is there', async ({ app, user, guest }) => {
  const image = path.join(user.folder, 'later.raw');
  await app.define(domainXml({ name: 'no-disk', guest, diskless: true, devices: disk(image) }));
  const machine = new MachineWindow(app.window, 'no-disk');
  await machine.open();
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('no-disk did not start.');
  await expect(machine.alert).toContainText(image);
  await expect(machine.alert).toContainText('/domain/devices/disk');
  await machine.expectState('Shut off');
  await app.file('later.raw', Buffer.alloc(1024 * 1024));
  await machine.button('Start').click();
  await machine.expectState('Running');
  await expect(machine.alert).toBeHidden();
});

test('an image that a running machine uses is refused, with that machine’s name', async ({ app, user, guest }) => {
  await app.define(domainXml({ name: 'second', guest, diskless: true, devices: disk(path.join(user.folder, 'later.raw')) }));
  const machine = new MachineWindow(app.window, 'second');
  await machine.open();
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('second did not start.');
  await expect(machine.alert).toContainText('no-disk');
  await machine.expectState('Shut off');
  expect((await app.cli('destroy', 'no-disk')).status).toBe(0);
});

test('all that stands in the way is told on opening and after a failed start, outlives the host, and buttons mend it', async ({
  app,
  user,
  guest,
}) => {
  const image = path.join(user.folder, 'cloud-amd64.img');
  await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M']);
  const iso = path.join(user.folder, 'gone.iso');
  const drive = `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${iso}'/><target dev='sda' bus='sata'/><readonly/></disk>`;
  await app.define(domainXml({ name: 'obstructed', guest, diskless: true, devices: `${disk(image)}${drive}` }));
  const { window } = app;
  const machine = new MachineWindow(window, 'obstructed');
  await machine.open();
  // Nobody tried to start it.
  await expect(machine.alert).toContainText('2 things keep obstructed from starting here.');
  await expect(machine.findings).toHaveText([new RegExp(`${image} is qcow2`), new RegExp(iso)]);
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('obstructed did not start.');
  await expect(machine.findings).toHaveCount(2);
  await app.kill();
  const setFormat = { name: 'Set the format to qcow2' };
  if (!window.isClosed()) {
    await expect(window.getByText(/The connection to Tapestry is lost since/)).toBeVisible();
    await expect(machine.findings.getByRole('button', setFormat)).toHaveAttribute('aria-disabled', 'true');
  }
  await app.restart();
  const again = new MachineWindow(app.window, 'obstructed');
  await expect(app.window.getByText(/The connection to Tapestry is lost since/)).toBeHidden();
  await again.open();
  await expect(again.alert).toContainText('obstructed did not start.');
  await expect(again.findings).toHaveCount(2);
  await again.findings.getByRole('button', setFormat).click();
  await expect(again.alert).not.toContainText(image);
  await expect(again.alert).toContainText(iso);
  await again.expectState('Shut off');
  await again.alert.getByRole('button', { name: 'Eject it' }).click();
  await again.expectState('Running');
  await expect(again.alert).toBeHidden();
  const stored = await app.definition('obstructed');
  expect(stored).toMatch(/<driver name='qemu' type='qcow2'\/>/);
  expect(stored).not.toContain(iso);
  expect((await app.cli('destroy', 'obstructed')).status).toBe(0);
});

test('a CPU model that this QEMU lacks is named, and stays found when the failed start is dismissed', async ({ app, guest }) => {
  await app.define(
    domainXml({ name: 'odd-cpu', guest, diskless: true, extra: `<cpu mode='custom'><model>pentium-of-the-future</model></cpu>` }),
  );
  const machine = new MachineWindow(app.window, 'odd-cpu');
  await machine.open();
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('odd-cpu did not start.');
  await expect(machine.alert).toContainText(/pentium-of-the-future/);
  await machine.expectState('Shut off');
  await machine.alert.getByRole('button', { name: 'Dismiss this message' }).click();
  await expect(machine.alert).not.toContainText('did not start');
  await expect(machine.alert).toContainText('One thing keeps odd-cpu from starting here.');
});

test('an emulator that is no QEMU is refused, with what it is', async ({ app, guest }) => {
  const fake = await app.file('not-qemu', '#!/bin/sh\nexit 0\n');
  await chmod(fake, 0o755);
  await app.define(domainXml({ name: 'no-qemu', guest, diskless: true, devices: `<emulator>${fake}</emulator>` }));
  const machine = new MachineWindow(app.window, 'no-qemu');
  await machine.open();
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('no-qemu did not start.');
  await expect(machine.alert).toContainText(fake);
  await machine.expectState('Shut off');
});

test('a machine with KVM where KVM is of no use is refused with the reason, and one button mends it', async ({ app, guest }) => {
  await app.define(domainXml({ name: 'fast', guest, type: 'kvm', extra: `<cpu mode='host-passthrough'/>` }));
  const { window } = app;
  await goTo(window, 'This computer');
  // The page tries KVM by booting a kernel.
  const kvm = window.locator('.doctor-check').filter({ has: window.getByText('KVM', { exact: true }) });
  await expect(kvm).toHaveAttribute('data-status', /^(ok|warning|error|skipped)$/, { timeout: 120_000 });
  await expect(window.getByText('checking…')).toBeHidden({ timeout: 120_000 });
  test.skip((await kvm.getAttribute('data-status')) === 'ok', 'KVM works on this computer: there is nothing to refuse');
  const machine = new MachineWindow(window, 'fast');
  await machine.open('Console');
  await machine.button('Start').click();
  await expect(machine.alert).toContainText('fast did not start.', { timeout: 60_000 });
  await expect(machine.alert).toContainText('KVM');
  await machine.expectState('Shut off');
  await machine.alert.getByRole('button', { name: 'Use emulation (TCG)' }).click();
  await machine.expectState('Running');
  await expect(machine.alert).toBeHidden();
  await new TerminalView(window).expectPrompt(120_000);
  const xml = await app.definition('fast');
  expect(xml).toMatch(/^<domain type=['"]qemu['"]/);
  expect(xml).toMatch(/<cpu mode=['"]maximum['"]/);
});
