import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refOf } from '../../shared/contract/machine-key.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeNic } from '../testing/fake-network.ts';
import { nicMac, openNic } from '../testing/nic-page.tsx';

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
    const moved = { mac: nicMac, from: 'br0', to: 'br-lab', at: Date.now() - 60_000, flapped: true };
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
    await waitFor(() => expect(fake.called('networks.keepMove')).toEqual([{ machine: refOf(machine), alias: 'net0' }]));
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
          timeline: [{ at: 2000, kind: 'refused', error: { code: 'bridge-missing', message: 'br0 does not exist' } }],
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
    await waitFor(() => expect(fake.called('networks.createBridge')).toEqual([{ connection: 'embedded', name: 'br0' }]));
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
          timeline: [{ at: 2000, kind: 'refused', error: { code: 'bridge-missing', message: 'br0 does not exist' } }],
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
    const timeline = [{ at: 1, kind: 'lost', loss: { how: 'bridge-gone', bridge: 'br0' } }] as const;
    const { fake, user } = await openNic(running(), (api) =>
      api.nics.set(fakeSummary('web-01').uuid, [
        fakeNic({ bridge: null, portState: null, timeline: [...timeline], fault: { ...fault, fixes: [...fault.fixes] } }),
      ]),
    );
    expect(await screen.findByText('Left br0')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Create br0 and put back' }));
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    expect(fake.called('networks.createBridge')).toEqual([{ connection: 'embedded', name: 'br0' }]);
    expect(fake.called('machines.device')[0]).toMatchObject({ how: 'update' });
  });
});
