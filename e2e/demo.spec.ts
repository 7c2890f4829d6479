import { domainXml } from './fixtures/domain.ts';
import { documentScreenshot, eachScheme } from './fixtures/screenshot.ts';
import { expect, test } from './fixtures/index.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'demo' });
test.describe.configure({ mode: 'serial' });

/** What the neighbours of the pictures are for. */
const titles: Readonly<Record<string, string>> = {
  'build-runner': 'Nightly builds',
  'db-01': 'PostgreSQL',
  router: 'Lab gateway',
  'web-01': 'Front page',
};

test('a newcomer clicks once and gets a machine at its login prompt', async ({ app }) => {
  await app.window.getByRole('button', { name: 'Create a Demo Machine' }).click();
  const machine = new MachineWindow(app.window, 'demo');
  await expect(machine.toolbar).toBeVisible({ timeout: 180_000 });
  await machine.expectState('Running');
  const terminal = new TerminalView(app.window);
  await terminal.expectLogin();
  await terminal.expectText('Tapestry demo machine: log in as root, password guest.');
  await expect(terminal.status).toContainText('Connected');
});

test('log in, run a command, see its output', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await terminal.logIn();
  await terminal.run('echo $((6 * 7)) is the answer', /^42 is the answer$/m);
  await terminal.run('uname -s', /^Linux$/m);
});

test('the console, the list and the details as the documentation shows them', async ({ app, guest }) => {
  const machine = new MachineWindow(app.window, 'demo');
  // A window that is lived in: other machines, in other states, and a console with something in it.
  const neighbours = ['build-runner', 'db-01', 'router', 'web-01'];
  for (const name of neighbours)
    await app.define(domainXml({ name, guest, diskless: true, extra: `<title>${titles[name] ?? ''}</title>` }));
  expect((await app.cli('start', 'web-01')).status).toBe(0);
  expect((await app.cli('start', '--paused', 'build-runner')).status).toBe(0);
  expect((await app.cli('autostart', 'router')).status).toBe(0);
  await new TerminalView(app.window).run('ip addr; ls /; free -m', /Mem:/);
  await eachScheme(app.window, async (scheme) => {
    await machine.tab('Console');
    await documentScreenshot(app.window, `console-${scheme}`);
    await machine.tab('Details');
    await app.window
      .getByRole('navigation', { name: 'Devices' })
      .getByRole('button', { name: /disk 1/ })
      .click();
    await expect(app.window.getByRole('region', { name: 'XML of this device' })).toContainText('vda');
    await expect(app.window.getByText('1 GiB for the guest')).toBeVisible();
    await documentScreenshot(app.window, `details-${scheme}`);
    await goTo(app.window, 'All machines');
    await expect(app.window.getByRole('table', { name: 'Machines' }).getByRole('row', { name: /web-01/ })).toContainText(
      /MiB (of|on) |of 256 MiB/,
    );
    await documentScreenshot(app.window, `machines-${scheme}`);
    await machine.open('Console');
  });
  for (const name of ['web-01', 'build-runner']) expect((await app.cli('destroy', name)).status).toBe(0);
});

test('pause stops the guest and resume lets it go on', async ({ app }) => {
  const machine = new MachineWindow(app.window, 'demo');
  const terminal = new TerminalView(app.window);
  await machine.button('Pause').click();
  await machine.expectState('Paused');
  await expect(terminal.status).toContainText('Paused');
  await expect(app.window.getByText('it prints nothing, and doesn’t hear what you type, until it is resumed')).toBeVisible();
  await expect(machine.button('Shut Down')).toHaveAttribute('aria-disabled', 'true');
  expect((await app.cli('domstate', '--reason', 'demo')).stdout).toBe('paused (user)\n\n');
  await machine.button('Resume').click();
  await machine.expectState('Running');
  await terminal.run('echo on again', /^on again$/m);
});

test('reboot brings the prompt again, in the same console', async ({ app }) => {
  const machine = new MachineWindow(app.window, 'demo');
  const terminal = new TerminalView(app.window);
  await machine.stopBy('Reboot');
  await terminal.expectLogin();
  await machine.expectState('Running');
  await terminal.logIn();
});

test('a host that is killed finds the machine running, with its scrollback, when it starts again', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await terminal.run('echo before the $((1 + 1))nd host', /^before the 2nd host$/m);
  const before = (await app.cli('qemu-monitor-command', 'demo', '{"execute":"query-name"}')).stdout;
  await app.kill();
  await app.start();
  const machine = new MachineWindow(app.window, 'demo');
  await machine.open('Console');
  await machine.expectState('Running');
  const again = new TerminalView(app.window);
  await again.expectText(/^before the 2nd host$/m);
  await again.run('echo and after it: $((2 + 3))', /^and after it: 5$/m);
  expect((await app.cli('qemu-monitor-command', 'demo', '{"execute":"query-name"}')).stdout).toBe(before);
});

test('shut down asks the guest, which switches itself off', async ({ app }) => {
  const machine = new MachineWindow(app.window, 'demo');
  const terminal = new TerminalView(app.window);
  await machine.button('Shut Down').click();
  await machine.expectState('Shut off');
  await terminal.expectText('The power button was pressed: shutting down.');
  await expect(terminal.status).toContainText('Shut off');
  await expect(app.window.getByText('demo is shut off. Above is what its last run printed.')).toBeVisible();
  expect((await app.cli('domstate', '--reason', 'demo')).stdout).toBe('shut off (shutdown)\n\n');
});
