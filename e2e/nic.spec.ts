import { expect } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { test } from './fixtures/network-namespace.ts';
import { documentScreenshot, eachScheme } from './fixtures/screenshot.ts';
import { DetailsView } from './pages/details.ts';
import { TerminalView } from './pages/terminal.ts';
import { goTo, MachineWindow } from './pages/window.ts';

test.use({ spec: 'nic' });
test.describe.configure({ mode: 'serial' });

const name = 'plugged';
const mac = '52:54:00:77:00:02';
const taken = '52:54:00:77:00:03';

test('the form of a new NIC says what is wrong with a value, and adds it on a bridge', async ({ app, guest, network }) => {
  for (const [bridge, address] of [
    ['brA', '10.77.0.1/24'],
    ['brB', '10.78.0.1/24'],
  ] as const) {
    await network.ip('link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0');
    await network.ip('address', 'add', address, 'dev', bridge);
    await network.ip('link', 'set', bridge, 'up');
  }
  await app.define(domainXml({ name, guest }));
  await app.define(
    domainXml({ name: 'neighbour', guest, diskless: true, devices: `<interface type='user'><mac address='${taken}'/></interface>` }),
  );
  const machine = new MachineWindow(app.window, name);
  const details = new DetailsView(app.window);
  await machine.open('Details');
  await details.add('Network interface');
  await app.window.getByRole('radio', { name: 'Bridge' }).click();
  await expect(app.window.getByText('A bridge is needed: pick one, or type its name.')).toBeVisible();
  await details.field('Bridge').click();
  await app.window.getByRole('option', { name: /^brA: Up, .*10\.77\.0\.1\/24/ }).click();
  await expect(details.field('Bridge')).toHaveValue('brA');
  for (const [value, sentence] of [
    ['52:54:00:xx', 'Six groups of two hexadecimal digits with colons'],
    ['01:00:5e:00:00:01', 'A multicast address: the second digit must be even.'],
    [taken.toUpperCase(), 'neighbour has this address already.'],
  ] as const) {
    await details.field('MAC').fill(value);
    await details.expectFieldError('MAC', sentence);
    await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
  }
  await details.field('MAC').fill(mac);
  await details.field('MTU').fill('67');
  await details.expectFieldError('MTU', '68 to 65521.');
  await details.field('MTU').fill('65522');
  await details.expectFieldError('MTU', '68 to 65521.');
  await details.field('MTU').fill('');
  await details.unfold();
  await details.field('TAP name').fill('sixteen-letters0');
  await details.expectFieldError('TAP name', 'is longer than 15 characters');
  await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
  expect(await app.definition(name)).not.toContain('<interface');
  await details.field('TAP name').fill('');
  await details.applyButton.click();
  await expect(app.window.getByRole('heading', { level: 2, name: 'LAN brA' })).toBeVisible();
  expect(await app.definition(name)).toMatch(/<interface type='bridge'>[^]*<source bridge='brA'\/>/);
});

test('a start makes the TAP, the window shows it, and the guest reaches the host through it', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  const details = new DetailsView(app.window);
  expect(await network.ports('brA')).toEqual([]);
  await machine.button('Start').click();
  await machine.expectState('Running');
  await machine.tab('Console');
  await terminal.expectPrompt(120_000);
  await terminal.run('ip addr add 10.77.0.2/24 dev eth0; ip link set eth0 up; echo address $?', /^address 0$/m);
  await terminal.type('while :; do ping -c 1 -W 1 10.77.0.1 >/dev/null && echo answered || echo lost; sleep 0.5; done &');
  await terminal.expectText(/^answered\s*$/m);
  const [tap = '', ...more] = await network.ports('brA');
  expect(more).toEqual([]);
  await machine.tab('Details');
  await details.open('LAN brA');
  const strip = app.window.getByRole('region', { name: 'This NIC now' });
  await expect(strip.getByText(tap, { exact: true })).toBeVisible();
  await expect(strip.getByText('forwarding', { exact: true })).toBeVisible();
  await expect(strip.getByText('10.77.0.2', { exact: true })).toBeVisible();
  await expect(strip.getByRole('list', { name: 'What happened to this NIC' })).toContainText('Put on brA');
  await expect(strip.getByText(/^[\d.]+ [kM]?bit\/s$/)).toHaveCount(2);
  await eachScheme(app.window, (scheme) => documentScreenshot(app.window, `nic-${scheme}`));

  await goTo(app.window, 'Network');
  const drawing = app.window.getByRole('group', { name: 'Drawing of the network' });
  await expect(drawing.getByRole('button', { name: `TAP ${tap} of ${name}, on brA`, exact: true })).toBeVisible();
  await expect(drawing.getByRole('button', { name: 'Bridge brB, up, 0 ports, no uplink' })).toBeVisible();
  const cable = app.window.getByRole('table', { name: 'Cables' }).getByRole('row', { name: new RegExp(name) });
  for (const fact of [tap, 'brA', 'forwarding', '10.77.0.2']) await expect(cable).toContainText(fact);
  await drawing.getByRole('button', { name: `TAP ${tap} of ${name}, on brA`, exact: true }).click();
  await eachScheme(app.window, (scheme) => documentScreenshot(app.window, `network-${scheme}`));
});

test('the cable is moved while the guest runs, and put back', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  const details = new DetailsView(app.window);
  const taps = await network.ports('brA');
  await machine.open('Details');
  await details.open('LAN brA');
  await app.window.getByRole('button', { name: 'Move Cable…' }).click();
  await machine.dialog.getByRole('textbox', { name: 'To bridge' }).fill('brB');
  await machine.dialog.getByRole('button', { name: 'Move Cable' }).click();
  await expect(machine.dialog).toBeHidden();
  await expect(app.window.getByText('Moved from brA to brB')).toBeVisible();
  // The same TAP, on the other bridge.
  expect(await network.ports('brB')).toEqual(taps);
  expect(await network.ports('brA')).toEqual([]);
  expect(await app.definition(name)).toContain(`<source bridge='brB'/>`);
  await machine.tab('Console');
  await terminal.expectText(/^lost\s*$(?![^]*answered)/m);
  await machine.tab('Details');
  await details.open('LAN brB');
  await app.window.getByRole('button', { name: 'Put Back on brA' }).click();
  await expect(app.window.getByText('Moved from brA to brB')).toBeHidden();
  expect(await network.ports('brA')).toEqual(taps);
  // The cable goes back first, then the definition.
  await expect.poll(() => app.definition(name)).toContain(`<source bridge='brA'/>`);
  await machine.tab('Console');
  await terminal.expectText(/^answered\s*$(?![^]*lost)/m);
});

test('the end of the cable is dragged to another bridge, and Escape lets it go', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const { mouse, keyboard } = app.window;
  const taps = await network.ports('brA');
  await goTo(app.window, 'Network');
  const drawing = app.window.getByRole('group', { name: 'Drawing of the network' });
  const other = drawing.getByRole('button', { name: /^Bridge brB, / });
  const take = async () => {
    await drawing.locator('.net-end').hover();
    await mouse.down();
    const box = await other.boundingBox();
    if (!box) throw new Error('the other bridge is not in the drawing');
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await expect(other).toHaveClass(/net-drop-here/);
  };
  await take();
  await keyboard.press('Escape');
  await expect(other).not.toHaveClass(/net-drop/);
  await mouse.up();
  await expect(machine.dialog).toBeHidden();
  expect(await network.ports('brA')).toEqual(taps);

  await take();
  await mouse.up();
  await expect(machine.dialog.getByRole('textbox', { name: 'To bridge' })).toHaveValue('brB');
  await machine.dialog.getByRole('button', { name: 'Move Cable' }).click();
  await expect(machine.dialog).toBeHidden();
  await expect(drawing.getByRole('button', { name: `TAP ${taps[0] ?? ''} of ${name}, on brB`, exact: true })).toBeVisible();
  expect(await network.ports('brB')).toEqual(taps);
  await app.window.getByRole('button', { name: 'Put Back on brA' }).click();
  await expect(drawing.getByRole('button', { name: `TAP ${taps[0] ?? ''} of ${name}, on brA`, exact: true })).toBeVisible();
  expect(await network.ports('brA')).toEqual(taps);
  await machine.open('Console');
});

test('the cable is pulled and plugged in again', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  const details = new DetailsView(app.window);
  const taps = await network.ports('brA');
  const strip = app.window.getByRole('region', { name: 'This NIC now' });
  await machine.tab('Details');
  await details.open('LAN brA');
  await app.window.getByRole('button', { name: 'Pull Cable' }).click();
  await expect(strip.getByText('cable pulled', { exact: true })).toBeVisible();
  await machine.tab('Console');
  await terminal.expectText(/^lost\s*$(?![^]*answered)/m);
  await machine.tab('Details');
  await details.open('LAN brA');
  await app.window.getByRole('button', { name: 'Plug In' }).click();
  await expect(strip.getByText('forwarding', { exact: true })).toBeVisible();
  await machine.tab('Console');
  await terminal.expectText(/^answered\s*$(?![^]*lost)/m);
  expect(await network.ports('brA')).toEqual(taps);
});

test('what can’t be changed in place is changed at once by re-plugging', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const terminal = new TerminalView(app.window);
  const details = new DetailsView(app.window);
  const [before = ''] = await network.ports('brA');
  await machine.tab('Details');
  await details.open('LAN brA');
  await details.field('MTU').fill('1400');
  await app.window.getByRole('button', { name: 'Apply Now by Re-plugging' }).click();
  await expect(app.window.locator('.form-footer').getByText('No changes')).toBeVisible();
  expect(await app.definition(name)).toContain(`<mtu size='1400'/>`);
  await expect.poll(async () => (await network.ports('brA')).length).toBe(1);
  const [tap = ''] = await network.ports('brA');
  expect(tap).not.toBe(before);
  expect(await network.ip('link', 'show', 'dev', tap)).toContain('mtu 1400');
  await expect(app.window.getByRole('region', { name: 'This NIC now' }).getByText(tap, { exact: true })).toBeVisible();
  // The same card for the guest: the same MAC, another MTU.
  await machine.tab('Console');
  // What pings since the start ends first: its complaints would push the answer out of sight.
  await terminal.type('kill $!; cat /sys/class/net/e*/address /sys/class/net/e*/mtu');
  await terminal.expectText(new RegExp(`^${mac}\\s+1400`, 'm'));
});

test('a TAP goes with its machine; a start that a NIC stops says so at the NIC', async ({ app, network }) => {
  const machine = new MachineWindow(app.window, name);
  const details = new DetailsView(app.window);
  await machine.stopBy('Force Off');
  await machine.expectState('Shut off');
  // The TAP goes with its QEMU.
  await expect.poll(() => network.ports('brA')).toEqual([]);
  await machine.tab('Details');
  await details.open('LAN brA');
  await details.field('Bridge').fill('br-later');
  await details.apply();
  await machine.button('Start').click();
  const why = app.window.getByRole('region', { name: 'Why this NIC did not start' });
  await expect(why.getByRole('alert')).toContainText('br-later');
  await expect(why.getByRole('list', { name: 'What happened to this NIC' })).toContainText('Refused');
  await machine.expectState('Shut off');
});
