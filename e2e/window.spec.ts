import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'window' });
test.describe.configure({ mode: 'serial' });

/** Presses Tab until a place has the focus. */
const tabTo = async (page: Page, place: Locator) => {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await place.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(place).toBeFocused({ timeout: 1 });
};

/** Is an element wholly within the window, with nothing of it to scroll for. */
const expectInSight = (place: Locator) => expect(place).toBeInViewport({ ratio: 0.99 });

test('by keyboard alone: create a machine, start it, type at its prompt, delete it', async ({ app, guest }) => {
  const { window } = app;
  const { keyboard } = window;
  await expect(window.getByRole('button', { name: 'Create a Demo Machine' })).toBeVisible();
  await keyboard.press('Control+n');
  const dialog = window.getByRole('dialog', { name: 'New machine' });
  await expect(dialog.getByRole('radio', { name: /^ISO image/ })).toBeFocused();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await expect(dialog.getByRole('radio', { name: /^Kernel/ })).toBeChecked();
  const enter = async (label: string, text: string) => {
    const field = dialog.getByRole('textbox', { name: label, exact: true });
    await tabTo(window, field);
    await keyboard.press('Control+a');
    await keyboard.type(text);
  };
  await enter('Kernel', guest.kernel);
  await enter('Initrd', guest.initrd);
  await enter('Command line', 'console=ttyS0 quiet tapestry.autologin=1');
  await enter('Name', 'typist');
  await enter('Memory', '256');
  const emulated = dialog.getByRole('radio', { name: 'Emulated (TCG), slower' });
  if (!(await emulated.isChecked())) {
    await tabTo(window, dialog.getByRole('radio', { name: 'KVM', exact: true }));
    await keyboard.press('ArrowRight');
  }
  await expect(emulated).toBeChecked();
  await tabTo(window, dialog.getByRole('button', { name: 'Create', exact: true }));
  await keyboard.press('Enter');

  const machine = new MachineWindow(window, 'typist');
  await machine.expectState('Running');
  // A screen reader is told without looking.
  await expect(window.getByRole('status').filter({ hasText: /^typist: Running$/ })).toHaveCount(1);
  const terminal = new TerminalView(window);
  await terminal.expectPrompt(120_000);
  await tabTo(window, terminal.input);
  await keyboard.type('echo typed $((1 + 2)) times\n');
  await terminal.expectText(/^typed 3 times$/m);

  await keyboard.press('Control+Shift+F6');
  await keyboard.press('Shift+F6');
  await keyboard.press('F6');
  const more = machine.button('More for typist');
  await tabTo(window, more);
  const askToDelete = async () => {
    await keyboard.press('Enter');
    await expect(window.getByRole('menu')).toBeVisible();
    const item = window.getByRole('menuitem', { name: 'Delete…' });
    // It opens with the focus inside; arrow keys pass over what can't be used.
    await expect(async () => {
      await keyboard.press('ArrowDown');
      await expect(item).toBeFocused({ timeout: 200 });
    }).toPass({ timeout: 60_000 });
    await keyboard.press('Enter');
    const question = window.getByRole('dialog', { name: 'Delete typist?' });
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
    return question;
  };
  // The menu of the machine's own entry, by both keys.
  const entry = window.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'typist' });
  for (const key of ['Shift+F10', 'ContextMenu']) {
    await entry.focus();
    await keyboard.press(key);
    await expect(window.getByRole('menu', { name: 'Actions for typist' })).toBeVisible();
    await keyboard.press('Escape');
    await expect(window.getByRole('menu')).toHaveCount(0);
    await expect(entry).toBeFocused();
  }
  await tabTo(window, more);

  await askToDelete();
  await keyboard.press('Escape');
  // Where one was is where one is.
  await expect(more).toBeFocused();
  const question = await askToDelete();
  await tabTo(window, question.getByRole('button', { name: 'Delete typist' }));
  await keyboard.press('Enter');
  await expect(window.getByText('typist is deleted.')).toBeVisible();
  expect((await app.cli('list', '--all', '--name')).stdout).not.toContain('typist');
});

test('nothing moves for whoever asked for less motion', async ({ app, guest }) => {
  const { window } = app;
  const machine = new MachineWindow(window, 'stubborn');
  await app.define(domainXml({ name: 'stubborn', guest, diskless: true }));
  await machine.open('Details');
  await machine.button('Start').click();
  await machine.expectState('Running');
  // Firmware hears no power button: the machine stays on its way down.
  await machine.button('Shut Down').click();
  await expect(window.locator('header').getByText(/^Shutting down/)).toBeVisible();
  const moving = () =>
    window.evaluate(
      () =>
        document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect?.getTiming().iterations === Infinity)
          .length,
    );
  await expect.poll(moving, { message: 'what turns in the window' }).toBeGreaterThan(0);
  await window.emulateMedia({ reducedMotion: 'reduce' });
  await expect.poll(moving, { message: 'what turns in the window' }).toBe(0);
  await window.emulateMedia({ reducedMotion: null });
});

test('at 200 % zoom all of it can be reached', async ({ app }) => {
  const { window } = app;
  const machine = new MachineWindow(window, 'stubborn');
  // A window of 1280 x 800 at 200 % has this many CSS pixels.
  await window.setViewportSize({ width: 640, height: 400 });
  try {
    const expectNoSideways = async () =>
      expect(await window.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await expectInSight(machine.button('Shut Down'));
    await expectInSight(machine.button('More for stubborn'));
    await expectInSight(window.getByRole('heading', { level: 1, name: 'stubborn' }));
    await window.getByRole('navigation', { name: 'Devices' }).getByRole('button', { name: /^CPUs/ }).click();
    await expectInSight(window.getByRole('textbox', { name: 'vCPUs' }));
    await expectInSight(window.locator('.form-footer').getByRole('button', { name: 'Apply' }));
    await expectNoSideways();
    await window.keyboard.press('Control+f');
    const search = window.getByRole('searchbox', { name: 'Search machines' });
    await expectInSight(search);
    await search.fill('stub');
    await expectInSight(window.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'stubborn' }));
    await search.fill('');
    // The rail's pictures have names.
    await goTo(window, 'All machines');
    await expect(window.getByRole('table', { name: 'Machines' })).toContainText('stubborn');
    await expectInSight(window.getByRole('button', { name: 'New VM…' }));
    // Names get the room of the processors' line, which goes.
    await expect(window.locator('.machine-table .sparkline').first()).toBeHidden();
    await expectNoSideways();
    const { violations } = await new AxeBuilder({ page: window }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(' '))])).toEqual([]);
    await window.getByRole('button', { name: 'New VM…' }).click();
    await expectInSight(window.getByRole('dialog', { name: 'New machine' }).getByRole('button', { name: 'Create', exact: true }));
    await window.keyboard.press('Escape');
  } finally {
    await window.setViewportSize({ width: 1280, height: 800 });
  }
});

test('what the lines of the network drawing mean stands below it, however high it is', async ({ app }) => {
  const { window } = app;
  await window.setViewportSize({ width: 640, height: 400 });
  try {
    await goTo(window, 'Network');
    const drawing = window.getByRole('group', { name: 'Drawing of the network' });
    await drawing.evaluate((element) => {
      element.style.height = '2000px'; // as with thirty machines
    });
    const legend = window.locator('.net-legend');
    await expectInSight(legend);
    const painted = await legend.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return document.elementsFromPoint(left + width / 4, top + height / 2).map(({ className }) => String(className));
    });
    expect(painted.flatMap((names) => names.split(' '))).toContain('net-legend');
    expect(painted.filter((name) => name.includes('net-drawing'))).toEqual([]);
  } finally {
    await goTo(window, 'All machines');
    await window.setViewportSize({ width: 1280, height: 800 });
  }
});

test('a host that dies is told at once, what was known stays in sight, and another host goes on', async ({ app }) => {
  const { window } = app;
  await expect(window.getByRole('table', { name: 'Machines' })).toContainText('stubborn');
  await app.kill();
  if (!window.isClosed()) {
    await expect(window.getByText(/The connection to Tapestry is lost since/)).toBeVisible();
    await expect(window.getByRole('button', { name: 'Try Now' })).toBeVisible();
    await expect(window.getByRole('row', { name: /stubborn/ })).toContainText('Unknown');
    const machine = new MachineWindow(window, 'stubborn');
    await machine.open('Details');
    await expect(machine.button('Shut Down')).toHaveAttribute('aria-disabled', 'true');
    await expect(machine.button('Shut Down')).toHaveAccessibleDescription('The connection to Tapestry is lost');
  }
  await app.restart();
  // The very page that lost its host goes on with the next one; nobody opened another address.
  const { window: after } = app;
  await expect(after.getByText(/The connection to Tapestry is lost since/)).toBeHidden();
  await new MachineWindow(after, 'stubborn').open();
  await expect(after.locator('header').getByText(/^(Running|Shutting down)/)).toBeVisible();
  // Its session is a full one: a page loaded anew has it too.
  await after.reload();
  await expect(after.locator('header').getByText(/^(Running|Shutting down)/)).toBeVisible();
  expect((await app.cli('destroy', 'stubborn')).status).toBe(0);
});
