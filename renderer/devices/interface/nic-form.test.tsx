import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TapestryError } from '../../../shared/errors.ts';
import { FakeApi } from '../../testing/fake-api.ts';
import { fakeSummary, running } from '../../testing/fake-machines.ts';
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
  await screen.findByRole('heading', { name: /^LAN / });
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
    expect(pane.textContent).toMatch(/Now.*Limit to guest: not set → 100 KiB\/s.*At next start.*MTU: not set → 1400 bytes/);
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    const [change] = fake.called('machines.device') as [{ xml: string; scope: string }];
    expect(change).toMatchObject({ how: 'update', scope: 'live' });
    expect(change.xml).toContain(`<inbound average='100'/>`);
    expect(change.xml).not.toContain('mtu');
  });

  it('re-plugs the NIC at once where the change can’t be made in place, and says what the guest sees', async () => {
    const { user, fake } = await openNic(running());
    await user.type(await screen.findByLabelText('MTU'), '1400');
    expect(screen.getByText(/sees the NIC go and come back with the same MAC and slot, and loses its link/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply Now by Re-plugging' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('machines.device')[0]).toMatchObject({ how: 'update', scope: 'both', replug: true });
    expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<mtu size='1400'/>`);
    expect(await screen.findByText('No changes')).toBeTruthy();
  });

  it('re-plugs for what was saved before, too', async () => {
    const { user, fake } = await openNic(running(), (one) => {
      const machine = one.machines.get(fakeSummary('web-01').uuid);
      if (machine) machine.inactive = machine.inactive?.replace(`<model type='virtio'/>`, `<model type='e1000e'/>`) ?? null;
      one.override['machines.device'] = async () => ({ state: 'pending' });
    });
    expect(await screen.findByText('Now virtio, at next start e1000e')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply Now by Re-plugging' }));
    await waitFor(() => expect(fake.called('machines.device')[0]).toMatchObject({ scope: 'live', replug: true }));
    expect(await screen.findByText(/it is plugged in again as soon as it has/)).toBeTruthy();
  });

  it('offers no re-plugging to a NIC that can’t come while the machine runs', async () => {
    const { user } = await openNic(running());
    await user.click(await screen.findByRole('button', { name: 'More source types' }));
    await user.click(await screen.findByRole('menuitem', { name: /^Multicast/ }));
    await user.type(screen.getByLabelText('Group'), '230.0.0.1');
    await user.type(screen.getByLabelText('Port'), '5000');
    expect(await screen.findByText('At next start')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Apply Now by Re-plugging' })).toBeNull();
  });

  it('stops at what only the reader of definitions knows to be wrong', async () => {
    await openNic({}, (one) => {
      const machine = one.machines.get(fakeSummary('web-01').uuid);
      if (machine)
        machine.inactive =
          machine.inactive?.replace(
            `<source bridge='br0'/>`,
            `<source bridge='br0'/><coalesce><rx><frames max='x'/></rx></coalesce><teaming type='transient'/>`,
          ) ?? null;
    });
    expect(await screen.findByText(/1 field needs attention/)).toBeTruthy();
    expect(screen.getByText('The number of frames is a whole number.')).toBeTruthy();
  });

  it('writes VLAN tags one by one, and keeps what a tag says more', async () => {
    const { user } = await openNic({}, (one) => {
      const machine = one.machines.get(fakeSummary('web-01').uuid);
      if (machine)
        machine.inactive =
          machine.inactive?.replace(
            `<source bridge='br0'/>`,
            `<source bridge='br0'/><vlan trunk='yes'><tag id='10' nativeMode='tagged'/></vlan>`,
          ) ?? null;
    });
    await user.click(screen.getByRole('button', { name: /^TAP name, / }));
    await user.type(await screen.findByLabelText('VLAN'), ',20');
    expect(screen.getByLabelText<HTMLInputElement>('VLAN').value).toBe('10,20');
    const text = screen.getByRole('region', { name: 'XML of this device' }).textContent ?? '';
    expect(text).toContain(`<tag id='10' nativeMode='tagged'/>`);
    expect(text).toContain(`<tag id='20'/>`);
  });

  it('gives a NIC its running type back, with its source', async () => {
    const { user, fake, machine } = await openNic(running(), (one) => {
      const own = one.machines.get(fakeSummary('web-01').uuid);
      if (own)
        own.live =
          own.live
            ?.replace(`<interface type='bridge'>`, `<interface type='ethernet'>`)
            .replace(`<source bridge='br0'/>`, `<target dev='tap10'/>`) ?? null;
    });
    expect(await screen.findByText('Now Ethernet TAP, at next start Bridge')).toBeTruthy();
    const [revert] = screen.getAllByRole('button', { name: 'Revert' });
    if (revert) await user.click(revert);
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).toContain(`<interface type='ethernet'>`));
    expect(fake.machines.get(machine.uuid)?.inactive).not.toContain('br0');
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
  beforeEach(() => localStorage.removeItem('tapestry.nic-strip'));
  afterEach(() => vi.unstubAllGlobals());

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

  it('tells what the guest calls the NIC, and each address with its source and age', async () => {
    const at = Date.now() - 3000;
    const told = [
      { address: 'fe80::1', prefix: 64, family: 'ipv6', source: 'agent', seenAt: at, guestName: 'eth0' },
      { address: '10.0.0.9', prefix: 24, family: 'ipv4', source: 'agent', seenAt: at, guestName: 'br7' },
      { address: '10.0.0.8', prefix: 24, family: 'ipv4', source: 'lease', seenAt: at },
    ] as const;
    const { user } = await openNic(running(), (fake) =>
      fake.nics.set(fakeSummary('web-01').uuid, [fakeNic({ guestName: 'eth0', addresses: [...told], addressReason: null })]),
    );
    const strip = await screen.findByRole('region', { name: 'This NIC now' });
    expect(await within(strip).findByText('eth0 in the guest')).toBeTruthy();
    expect(within(strip).getByText(/^br7: guest agent, \d+ s ago$/)).toBeTruthy();
    await user.click(within(strip).getByRole('button', { name: '2 more' }));
    expect(await screen.findByText(/^guest agent, \d+ s ago$/)).toBeTruthy();
    expect(screen.getByText(/^DHCP lease, \d+ s ago$/)).toBeTruthy();
    expect(screen.getByText('10.0.0.8/24')).toBeTruthy();
  });

  it('moves the cable with a flap of the link', async () => {
    const { user, fake } = await openNic(running());
    await user.click(await screen.findByRole('button', { name: 'Move Cable…' }));
    const dialog = await screen.findByRole('dialog');
    await user.type(within(dialog).getByLabelText('To bridge'), 'br-lab');
    await user.click(within(dialog).getByRole('button', { name: 'Move Cable' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('machines.device')[0]).toMatchObject({ how: 'update', scope: 'both', linkFlap: true });
    expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<source bridge='br-lab'/>`);
  });

  it.each([
    ['live', 'br0'],
    ['both', 'br-lab'],
  ])('puts a cable back that the host knows was moved, in scope %s where the definition says %s', async (scope, stored) => {
    const moved = { mac, from: 'br0', to: 'br-lab', at: Date.now() - 60_000, flapped: true };
    const { user, fake, machine } = await openNic({ ...running(), moved: [{ alias: 'net0', ...moved }] }, (one) => {
      const { uuid } = fakeSummary('web-01');
      one.nics.set(uuid, [fakeNic({ bridge: 'br-lab', moved })]);
      const known = one.machines.get(uuid);
      if (!known) throw new Error('There is no such machine.');
      const on = (bridge: string) => known.inactive?.replace("bridge='br0'", `bridge='${bridge}'`) ?? null;
      [known.live, known.inactive] = [on('br-lab'), on(stored)];
    });
    expect(screen.getByRole('button', { name: 'Cable moved to br-lab' })).toBeTruthy();
    expect(screen.getByText('Cable moved').closest<HTMLElement>('.moved-icon')?.title).toContain('from br0 to br-lab');
    await user.click(await screen.findByRole('button', { name: 'Put Back on br0' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('machines.device')[0]).toMatchObject({ scope, linkFlap: true });
    expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<source bridge='br0'/>`);
    await user.click(screen.getByRole('button', { name: 'Keep it on br-lab' }));
    await waitFor(() => expect(fake.called('networks.keepMove')).toEqual([{ machine: machine.uuid, alias: 'net0' }]));
    fake.change(machine.uuid, { moved: undefined });
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Cable moved to br-lab' })).toBeNull());
  });

  it('pulls the cable', async () => {
    const { user, fake } = await openNic(running());
    await user.click(await screen.findByRole('button', { name: 'Pull Cable' }));
    await waitFor(() => expect((fake.called('machines.device')[0] as { xml: string }).xml).toContain(`<link state='down'/>`));
  });

  it('tells why a start stopped at this NIC, with what mends it', async () => {
    const { user, fake } = await openNic({}, (one) =>
      one.nics.set(fakeSummary('web-01').uuid, [
        fakeNic({
          running: false,
          device: null,
          timeline: [{ at: 2000, kind: 'refused', text: 'br0 does not exist' }],
          finding: {
            code: 'bridge-missing',
            message: 'There is no bridge br0.',
            next: 'Make it, or pick another one.',
            fixes: [{ kind: 'create-bridge', label: 'Create br0', value: 'br0' }],
            at: 2000,
          },
        }),
      ]),
    );
    const strip = await screen.findByRole('region', { name: 'Why this NIC did not start' });
    expect(within(strip).getByRole('alert').textContent).toContain('The start of web-01 stopped at this NIC. There is no bridge br0.');
    expect(within(strip).getByText('Refused')).toBeTruthy();
    await user.click(within(strip).getByRole('button', { name: 'Create br0' }));
    await waitFor(() => expect(fake.called('networks.createBridge')).toEqual([{ name: 'br0' }]));
    await waitFor(() => expect(fake.called('machines.act')).toEqual([expect.objectContaining({ action: 'start' })]));
  });

  it('tells one fault once, on the page that mends it, and what was tried one press away', async () => {
    const error = {
      code: 'bridge-missing',
      message: 'There is no bridge br0.',
      fixes: [{ kind: 'create-bridge', label: 'Create br0', value: 'br0' }],
    };
    const { user } = await openNic({ lastError: { ...error } as never }, (one) =>
      one.nics.set(fakeSummary('web-01').uuid, [
        fakeNic({
          running: false,
          device: null,
          timeline: [{ at: 2000, kind: 'refused', text: 'br0 does not exist' }],
          finding: { ...error, path: '/domain/devices/interface/source/@bridge', at: 2000 } as never,
        }),
      ]),
    );
    await screen.findByRole('region', { name: 'Why this NIC did not start' });
    await waitFor(() => expect(screen.getAllByRole('alert')).toHaveLength(1));
    expect(screen.getAllByRole('button', { name: 'Create br0' })).toHaveLength(1);
    const list = () => screen.queryByRole('list', { name: 'What happened to this NIC' });
    expect(list()).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'What Was Tried' }));
    expect(list()).toBeNull();
    await user.click(screen.getByRole('tab', { name: 'XML' }));
    expect(await screen.findByText(/There is no bridge br0/), 'elsewhere it is told above the page').toBeTruthy();
  });

  it('is one line in a low window, with the reason for no address one press away, and opens', async () => {
    vi.stubGlobal('innerHeight', 640);
    const { user } = await openNic(running(), (fake) =>
      fake.nics.set(fakeSummary('web-01').uuid, [
        fakeNic({
          type: 'user',
          device: null,
          bridge: null,
          addressReason: '10.0.2.15 if it asks: QEMU’s own DHCP server would give it that.',
          addressAnswers: [
            { source: 'lease', answer: 'QEMU’s own DHCP server gives it 10.0.2.15, if it asks' },
            { source: 'agent', answer: 'There is no channel' },
          ],
          expectedAddress: '10.0.2.15',
        }),
      ]),
    );
    const strip = await screen.findByRole('region', { name: 'This NIC now' });
    expect(within(strip).queryByRole('list', { name: 'What happened to this NIC' }), 'the history is folded').toBeNull();
    expect(within(strip).queryByRole('button', { name: /Copy the address/ }), 'a guess is nothing to copy').toBeNull();
    expect(screen.queryByRole('button', { name: /the address of web-01/ })).toBeNull();
    await user.click(await within(strip).findByRole('button', { name: '10.0.2.15 if it asks' }));
    expect(await screen.findByText(/there is no channel/)).toBeTruthy();
    await user.click(within(strip).getByRole('button', { name: 'Show who made it, and when' }));
    expect(await within(strip).findByRole('list', { name: 'What happened to this NIC' })).toBeTruthy();
  });

  it('says that nothing goes through it while its guest is paused, and lets it not be removed', async () => {
    await openNic(running({ state: 'paused', reason: 'user' }));
    const strip = await screen.findByRole('region', { name: 'This NIC now' });
    expect(await within(strip).findByText('paused')).toBeTruthy();
    const remove = screen.getByRole('button', { name: 'Remove' });
    expect(remove.getAttribute('aria-disabled')).toBe('true');
    expect(document.getElementById(remove.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'The machine is paused: its guest can’t let go of LAN br0',
    );
  });

  it('shows a detach that the guest has not acknowledged', async () => {
    await openNic(running(), (fake) => fake.nics.set(fakeSummary('web-01').uuid, [fakeNic({ detachPending: true })]));
    expect(await screen.findByText(/the guest has not let go of it yet/)).toBeTruthy();
  });

  it('says when the NIC isn’t where its definition says, and puts it back', async () => {
    const fault = {
      code: 'bridge-missing',
      message: 'The bridge “br0” is gone, so this NIC is on none.',
      fixes: [{ kind: 'put-back', label: 'Create br0 and put back', value: 'br0' }],
    } as const;
    const timeline = [{ at: 1, kind: 'lost', text: 'left br0: the bridge is gone' }] as const;
    const { fake, user } = await openNic(running(), (api) =>
      api.nics.set(fakeSummary('web-01').uuid, [
        fakeNic({ bridge: null, portState: null, timeline: [...timeline], fault: { ...fault, fixes: [...fault.fixes] } }),
      ]),
    );
    expect(await screen.findByText('Left br0')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Create br0 and put back' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('networks.createBridge')).toEqual([{ name: 'br0' }]);
    expect(fake.called('machines.device')[0]).toMatchObject({ how: 'update' });
  });
});

describe('port forwards', () => {
  const asUser = (forwards: string) => (xml: string) =>
    xml
      .replace(`<interface type='bridge'>`, `<interface type='user'>`)
      .replace(`<source bridge='br0'/>`, `<alias name='net0'/>${forwards}`);
  const forward = (port: number) => `<portForward proto='tcp'><range start='${String(port)}' to='80'/></portForward>`;

  async function openUser(live: string, stored: string, prepare: (fake: FakeApi) => void = () => undefined) {
    const fake = new FakeApi();
    const machine = fake.add(fakeSummary('web-01', running()));
    const own = fake.machines.get(machine.uuid);
    if (own?.inactive) {
      own.live = asUser(live)(own.inactive);
      own.inactive = asUser(stored)(own.inactive).replace(`<alias name='net0'/>`, '');
    }
    prepare(fake);
    const app = renderApp(fake, `#/machine/${machine.uuid}/details/${encodeURIComponent(`interface-${mac}`)}`);
    return { fake, ...app, panel: await screen.findByRole('region', { name: 'Port forwards' }) };
  }

  it('are added at once and for the next start, and say when they are in force', async () => {
    const { user, fake, panel } = await openUser(forward(8080), forward(8081));
    expect(within(panel).getByRole('row', { name: /port 8080 80 now, not at next start/ })).toBeTruthy();
    expect(within(panel).getByRole('row', { name: /port 8081 80 at next start/ })).toBeTruthy();
    await user.type(within(panel).getByLabelText('Port of this computer'), '2222');
    await user.type(within(panel).getByLabelText('Port of the guest'), '22');
    await user.click(within(panel).getByRole('button', { name: 'Add Now' }));
    await waitFor(() =>
      expect(fake.called('networks.forward')).toEqual([
        expect.objectContaining({ how: 'add', alias: 'net0', proto: 'tcp', hostPort: 2222, guestPort: 22, scope: 'both' }),
      ]),
    );
    await user.click(within(panel).getByRole('button', { name: 'Remove the forward of tcp port 8080' }));
    await waitFor(() => expect(fake.called('networks.forward')[1]).toMatchObject({ how: 'remove', hostPort: 8080, scope: 'live' }));
    await user.click(within(panel).getByRole('button', { name: 'Remove the forward of tcp port 8081' }));
    await waitFor(() => expect(fake.called('networks.forward')[2]).toMatchObject({ how: 'remove', hostPort: 8081, scope: 'config' }));
  });

  it('that can’t be changed now can be changed for the next start', async () => {
    const { user, fake, panel } = await openUser('', '', (one) => {
      one.override['networks.forward'] = ({ scope }) =>
        scope === 'config'
          ? Promise.resolve({})
          : Promise.reject(new TapestryError('unsupported-operation', 'This QEMU can’t change them.'));
    });
    await user.type(within(panel).getByLabelText('Port of this computer'), '2222');
    await user.type(within(panel).getByLabelText('Port of the guest'), '22');
    await user.click(within(panel).getByRole('button', { name: 'Add Now' }));
    await user.click(await within(panel).findByRole('button', { name: 'At Next Start Only' }));
    await waitFor(() => expect(fake.called('networks.forward')[1]).toMatchObject({ how: 'add', hostPort: 2222, scope: 'config' }));
    await waitFor(() => expect(within(panel).queryByText(/This QEMU/)).toBeNull());
  });
});
