import { readFile } from 'node:fs/promises';
import { domainXml } from './fixtures/domain.ts';
import { expect, test } from './fixtures/index.ts';
import { consoleCommand } from './fixtures/console-command.ts';
import { TerminalView } from './pages/terminal.ts';
import { MachineWindow } from './pages/window.ts';

test.use({ spec: 'console' });
test.describe.configure({ mode: 'serial' });

const name = 'talker';

test('a console that is opened late shows what came before', async ({ app, guest }) => {
  // A login, since the shell without one is started with Ctrl+C ignored.
  await app.define(domainXml({ name, guest, autologin: false }));
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  await machine.open('Console');
  await expect(terminal.status).toContainText('Shut off');
  await expect(app.window.getByText('What it prints is recorded from power-on and appears here.')).toBeVisible();
  await machine.tab('Details');
  await app.window
    .getByRole('toolbar', { name: `Actions for ${name}` })
    .getByRole('button', { name: 'Start', exact: true })
    .click();
  await machine.expectState('Running');
  await machine.tab('Console');
  await terminal.logIn();
  await expect(terminal.status).toContainText(/Recorded since power-on, .* of 64 MiB/);
});

test('search walks the matches in the scrollback', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await terminal.run('for n in 1 2 3; do echo needle-$n; done; seq 100', /^100$/m);
  await terminal.input.focus();
  await app.window.keyboard.press('Control+Shift+F');
  const search = app.window.getByRole('search', { name: 'Search in the console' });
  await search.getByRole('textbox').fill('needle-');
  // What was typed has it too.
  await expect(search.getByRole('status')).toHaveText('4 of 4');
  await terminal.expectText(/^needle-3$/m);
  await app.window.keyboard.press('Enter');
  await expect(search.getByRole('status')).toHaveText('3 of 4');
  await app.window.keyboard.press('Shift+Enter');
  await expect(search.getByRole('status')).toHaveText('4 of 4');
  await search.getByRole('textbox').fill('no such words');
  await expect(search.getByRole('status')).toHaveText('No match');
  await app.window.keyboard.press('Escape');
  await expect(search).toBeHidden();
  await expect(terminal.input).toBeFocused();
});

test('keys copy what is selected, and paste it', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await terminal.run('echo a-word-of-$((40 + 2))', /^a-word-of-42$/m);
  // Selected as one does it, by a double click on the guest's answer.
  await terminal.row(/^a-word-of-42/).dblclick({ position: { x: 12, y: 8 }, force: true });
  await app.window.keyboard.press('Control+Shift+C');
  await terminal.input.focus();
  await app.window.keyboard.type('echo "[');
  await app.window.keyboard.press('Control+Shift+V');
  await terminal.expectText(/# echo "\[a-word-of-42$/m);
  await app.window.keyboard.type(']"');
  await app.window.keyboard.press('Enter');
  await terminal.expectText(/^\[a-word-of-42\]$/m);
  await terminal.expectPrompt();
});

test('keys change the size of the letters, and with it how many fit', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  const columns = async () => Number(/(\d+) × \d+/.exec((await terminal.status.textContent()) ?? '')?.[1]);
  const usual = await columns();
  const size = app.window.locator('.console-font');
  await terminal.input.focus();
  await app.window.keyboard.press('Control+=');
  await app.window.keyboard.press('Control+=');
  await expect(size).toHaveText('15');
  await expect.poll(columns).toBeLessThan(usual - 10);
  await app.window.keyboard.press('Control+-');
  await expect(size).toHaveText('14');
  await app.window.keyboard.press('Control+0');
  await expect(size).toHaveText('13');
  // One column more or less: letters are a fraction of a pixel wide.
  await expect.poll(columns).toBeGreaterThanOrEqual(usual - 1);
});

test('the guest is told how big the terminal is', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  const [, columns = '', rows = ''] = /(\d+) × (\d+)/.exec((await terminal.status.textContent()) ?? '') ?? [];
  await app.window.getByRole('button', { name: /^Send terminal size to guest/ }).click();
  await terminal.expectText(new RegExp(`stty cols ${columns} rows ${rows}`));
  await terminal.run('stty size', new RegExp(`^${rows} ${columns}$`, 'm'));
});

test('the recording is saved to a file, from power-on', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await terminal.run('printf "\\\\344\\\\r\\\\n"; echo saved', /^saved$/m);
  const download = app.window.waitForEvent('download');
  await app.window.getByRole('button', { name: 'Save recording to file' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${name}-serial0.log`);
  const bytes = await readFile(await file.path());
  // Bytes as the guest sent them, also those that are no UTF-8.
  expect(bytes.includes(Buffer.from([0xe4, 0x0d, 0x0d, 0x0a]))).toBe(true);
  expect(bytes.toString('latin1')).toMatch(/needle-1\r\nneedle-2\r\nneedle-3\r\n1\r\n2\r\n/);
});

test('clear empties this view and leaves the recording', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  await app.window.getByRole('button', { name: 'Clear this view' }).click();
  await expect.poll(async () => (await terminal.text()).trim()).toBe(`${name}:~#`);
  const download = app.window.waitForEvent('download');
  await app.window.getByRole('button', { name: 'Save recording to file' }).click();
  expect((await readFile(await (await download).path())).toString('latin1')).toContain('needle-1');
});

test('several viewers and the command line see the same and type into the same', async ({ app, user }) => {
  const terminal = new TerminalView(app.window);
  const command = consoleCommand(user, name);
  try {
    await expect(app.window.locator('.console-viewers')).toHaveText('2 viewers');
    await terminal.run('echo from the $((40 + 2)) window', /^from the 42 window$/m);
    await command.expectOutput(/^from the 42 window\r$/m);
    command.type('echo from the $((6 * 7)) command\r');
    await terminal.expectText(/^from the 42 command$/m);
    // Ctrl+] leaves, and the machine doesn't notice.
    command.type('\u001d');
    expect(await command.ended).toBe(0);
    await expect(app.window.locator('.console-viewers')).toHaveText('1 viewer');
  } finally {
    await command.end();
  }
});

test('what the guest asks its terminal is answered by one of them, once, and never again', async ({ app, user }) => {
  const terminal = new TerminalView(app.window);
  const command = consoleCommand(user, name, { terminal: true });
  try {
    // Asks where the cursor is and how it goes, and shows what it hears until nothing comes for a while.
    const heard = (what: string) => new RegExp(`^heard ${what}\\.$`, 'm');
    await terminal.run(
      String.raw`ask() { stty raw -echo min 0 time 40; printf '\033[6n\033[5n\033]10;?\007'; h=$(dd bs=1 | tr -c 'a-zR0-9[' .); stty sane; echo heard $h.; } 2>/dev/null; echo re''ady`,
      /^ready$/m,
    );
    await command.expectOutput(/ready\r+\n/);
    await terminal.run('ask', heard(String.raw`\.\[\d+\.\d+R\.\[0n\.\.10\.rgb\.[0-9a-f.]+`));
    // Whoever typed last is asked: here the command, for which this test answers.
    command.type('ask\r');
    await expect
      .poll(() => command.printed(), { message: 'what tapestry console printed' })
      .toContain('\u001b[6n\u001b[5n\u001b]10;?\u0007');
    command.type('\u001b[77;7R');
    await terminal.expectText(heard(String.raw`\.\[77\.7R`));
    await terminal.expectPrompt();

    // Everything of that is history to whoever comes now.
    const late = consoleCommand(user, name, { terminal: true });
    try {
      await late.expectOutput(/heard \.\[77\.7R/);
      for (const query of ['\u001b[6n', '\u001b[5n', '\u001b]10;?']) expect(late.printed()).not.toContain(query);
    } finally {
      await late.end();
    }
    await app.window.reload();
    await terminal.expectPrompt();
    await terminal.run('echo nobody $((1 + 1)) typed', new RegExp(`^${name}:~# echo nobody .*\n^nobody 2 typed$`, 'm'));
  } finally {
    await command.end();
  }
});

test('a guest that prints without end leaves the window usable', async ({ app }) => {
  const terminal = new TerminalView(app.window);
  const machine = new MachineWindow(app.window, name);
  await terminal.type('yes flood');
  await terminal.expectText(/(^flood\n){10}/m);
  await machine.tab('Details');
  await machine.tab('Console');
  await terminal.input.focus();
  await app.window.keyboard.press('Control+C');
  await terminal.expectPrompt();
  await terminal.run('echo still $((1 + 1)) here', /^still 2 here$/m);
});

test('a paused machine says so over its console, and Force Off shuts it off', async ({ app }) => {
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  await machine.button('Pause').click();
  await expect(terminal.status).toContainText('Paused');
  await app.window.locator('.console-overlay').getByRole('button', { name: 'Resume' }).click();
  await expect(terminal.status).toContainText('Connected');
  // The button is gone; who resumes a machine here wants to type.
  await expect(terminal.input).toBeFocused();
  await machine.stopBy('Force Off');
  await machine.expectState('Shut off');
  await expect(terminal.status).toContainText('Shut off');
  await terminal.expectText(/^still 2 here$/m);
  expect((await app.cli('domstate', '--reason', name)).stdout.trim()).toBe('shut off (destroyed)');
});
