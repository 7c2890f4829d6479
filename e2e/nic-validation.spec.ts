import { expect } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { test } from './fixtures/network-namespace.ts';
import { DetailsView } from './pages/details.ts';
import { MachineWindow } from './pages/window.ts';

test.use({ spec: 'nic-validation' });
test.describe.configure({ mode: 'serial' });

/** A value typed into a field, and what the field then says; the field is emptied (or gets `good`) before the next. */
interface Row {
  readonly field: string;
  readonly bad: string;
  readonly says: string;
  readonly good?: string;
}

const row = (field: string, bad: string, says: string, good = ''): Row => ({ field, bad, says, good });

const name = 'validated';
const own = '52:54:00:77:01:01';
const neighbours = '52:54:00:77:01:02';
const numbers = (field: string, what: string, least: number, most: number): readonly Row[] => [
  row(field, 'some', `${what} is a whole number.`),
  row(field, String(most + 1), `${what} is ${String(least)} to ${String(most)}.`),
];

/** Every error of the form, by the type of source that has the field. */
const errors: readonly (readonly [type: string, rows: readonly Row[]])[] = [
  [
    'Bridge',
    [
      row('Bridge', '', 'A bridge is needed: pick one, or type its name.', 'brA'),
      row('Bridge', 'sixteen-letters0', 'A bridge’s name has at most 15 characters.', 'brA'),
      row('MAC', '52:54:00:xx', 'Six groups of two hexadecimal digits with colons, as 52:54:00:12:34:56.'),
      row('MAC', '01:00:5e:00:00:01', 'A multicast address: the second digit must be even.'),
      row('MAC', '00:00:00:00:00:00', 'All zeros is no address that a NIC can use.'),
      row('MAC', neighbours.toUpperCase(), 'neighbour has this address already.'),
      row('MAC', own, 'This machine’s LAN brA (first) has this address.', '52:54:00:77:01:09'),
      row('MTU', '67', '68 to 65521. Leave it empty to take the bridge’s.'),
      row('MTU', '65522', '68 to 65521.'),
      row('MTU', 'large', '68 to 65521.'),
      ...numbers('Queues', 'The number of queues', 1, 256),
      ...numbers('Limit to guest', 'The limit', 1, 4_194_303),
      ...numbers('Limit from guest', 'The limit', 1, 4_194_303),
      ...numbers('Boot order', 'The boot order', 1, 999),
      row('Boot order', '1', 'It is the place of the NIC LAN brA (first) already.'),
      row('TAP name', 'sixteen-letters0', 'is longer than 15 characters'),
      row('TAP name', 'a/b', 'is no name for a network interface: no blanks, no / and no colon.'),
      row('TAP name', 'a%b', 'may hold %d once, and no other %.'),
      row('TAP name', 'mine0', 'It is the name of the NIC LAN brA (first) already.'),
      ...numbers('Coalesce', 'The number of frames', 0, 4_294_967_295),
      ...numbers('Send buffer', 'The send buffer', 0, 4_294_967_295),
      row('Receive ring', '300', 'A power of two, 256 to 1024.'),
      row('Send ring', '2048', 'A power of two, 256 to 1024.'),
      row('ROM file', 'boot.rom', 'A path begins with a slash.'),
      ...numbers('ACPI index', 'The index', 1, 16_383),
      row('ACPI index', '7', 'It is the index of the NIC LAN brA (first) already.'),
      row('Alias', 'net0', 'An alias of your own begins with ua-, then letters, digits, - and _.'),
      row('Alias', 'ua-first', 'It is the alias of the NIC LAN brA (first) already.'),
      row('VLAN', '4096', 'Tags are numbers of 0 to 4095, as 10 or 10,20.'),
      row('VLAN', '10,10', 'Each tag stands once.'),
    ],
  ],
  [
    'Ethernet TAP',
    [
      row('Script', 'up.sh', 'A path begins with a slash.'),
      row('Down script', 'down.sh', 'A path begins with a slash.'),
      row('Host address', 'here', 'An address of this computer with its prefix, as 10.0.0.1/24.'),
      row('Host address', '10.0.0.1/33', 'The prefix is 0 to 32.'),
      row('Host address', 'fd00::1/129', 'The prefix is 0 to 128.'),
    ],
  ],
  ['Direct', [row('On interface', '', 'A network card is needed.', 'brA')]],
  ['Virtual network', [row('Network', '', 'The name of the network is needed.', 'default')]],
  [
    'UDP tunnel',
    [
      row('Peer', 'there', 'An IPv4 or IPv6 address is needed, as 192.168.1.20.', '10.0.0.1'),
      row('Peer’s port', '', 'The port is needed.', '5000'),
      row('Peer’s port', '65536', 'The port is 1 to 65535.', '5000'),
      row('Own address', 'here', 'An IPv4 or IPv6 address is needed, as 192.168.1.20.', '10.0.0.2'),
      row('Own port', 'some', 'The port is a whole number.', '5000'),
    ],
  ],
  [
    'Multicast',
    [
      row('Group', '10.0.0.1', 'A multicast address is needed: 224.0.0.0 to 239.255.255.255.', '230.0.0.1'),
      row('Port', '', 'The port is needed.', '5000'),
    ],
  ],
  [
    'Socket server',
    [row('Listen on', 'here', 'An IPv4 or IPv6 address is needed'), row('Port', '70000', 'The port is 1 to 65535.', '5000')],
  ],
  ['Socket client', [row('Server', '', 'An IPv4 or IPv6 address is needed', '10.0.0.1'), row('Port', '', 'The port is needed.', '5000')]],
  ['vhost-user', [row('Socket', '', 'A path is needed.', '/run/a'), row('Socket', 'a.sock', 'A path begins with a slash.', '/run/a')]],
  ['vDPA', [row('Device', '', 'A path is needed.', '/dev/vhost-vdpa-0')]],
  ['Internal', [row('Name', '', 'A name is needed.', 'lab')]],
];

/** Every warning: the value is unusual, or a start would not go well; it can be saved all the same. */
const warnings: readonly (readonly [type: string, rows: readonly Row[]])[] = [
  [
    'Bridge',
    [
      row('Bridge', 'br-later', 'There is no bridge br-later yet. The machine needs it to start.', 'brA'),
      row('Bridge', 'taken0', 'taken0 is no bridge: it is a persistent TAP without an owner. A start would refuse it.', 'brA'),
      row('MAC', 'fe:54:00:77:01:09', 'It begins with fe: the TAP on this computer gets fa instead, since fe is for TAPs.'),
      row('MAC', '00:16:3e:77:01:09', 'A maker’s prefix: a real card may have this address.', '52:54:00:77:01:09'),
      row('MTU', '9000', 'brA has 1500: larger frames are dropped there.'),
      row('MTU', '1400', 'brA has 1500; a TAP with less lowers it for the whole bridge, unless the bridge’s MTU is set by hand.'),
      row('Queues', '4', 'More than one vCPU can use.'),
      row('TAP name', 'vnet3', 'Names like this are given by starts: libvirt and Tapestry take it as “choose one”.'),
      row('TAP name', 'taken0', 'taken0 exists and is a persistent TAP without an owner.'),
      row('VLAN', '10', 'A start is refused: Tags need a switch that knows them, as Open vSwitch, which is not supported.'),
      row('Filter', 'clean-traffic', 'A start is refused: Network filters are not supported yet.'),
    ],
  ],
  ['Direct', [row('On interface', 'nosuch0', 'There is no interface nosuch0 yet.', 'brA')]],
];

// A test and no hook: hooks run before a test can say that it is skipped here, and why.
test('two machines are defined beside a bridge and a TAP', async ({ app, guest, network }) => {
  await network.ip('link', 'add', 'brA', 'type', 'bridge');
  await network.ip('link', 'set', 'brA', 'up');
  await network.ip('tuntap', 'add', 'dev', 'taken0', 'mode', 'tap');
  const first = `<interface type='bridge'>
      <mac address='${own}'/>
      <source bridge='brA'/>
      <target dev='mine0'/>
      <model type='virtio'/>
      <boot order='1'/>
      <alias name='ua-first'/>
      <acpi index='7'/>
    </interface>`;
  await app.define(domainXml({ name, guest, diskless: true, devices: first }));
  const user = `<interface type='user'><mac address='${neighbours}'/></interface>`;
  await app.define(domainXml({ name: 'neighbour', guest, diskless: true, devices: user }).replace('</os>', `<boot dev='hd'/></os>`));
  expect(await app.definition(name)).toContain(`<target dev='mine0'/>`);
});

/** Switches the type of source in the form. */
const choose = async (details: DetailsView, type: string) => {
  const { page } = details;
  const common = page.getByRole('radio', { name: type, exact: true });
  if ((await common.count()) > 0) await common.click();
  else {
    await page.getByRole('button', { name: 'More source types' }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${type}`) }).click();
  }
  await expect(page.getByRole('radio', { name: type, exact: true })).toBeChecked();
  await details.unfold();
};

test('says at its field what is wrong with every value, and applies nothing', async ({ app }) => {
  test.slow(); // seventy values
  const details = new DetailsView(app.window);
  const before = await app.definition(name);
  await new MachineWindow(app.window, name).open('Details');
  await details.add('Network interface');
  for (const [type, rows] of errors) {
    await test.step(type, async () => {
      await choose(details, type);
      for (const { field, bad, says, good = '' } of rows) {
        await details.field(field).fill(bad);
        await details.expectFieldError(field, says);
        await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
        await details.field(field).fill(good);
      }
    });
  }
  await test.step('what hangs together', async () => {
    await choose(details, 'Bridge');
    await details.field('Bridge').fill('brA');
    await details.field('Limit to guest').fill('100');
    await details.field('Peak to guest').fill('many');
    await details.expectFieldError('Peak to guest', 'The limit is a whole number.');
    await details.field('Peak to guest').fill('200');
    await details.field('Limit to guest').fill('');
    await details.expectFieldError('Limit to guest', 'The peak below needs a limit.');
    await details.field('Burst to guest').fill('300');
    await details.expectFieldError('Limit to guest', 'The peak and the burst below need a limit.');
    await details.field('Limit to guest').fill('100');
    // The reader's own words, of a part that the form doesn't show for this model.
    await details.choose('Packed ring', 'On');
    await details.choose('Model', 'e1000e');
    await expect(app.window.locator('.field-error')).toContainText('The driver option "packed" is for virtio models only.');
    await expect(details.applyButton).toHaveAttribute('aria-disabled', 'true');
    await details.choose('Model', 'virtio');
    await choose(details, 'Ethernet TAP');
    await details.choose('At start', 'Use an existing one');
    await details.expectFieldError('TAP name', 'Your own TAP must be named.');
    await details.field('TAP name').fill('nosuch0');
    await details.expectFieldWarning('TAP name', 'There is no nosuch0 yet. It must exist when the machine starts.');
    await details.field('TAP name').fill('brA');
    await details.expectFieldWarning('TAP name', 'brA is no TAP: bridge.');
  });
  await test.step('port forwards', async () => {
    await choose(details, 'User mode');
    const forwards = app.window.getByRole('region', { name: 'Port forwards' });
    const box = (field: string) => forwards.getByRole('textbox', { name: field });
    const add = forwards.getByRole('button', { name: 'Add' });
    await add.click();
    for (const [field, bad, says, good] of [
      ['Address of this computer', 'here', 'The address is one of this computer’s, or empty for all.', '127.0.0.1'],
      ['Port of this computer', '0', 'The port of this computer is 1 to 65535.', '8080'],
      ['Port of the guest', '65536', 'The guest’s port is 1 to 65535.', '80'],
    ] as const) {
      await box(field).fill(bad);
      await expect(forwards.getByRole('alert')).toHaveText(says);
      await box(field).fill(good);
    }
    await add.click();
    await expect(forwards.getByRole('row', { name: /TCP 127\.0\.0\.1, port 8080 80/ })).toBeVisible();
    await box('Address of this computer').fill('127.0.0.1');
    await box('Port of this computer').fill('8080');
    await box('Port of the guest').fill('81');
    await add.click();
    await expect(forwards.getByRole('alert')).toHaveText('TCP port 8080 is forwarded already.');
  });
  expect(await app.definition(name)).toBe(before);
  await details.cancelButton.click();
  await app.window.getByRole('dialog').getByRole('button', { name: 'Don’t Add' }).click();
  await expect(details.devices).toBeVisible();
});

test('warns of what can be saved but may not start', async ({ app }) => {
  const details = new DetailsView(app.window);
  await new MachineWindow(app.window, name).open('Details');
  await details.add('Network interface');
  for (const [type, rows] of warnings) {
    await test.step(type, async () => {
      await choose(details, type);
      if (type === 'Bridge') await details.field('Bridge').fill('brA');
      for (const { field, bad, says, good = '' } of rows) {
        await details.field(field).fill(bad);
        await details.expectFieldWarning(field, says);
        await expect(details.applyButton).not.toHaveAttribute('aria-disabled', 'true');
        await details.field(field).fill(good);
      }
    });
  }
  await choose(details, 'Bridge');
  await details.choose('Virtual port', 'Open vSwitch');
  await expect(app.window.locator('.field-warning')).toContainText(['A start is refused: Virtual ports are not supported.']);
  await choose(details, 'Virtual network');
  await expect(app.window.locator('.field-warning').first()).toContainText('A start is refused: Tapestry has no virtual networks.');
  await details.cancelButton.click();
  await app.window.getByRole('dialog').getByRole('button', { name: 'Don’t Add' }).click();
  await expect(details.devices).toBeVisible();
});

test('refuses a boot order beside the boot devices of the machine', async ({ app }) => {
  const details = new DetailsView(app.window);
  await new MachineWindow(app.window, 'neighbour').open('Details');
  await details.open('User mode');
  await details.field('Boot order').fill('1');
  await details.expectFieldError('Boot order', 'The machine has <os><boot> too, and only one of them can be.');
  await details.cancelButton.click();
});

test('a save changes only what was edited', async ({ app }) => {
  const details = new DetailsView(app.window);
  const before = await app.definition(name);
  await new MachineWindow(app.window, name).open('Details');
  await details.open('LAN brA');
  await details.field('MTU').fill('1400');
  await details.apply();
  const after = await app.definition(name);
  const lines = (text: string) => text.split('\n').map((line) => line.trim());
  expect(lines(after).filter((line) => !lines(before).includes(line))).toEqual([`<mtu size='1400'/>`]);
  expect(lines(before).filter((line) => !lines(after).includes(line))).toEqual([]);
});
