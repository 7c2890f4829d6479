import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../../shared/errors.ts';
import { fakeSummary, running } from '../../testing/fake-machines.ts';
import { openNic } from '../../testing/nic-page.tsx';

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
    await waitFor(() => expect(fake.called('networks.createBridge')).toEqual([{ connection: 'embedded', name: 'br-prod' }]));
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
    await waitFor(() => expect(fake.called('machines.device')).toHaveLength(1));
    const [change] = fake.called('machines.device') as [{ xml: string; scope: string; stored: { xml: string; expect: string } }];
    expect(change).toMatchObject({ how: 'update', scope: 'both' });
    expect(change.xml).toContain(`<inbound average='100'/>`);
    expect(change.xml).not.toContain('mtu');
    // One call for both: what the host does or leaves, it does with all of it.
    expect(change.stored.xml).toContain(`<mtu size='1400'/>`);
    expect(change.stored.xml).toContain(`<inbound average='100'/>`);
    expect(change.stored.expect).not.toBe('');
    expect(fake.called('machines.define')).toHaveLength(0);
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

  it('re-plugs nothing while the machine is paused, and says why', async () => {
    const { user, fake } = await openNic(running({ state: 'paused', reason: 'user' }));
    await user.type(await screen.findByLabelText('MTU'), '1400');
    const button = await screen.findByRole('button', { name: 'Apply Now by Re-plugging' });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    const heard = document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent;
    expect(heard).toBe('The machine is paused: its guest can’t let go of the NIC');
    await user.click(button);
    expect(fake.called('machines.device')).toEqual([]);
  });

  it('doesn’t warn of the bridge that the failed start tells of, until another is typed', async () => {
    const lastError = {
      code: 'bridge-missing',
      message: 'The bridge “br9” does not exist.',
      path: '/domain/devices/interface/source/@bridge',
    };
    const { user } = await openNic({ reason: 'failed', lastError, lastErrorAt: 1000 }, (one) => {
      const machine = one.machines.get(fakeSummary('web-01').uuid);
      if (machine) machine.inactive = machine.inactive?.replace(`bridge='br0'`, `bridge='br9'`) ?? null;
    });
    const field = screen.getByRole('textbox', { name: 'Bridge' });
    expect(await screen.findByText('See above')).toBeTruthy();
    expect(screen.queryByText(/There is no bridge/)).toBeNull();
    await fill(user, field, 'br8');
    expect(await screen.findByText(/There is no bridge/)).toBeTruthy();
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
