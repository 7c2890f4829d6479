import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../../shared/errors.ts';
import { FakeApi, fakeSummary, running } from '../../testing/fake-api.ts';
import { fakeHost, fakeNic } from '../../testing/fake-network.ts';
import { renderApp } from '../../testing/render-app.tsx';

const mac = '52:54:00:7a:1c:12';

async function openNic(more = {}, prepare: (fake: FakeApi) => void = () => undefined) {
  const fake = new FakeApi();
  fake.interfaces = fakeHost;
  const machine = fake.add(fakeSummary('web-01', more));
  fake.add(fakeSummary('web-02', { macs: ['52:54:00:7a:1c:13'] }));
  const other = fake.machines.get(fakeSummary('web-02').uuid);
  if (other) other.inactive = other.inactive?.replace(mac, '52:54:00:7a:1c:13') ?? null;
  fake.nics.set(machine.uuid, [fakeNic()]);
  prepare(fake);
  const app = renderApp(fake, `#/machine/${machine.uuid}/details/${encodeURIComponent(`interface-${mac}`)}`);
  await screen.findByRole('heading', { name: 'LAN br0' });
  return { fake, machine, ...app };
}

const fill = async (user: Awaited<ReturnType<typeof openNic>>['user'], field: HTMLElement, value: string) => {
  await user.clear(field);
  if (value !== '') await user.type(field, value);
};

describe('the NIC form', () => {
  it('shows the facts of the bridge, and takes a name that doesn’t exist yet with the way to make it', async () => {
    const { user, fake } = await openNic();
    expect(await screen.findByText(/Up, 2 ports, uplink enp6s0, host 192\.168\.178\.20\/24/)).toBeTruthy();
    await fill(user, screen.getByRole('textbox', { name: 'Bridge' }), 'br-prod');
    expect(await screen.findByText(/There is no bridge/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Create Bridge…' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Create Bridge' }));
    await waitFor(() => expect(fake.called('networks.createBridge')).toEqual([{ name: 'br-prod' }]));
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
  });

  it.each([
    ['hello', 'Six groups of two hexadecimal digits with colons, as 52:54:00:12:34:56.'],
    ['01:00:5e:00:00:01', 'A multicast address: the second digit must be even.'],
    ['52:54:00:7A:1C:13', 'web-02 has this address already.'],
  ])('refuses the MAC %s at its field', async (value, message) => {
    const { user, fake } = await openNic();
    const field = screen.getByLabelText('MAC');
    await fill(user, field, value);
    expect(await screen.findByText(new RegExp(message.slice(0, 30)))).toBeTruthy();
    await user.click(screen.getByRole('button', { name: /^Apply/ }));
    expect(fake.called('machines.define')).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Generate' }));
    await waitFor(() => expect((field as HTMLInputElement).value).toBe('52:54:00:11:22:33'));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('leads to the other NIC of a duplicate', async () => {
    const { user } = await openNic();
    await fill(user, screen.getByLabelText('MAC'), '52:54:00:7a:1c:13');
    expect(await screen.findByText(/It is on its LAN br0/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Open web-02' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Discard' }));
    await waitFor(() => expect(decodeURIComponent(location.hash)).toContain('interface-52:54:00:7a:1c:13'));
  });

  it('checks the MTU by itself and against the bridge', async () => {
    const { user } = await openNic();
    await fill(user, screen.getByLabelText('MTU'), '70000');
    expect(await screen.findByText(/68 to 65521/)).toBeTruthy();
    await fill(user, screen.getByLabelText('MTU'), '9000');
    expect(await screen.findByText('br0 has 1500: larger frames are dropped there.')).toBeTruthy();
  });

  it('says what a switch of the type leaves out, and has it back when switched back', async () => {
    const { user, fake, machine } = await openNic();
    await user.type(screen.getByLabelText('Limit to guest'), '12207');
    expect(screen.getByText(/= 100 Mbit\/s/)).toBeTruthy();
    await user.type(screen.getByLabelText('MTU'), '1400');
    await user.click(screen.getByRole('radio', { name: 'User mode' }));
    expect(await screen.findByText(/User mode can’t have the bandwidth limits and the MTU: they are left out/)).toBeTruthy();
    expect(screen.queryByLabelText('MTU')).toBeNull();
    await user.click(screen.getByRole('radio', { name: 'Bridge' }));
    expect((screen.getByLabelText('MTU') as HTMLInputElement).value).toBe('1400');
    expect((screen.getByRole('textbox', { name: 'Bridge' }) as HTMLInputElement).value).toBe('br0');
    await user.click(screen.getByRole('radio', { name: 'User mode' }));
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).toContain(`<interface type='user'>`));
    const now = fake.machines.get(machine.uuid)?.inactive ?? '';
    expect(now).toContain('<!-- the LAN -->');
    expect(now).not.toContain('bandwidth');
    expect(now).not.toContain('br0');
  });

  it('shows a type that can’t start here with the reason, and still edits it', async () => {
    const { user } = await openNic();
    await user.click(screen.getByRole('button', { name: 'More source types' }));
    await user.click(await screen.findByRole('menuitem', { name: /^Virtual network/ }));
    expect(await screen.findByText(/A start is refused: Tapestry has no virtual networks/)).toBeTruthy();
    expect(screen.getByText('The name of the network is needed.')).toBeTruthy();
  });

  it('offers the ways out of a TAP name that is taken', async () => {
    const { user } = await openNic();
    await user.click(screen.getByRole('radio', { name: 'Ethernet TAP' }));
    await user.type(await screen.findByLabelText('TAP name'), 'mytap0');
    expect(await screen.findByText(/exists and is a persistent TAP of uid 1000/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Use It as It Is' }));
    expect(screen.getByRole('complementary', { name: 'XML' }).textContent).toContain(`<target dev='mytap0' managed='no'/>`);
    await fill(user, screen.getByLabelText('TAP name'), 'averylongtapname');
    expect(await screen.findByText(/longer than 15 characters/)).toBeTruthy();
  });

  it('tells what happens now and what waits, and does both', async () => {
    const { user, fake } = await openNic(running());
    await user.type(await screen.findByLabelText('Limit to guest'), '100');
    await user.type(screen.getByLabelText('MTU'), '1400');
    const pane = screen.getByRole('complementary', { name: 'XML' });
    expect(pane.textContent).toMatch(/Now.*Limit to guest: not set → 100 kB\/s.*At next start.*MTU: not set → 1400 bytes/);
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    const [change] = fake.called('machines.device') as [{ xml: string; scope: string }];
    expect(change).toMatchObject({ how: 'update', scope: 'live' });
    expect(change.xml).toContain(`<inbound average='100'/>`);
    expect(change.xml).not.toContain('mtu');
  });

  it('stores nothing when the running machine refuses', async () => {
    const { user, fake, machine } = await openNic(running(), (one) => {
      one.override['machines.device'] = () => Promise.reject(new TapestryError('helper-denied', 'You may not use br-lab.'));
    });
    await fill(user, await screen.findByRole('textbox', { name: 'Bridge' }), 'br-lab');
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    expect(await screen.findByText(/You may not use br-lab/)).toBeTruthy();
    expect(fake.called('machines.define')).toHaveLength(0);
    expect(fake.machines.get(machine.uuid)?.inactive).toContain(`<source bridge='br0'/>`);
  });

  it('adds a NIC with the same form', async () => {
    const { user, fake } = await openNic();
    await user.click(screen.getByRole('button', { name: 'Add Hardware' }));
    await user.click(await screen.findByRole('menuitem', { name: /^Network interface/ }));
    await user.click(await screen.findByRole('radio', { name: 'Bridge' }));
    expect(await screen.findByText(/A bridge is needed/)).toBeTruthy();
    await user.type(screen.getByRole('textbox', { name: 'Bridge' }), 'br-lab');
    await user.click(screen.getByRole('button', { name: 'Add' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    expect((fake.called('machines.define')[0] as { xml: string }).xml).toContain(`<source bridge='br-lab'/>`);
  });
});

describe('the live strip', () => {
  it('tells who made the TAP, where it is plugged, and why no address is known', async () => {
    await openNic(running());
    const strip = await screen.findByRole('region', { name: 'This NIC now' });
    for (const fact of ['vt3f9c21a7', 'made by helper 48112', 'fd 31', 'vnet_hdr', 'forwarding', 'The guest has sent nothing yet.'])
      expect(await within(strip).findByText(fact)).toBeTruthy();
    const steps = within(strip).getByRole('list', { name: 'What happened to this NIC' });
    expect(
      within(steps)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual([expect.stringContaining('Created'), 'MAC set+0.4 ms', 'Put on br0+1.0 ms', 'To QEMU, fd 31+5.0 ms']);
  });

  it('moves the cable with a flap of the link, and puts it back', async () => {
    const { user, fake } = await openNic(running());
    await user.click(await screen.findByRole('button', { name: 'Move Cable…' }));
    const dialog = await screen.findByRole('dialog');
    await user.type(within(dialog).getByLabelText('To bridge'), 'br-lab');
    await user.click(within(dialog).getByRole('button', { name: 'Move Cable' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('machines.device')[0]).toMatchObject({ how: 'update', scope: 'both', linkFlap: true });
    expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<source bridge='br-lab'/>`);
    await user.click(await screen.findByRole('button', { name: 'Put Back on br0' }));
    await waitFor(() => expect((fake.called('machines.device')[1] as { xml: string }).xml).toContain(`<source bridge='br0'/>`));
  });

  it('pulls the cable', async () => {
    const { user, fake } = await openNic(running());
    await user.click(await screen.findByRole('button', { name: 'Pull Cable' }));
    await waitFor(() => expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<link state='down'/>`));
  });

  it('shows a detach that the guest has not acknowledged', async () => {
    await openNic(running(), (fake) => fake.nics.set(fakeSummary('web-01').uuid, [fakeNic({ detachPending: true })]));
    expect(await screen.findByText(/the guest has not let go of it yet/)).toBeTruthy();
  });
});
