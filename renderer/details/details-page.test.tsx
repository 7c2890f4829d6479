import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

async function openDetails(device: string, more = {}) {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01', more));
  const app = renderApp(fake, `#/machine/${machine.uuid}/details/${encodeURIComponent(device)}`);
  await screen.findByRole('navigation', { name: 'Devices' });
  return { fake, machine, ...app };
}

describe('a device’s form', () => {
  it('shows the error at the field, and writes nothing until it is mended', async () => {
    const { fake, user } = await openDetails('memory');
    const memory = await screen.findByRole('textbox', { name: 'Memory' });
    await user.clear(memory);
    await user.type(memory, 'lots');
    expect(await screen.findByText('The memory is a number of MiB.')).toBeTruthy();
    expect(screen.getByRole('button', { name: /^Apply/ }).getAttribute('aria-disabled')).toBe('true');
    await user.click(screen.getByRole('button', { name: 'Go to the first' }));
    expect(document.activeElement).toBe(memory);
    await user.clear(memory);
    await user.type(memory, '4096');
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    const [{ xml }] = fake.called('machines.define') as [{ xml: string }];
    expect(xml).toContain(`<memory unit='KiB'>4194304</memory>`);
    expect(xml).toContain(`<currentMemory unit='KiB'>4194304</currentMemory>`);
    expect(xml).toContain('<!-- the LAN -->');
  });

  it('shows the XML beside the form, with the changed line', async () => {
    const { user } = await openDetails('disk-vda');
    await user.type(await screen.findByLabelText('Boot order'), '1');
    const pane = screen.getByRole('complementary', { name: 'XML' });
    await waitFor(() => expect(within(pane).getByText('new:')).toBeTruthy());
    expect(pane.textContent).toContain(`<boot order='1'/>`);
  });

  it('gives everything back on Cancel', async () => {
    const { user, fake } = await openDetails('disk-vda');
    await user.type(await screen.findByLabelText('Boot order'), '1');
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect((screen.getByLabelText('Boot order') as HTMLInputElement).value).toBe('');
    expect(fake.called('machines.define')).toHaveLength(0);
  });

  it('asks once before unapplied edits are left', async () => {
    const { user } = await openDetails('disk-vda');
    await user.type(await screen.findByLabelText('Boot order'), '1');
    await user.click(screen.getByRole('button', { name: /CPUs/ }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Discard' }));
    expect(await screen.findByLabelText('vCPUs')).toBeTruthy();
  });

  it('takes words as they are typed, with the space before the next one', async () => {
    const { user, fake, machine } = await openDetails('overview');
    for (const label of ['Title', 'Description']) {
      const field = await screen.findByLabelText(label);
      await user.type(field, 'The web');
      expect((field as HTMLInputElement).value).toBe('The web');
    }
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).toContain('<title>The web</title>'));
  });

  it('asks nothing when the page is picked that is shown already', async () => {
    const { user, machine } = await openDetails('overview');
    history.replaceState(null, '', `#/machine/${machine.uuid}/details`);
    dispatchEvent(new HashChangeEvent('hashchange'));
    await user.type(await screen.findByLabelText('Title'), 'Intranet');
    const devices = screen.getByRole('navigation', { name: 'Devices' });
    await user.click(within(devices).getByRole('button', { name: /^Overview/ }));
    await user.click(screen.getByRole('tab', { name: 'Details' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.click(within(devices).getByRole('button', { name: /CPUs/ }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Cancel' }));
    history.replaceState(null, '', `#/machine/${machine.uuid}/details/overview`);
    await user.click(screen.getByRole('tab', { name: 'Details' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect((screen.getByLabelText('Title') as HTMLInputElement).value).toBe('Intranet');
  });

  it('tells a running machine’s user that it waits for the next shutdown, and marks it as pending with Revert', async () => {
    const { user, fake, machine } = await openDetails('cpu', running());
    const vcpus = await screen.findByLabelText('vCPUs');
    await user.clear(vcpus);
    await user.type(vcpus, '4');
    expect(screen.getByText('Saves it. It takes effect after the next shutdown.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    expect(await screen.findByText('Now 2, at next start 4')).toBeTruthy();
    expect(fake.machines.get(machine.uuid)?.live).toContain('>2</vcpu>');
    await user.click(screen.getByRole('button', { name: 'Revert' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).toContain('>2</vcpu>'));
  });

  it('changes a medium while the machine runs', async () => {
    const { user, fake } = await openDetails('disk-sda', running());
    const medium = await screen.findByLabelText('Medium');
    await user.clear(medium);
    await user.type(medium, '/iso/other.iso');
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() => expect(fake.called('machines.device')).toEqual([expect.objectContaining({ how: 'update', scope: 'both' })]));
  });

  it('shows a device without a form by all of its XML', async () => {
    await openDetails('console-0');
    expect(await screen.findByText(/no form for this device/)).toBeTruthy();
    expect(screen.getByRole('textbox', { name: 'XML of console' }).textContent).toContain(`<console type='pty'`);
  });

  it('adds a device with defaults that can be changed before it is there', async () => {
    const { user, fake } = await openDetails('overview');
    await user.click(screen.getByRole('button', { name: 'Add Hardware' }));
    await user.click(await screen.findByRole('menuitem', { name: /^Serial port/ }));
    expect(await screen.findByRole('heading', { name: 'New: Serial port' })).toBeTruthy();
    expect(fake.called('machines.define')).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Add' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    expect(await screen.findByRole('heading', { name: 'Serial 2' })).toBeTruthy();
  });

  it('removes a device after asking, and names it', async () => {
    const { user, fake, machine } = await openDetails('disk-sda');
    await user.click(await screen.findByRole('button', { name: 'Remove' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove SATA CD-ROM' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.inactive).not.toContain('cdrom'));
    expect(fake.machines.get(machine.uuid)?.inactive).toContain('<!-- the LAN -->');
  });

  it('refuses to overwrite what somebody else changed meanwhile', async () => {
    const { user, fake, machine } = await openDetails('disk-vda');
    await user.type(await screen.findByLabelText('Boot order'), '1');
    const own = fake.machines.get(machine.uuid);
    if (own) own.inactive = own.inactive?.replace('2097152', '1048576') ?? null;
    fake.events.publish({ kind: 'xml', connection: 'embedded', uuid: machine.uuid });
    expect(await screen.findByText(/changed since you began to edit/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Apply' }));
    expect(await screen.findByRole('button', { name: 'Take the Stored One' })).toBeTruthy();
    expect(fake.machines.get(machine.uuid)?.inactive).not.toContain('<boot order');
  });

  it('counts the changes that are not applied', async () => {
    const { user } = await openDetails('disk-vda');
    await user.type(await screen.findByLabelText('Boot order'), '1');
    expect(screen.getByText('1 change not applied')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: /Read-only/ }));
    expect(screen.getByText('2 changes not applied')).toBeTruthy();
  });

  it('comes back to the device that one looked at, after another tab', async () => {
    const { user } = await openDetails('overview');
    await user.click(screen.getByRole('button', { name: /^Random numbers/ }));
    expect(await screen.findByRole('heading', { name: 'Random numbers' })).toBeTruthy();
    await user.click(screen.getByRole('tab', { name: 'XML' }));
    await screen.findByRole('textbox', { name: 'Definition of web-01' });
    await user.click(screen.getByRole('tab', { name: /^Details/ }));
    expect(await screen.findByRole('heading', { name: 'Random numbers' })).toBeTruthy();
  });

  it('gives the focus back to Remove when nothing is removed', async () => {
    const { user } = await openDetails('disk-vda');
    const remove = await screen.findByRole('button', { name: 'Remove' });
    await user.click(remove);
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(document.activeElement).toBe(remove));
  });
});
