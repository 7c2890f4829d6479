import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { expect, test as base } from './fixtures/index.ts';
import { eachScheme } from './fixtures/screenshot.ts';
import type { TemporaryUser } from './fixtures/temporary-user.ts';
import { DetailsView } from './pages/details.ts';
import { goTo, MachineWindow } from './pages/window.ts';

/** A user whose images named “slow” are never complete: what goes on is still going on when a test looks. */
const test = base.extend<object, { readonly user: TemporaryUser }>({
  user: [
    async ({ user }, use) => {
      const bin = path.join(user.folder, 'bin');
      await mkdir(bin);
      const program = path.join(bin, 'qemu-img');
      await writeFile(program, '#!/bin/sh\ncase "$*" in create*slow*) exec sleep infinity ;; esac\nexec /usr/bin/qemu-img "$@"\n');
      await chmod(program, 0o755);
      await use({ ...user, environment: { ...user.environment, PATH: `${bin}:${user.environment['PATH'] ?? ''}` } });
    },
    { scope: 'worker' },
  ],
});
test.use({ spec: 'jobs' });
test.describe.configure({ mode: 'serial' });

const name = 'worker';
const job = 'Creating slow.qcow2';
const drawer = (page: Page) => page.getByRole('complementary', { name: 'Jobs' });
const going = (page: Page) => drawer(page).getByRole('list', { name: 'Jobs that go on' }).getByRole('listitem');
const ended = (page: Page) => drawer(page).getByRole('list', { name: 'Jobs that ended' }).getByRole('listitem');
const button = (page: Page) => page.getByRole('contentinfo', { name: 'Activity' }).locator('.activity-jobs');
/** The images that are there, whole or not. */
const images = (user: TemporaryUser) => readdir(path.join(user.folder, 'images')).catch(() => []);

/** Begins to create the image of the machine's disk. */
const begin = async (page: Page) => {
  await new MachineWindow(page, name).open('Details');
  await new DetailsView(page).open('VirtIO disk');
  await page.getByRole('button', { name: 'Create qcow2 Image' }).click();
  await expect(page.getByRole('button', { name: 'Cancel', exact: true }).first()).toBeVisible();
};

test('begun in one window that is closed, watched in another, cancelled from the command line', async ({ app, guest, user }, info) => {
  const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${path.join(user.folder, 'images/slow.qcow2')}'/><target dev='vda' bus='virtio'/></disk>`;
  await app.define(domainXml({ name, guest, diskless: true, devices: disk }));
  const { window } = app;
  if (info.project.name === 'electron') await begin(window);
  else {
    const first = await window.context().newPage();
    await first.goto(new URL('/', window.url()).href);
    await begin(first);
    // The form finds its job again after a reload.
    await first.reload();
    await expect(first.locator('.disk-image').getByText('Writing the image')).toBeVisible();
    await first.close();
  }
  await expect(button(window)).toContainText(job);
  await window.keyboard.press('Control+j');
  await expect(going(window)).toContainText([job]);
  const listed = await app.cli('jobs');
  const [, id = ''] = /\n (\d+) +image +- +- +- +running\n/.exec(listed.stdout) ?? [];
  expect(id, listed.stdout).not.toBe('');
  const cancelled = await app.cli('job-cancel', id);
  expect(cancelled).toMatchObject({ status: 0, stdout: `Job ${id} cancelled. What it had begun was removed.\n\n` });
  await expect(drawer(window).getByText('Nothing is going on.')).toBeVisible();
  await expect(ended(window)).toContainText([/Creating slow\.qcow2 was cancelled.*By you\. What it had begun was removed\./]);
  await expect(window.getByRole('status').filter({ hasText: `${job} was cancelled` })).toBeAttached();
  expect(await images(user)).toEqual([]);
  expect(JSON.parse((await app.cli('jobs', '--all', '--json')).stdout)).toMatchObject([{ state: 'cancelled', cancelledBy: 'user' }]);
  await window.keyboard.press('Escape');
  await expect(drawer(window)).toBeHidden();
});

test('the drawer goes by keys, tells what a job does and what cancelling it costs, at every size', async ({ app }) => {
  const { window } = app;
  await begin(window);
  const sizes = [
    { width: 1280, height: 800 },
    { width: 1024, height: 640 },
    { width: 640, height: 400 },
  ];
  try {
    for (const size of sizes) {
      await window.setViewportSize(size);
      await eachScheme(window, async (scheme) => {
        const picture = async (what: string) =>
          test.info().attach(`${what}-${String(size.width)}-${scheme}`, {
            body: await window.screenshot({ animations: 'disabled', caret: 'hide' }),
            contentType: 'image/png',
          });
        await picture('line');
        await window.keyboard.press('Control+j');
        await expect(drawer(window)).toBeFocused();
        await expect(going(window)).toContainText([job]);
        await picture('jobs');
        await drawer(window).getByRole('button', { name: job, exact: true }).press('Enter');
        await expect(drawer(window).getByRole('list', { name: 'Steps' })).toContainText('Writing the image');
        await expect(drawer(window).getByText('What was written of slow.qcow2 is removed.')).toBeVisible();
        await picture('job');
        const { violations } = await new AxeBuilder({ page: window }).include('.jobs-drawer').analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(' '))])).toEqual([]);
        expect(await window.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        await window.keyboard.press('Escape');
        await expect(going(window)).toHaveCount(1);
        await window.keyboard.press('Escape');
        await expect(drawer(window)).toBeHidden();
      });
    }
  } finally {
    await window.setViewportSize({ width: 1280, height: 800 });
  }
  await button(window).click();
  await drawer(window)
    .getByRole('button', { name: `Cancel ${job}` })
    .click();
  // It may have gone on for long enough to be asked about.
  const question = window.getByRole('button', { name: 'Cancel the Job' });
  await expect(question.or(drawer(window).getByText('Nothing is going on.'))).toBeVisible();
  if (await question.isVisible()) await question.click();
  await expect(drawer(window).getByText('Nothing is going on.')).toBeVisible();
  await drawer(window).getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(ended(window)).toHaveCount(0);
  await drawer(window)
    .getByRole('button', { name: /^Show \d+ Cleared$/ })
    .click();
  await expect(ended(window)).not.toHaveCount(0);
  await window.keyboard.press('Control+j');
});

test('a host that is killed leaves nothing of a job, and the next one says so', async ({ app, user }) => {
  await begin(app.window);
  await expect.poll(() => images(user)).toHaveLength(1);
  await app.kill();
  await app.restart();
  const { window } = app;
  await window.bringToFront();
  await button(window).click();
  await expect(ended(window).first()).toContainText(
    /Creating slow\.qcow2 failed.*Tapestry was ended in the middle of it\. What it had begun was removed\./,
  );
  expect(await images(user)).toEqual([]);
  await ended(window).first().getByRole('button', { name: 'Details' }).click();
  await expect(drawer(window).getByRole('heading', { name: 'What is left' })).toBeVisible();
  await drawer(window).getByRole('button', { name: 'Forget' }).click();
  await expect(ended(window).filter({ hasText: 'failed' })).toHaveCount(0);
  await window.keyboard.press('Control+j');
});

test('the doctor is a job, and its page follows it', async ({ app }) => {
  const { window } = app;
  await goTo(window, 'This computer');
  await expect(window.locator('.doctor-check').filter({ hasText: 'KVM' })).not.toContainText('Being tried');
  await window.keyboard.press('Control+j');
  await expect(ended(window).first()).toContainText('Checking this computer is done');
  await ended(window).first().getByRole('button', { name: 'Show Them' }).click();
  await expect(drawer(window)).toBeHidden();
});
