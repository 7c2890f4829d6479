import { expect } from '@playwright/test';
import { domainXml } from './fixtures/domain.ts';
import { test, type NetworkNamespace } from './fixtures/network-namespace.ts';
import { goTo, MachineWindow } from './pages/window.ts';
import { UplinkView } from './pages/uplink.ts';

test.use({ spec: 'uplink' });
test.describe.configure({ mode: 'serial' });

const bridge = 'br0';
const card = 'eth1';
const address = '192.0.2.10/24';

/** The addresses of an interface that somebody gave it, as address/prefix. */
const addresses = async (network: NetworkNamespace, name: string): Promise<readonly string[]> => {
  const text = await network.ip('-json', 'address', 'show', 'dev', name, 'scope', 'global');
  const [one] = JSON.parse(text) as { addr_info: { local?: string; prefixlen?: number }[] }[];
  // An address that the scope leaves out is an empty object.
  return (one?.addr_info ?? []).flatMap(({ local, prefixlen }) => (local === undefined ? [] : [`${local}/${String(prefixlen)}`]));
};

/** Waits until the card is as it was before anything was tried: no port, with its address. */
const expectFree = async (network: NetworkNamespace) => {
  await expect.poll(() => addresses(network, card), { message: `addresses of ${card}` }).toEqual([address]);
  expect(await network.ports(bridge)).toEqual([]);
  expect(await addresses(network, bridge)).toEqual([]);
};

// A test and no hook: hooks run before a test can say that it is skipped here, and why.
test('a card with this computer’s address is put on trial, every page tells of it, and it is kept', async ({ app, guest, network }) => {
  await network.ip('link', 'add', card, 'type', 'veth', 'peer', 'name', 'far1');
  await network.ip('link', 'set', 'far1', 'up');
  await network.ip('link', 'set', card, 'up');
  await network.ip('address', 'add', address, 'dev', card);
  await app.define(domainXml({ name: 'onlooker', guest, diskless: true }));
  const { window } = app;
  const uplink = new UplinkView(window);
  await uplink.createBridge(bridge);
  const dialog = await uplink.open(bridge, card);
  // What is said here is what is seen done below.
  await expect(dialog).toContainText(
    `This computer’s address ${address} moves to ${bridge} with its routes, and back if you don’t confirm.`,
  );
  await uplink.add(dialog);
  await expect(uplink.trial).toContainText(`${card} is a port of ${bridge} now.`);
  expect(await network.ports(bridge)).toEqual([card]);
  expect(await addresses(network, bridge)).toEqual([address]);
  expect(await addresses(network, card)).toEqual([]);
  for (const place of ['All machines', 'This computer', 'Settings'] as const) {
    await goTo(window, place);
    await expect(window.locator('main h1')).toBeVisible();
    await expect(uplink.trial).toBeVisible();
  }
  await new MachineWindow(window, 'onlooker').open('Details');
  await expect(uplink.trial).toBeVisible();
  await window.reload();
  await expect(uplink.trial).toContainText(/It is rolled back in \d+ s unless you keep it\./);
  await uplink.trial.getByRole('button', { name: 'Keep It' }).click();
  await expect(uplink.trial).toBeHidden();
  await expect(window.getByText(`${card} stays on ${bridge}.`)).toBeVisible();
  expect(await network.ports(bridge)).toEqual([card]);
});

test('an uplink is taken off again, with the address that went with it', async ({ app, network }) => {
  const { window } = app;
  await goTo(window, 'Network');
  await window
    .getByRole('group', { name: 'Drawing of the network' })
    .getByRole('button', { name: new RegExp(`^Bridge ${bridge}, `) })
    .click();
  await window.getByRole('button', { name: `Take Off ${card}` }).click();
  const question = window.getByRole('dialog', { name: `Take ${card} off ${bridge}?` });
  await expect(question).toContainText(`This computer’s addresses on ${bridge} move back to ${card} with their routes.`);
  await question.getByRole('button', { name: `Take Off ${card}` }).click();
  await expectFree(network);
});

test('a trial is rolled back from another page', async ({ app, network }) => {
  const { window } = app;
  const uplink = new UplinkView(window);
  await uplink.add(await uplink.open(bridge, card));
  expect(await network.ports(bridge)).toEqual([card]);
  await goTo(window, 'Settings');
  await uplink.trial.getByRole('button', { name: 'Roll Back Now' }).click();
  await expect(uplink.trial).toBeHidden();
  await expectFree(network);
});

test('the host is killed while an uplink is on trial: the card is given back, and the window says so', async ({ app, network }) => {
  const { window } = app;
  const uplink = new UplinkView(window);
  await uplink.add(await uplink.open(bridge, card));
  await goTo(window, 'All machines');
  await expect(uplink.trial).toBeVisible();
  await app.kill();
  await expect(window.getByText(/The connection to Tapestry is lost since/)).toBeVisible();
  await expect(uplink.trial.getByRole('button', { name: 'Keep It' })).toHaveAttribute('aria-disabled', 'true');
  await expectFree(network);
  await app.restart();
  await expect(window.getByText(/The connection to Tapestry is lost since/)).toBeHidden();
  const over = window.getByRole('status').filter({ hasText: `${card} was taken off ${bridge} again:` });
  await expect(over).toContainText('Tapestry ended while it was on trial.');
  await expect(uplink.trial).toBeHidden();
  await new MachineWindow(window, 'onlooker').open();
  await expect(over).toBeVisible();
  await over.getByRole('button', { name: 'Dismiss' }).click();
  await expect(over).toBeHidden();
  await expectFree(network);
});
