import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { refOf } from '../../shared/contract/machine-key.ts';
import { TapestryError } from '../../shared/errors.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

const open = async (more = {}) => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01', more));
  const app = renderApp(fake, `#/machine/${machine.uuid}/details`);
  await screen.findByRole('toolbar', { name: 'Actions for web-01' });
  return { fake, machine, ...app };
};
const button = (name: string) => screen.getByRole('button', { name });

describe('the toolbar', () => {
  it('starts a machine that is shut off, and says why it can’t be shut down', async () => {
    const { fake, user, machine } = await open();
    const shutDown = screen.getByRole('button', { name: /^Shut Down/ });
    expect(shutDown.getAttribute('aria-disabled')).toBe('true');
    expect(shutDown.textContent).toContain('web-01 is shut off');
    await user.click(button('Start'));
    expect(fake.called('machines.act')).toEqual([{ machine: refOf(machine), action: 'start' }]);
    expect(await screen.findByRole('button', { name: 'Pause' })).toBeTruthy();
  });

  it('pauses and resumes', async () => {
    const { user } = await open(running());
    await user.click(button('Pause'));
    await user.click(await screen.findByRole('button', { name: 'Resume' }));
    expect(await screen.findByRole('button', { name: 'Pause' })).toBeTruthy();
  });

  it('asks before it forces a machine off, and does nothing on Cancel', async () => {
    const { user, fake } = await open(running());
    const force = async () => {
      await user.click(button('More ways to stop'));
      await user.click(await screen.findByRole('menuitem', { name: 'Force Off' }));
      return within(await screen.findByRole('dialog'));
    };
    await user.click((await force()).getByRole('button', { name: 'Cancel' }));
    expect(fake.called('machines.act')).toEqual([]);
    const again = await force();
    expect(again.getByText(/pulling the plug of web-01/)).toBeTruthy();
    await user.click(again.getByRole('button', { name: 'Force Off web-01' }));
    await waitFor(() => expect(fake.called('machines.act')).toHaveLength(1));
  });

  it('offers the harder step for a shutdown that lasts', async () => {
    await open(running({ transition: { kind: 'stopping', since: Date.now() - 40_000 } }));
    expect(await screen.findByText(/Shutting down \d/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Force Off' })).toBeTruthy();
  });
});

describe('a start that fails', () => {
  const refuse = (fake: FakeApi) => {
    fake.override['machines.act'] = () =>
      Promise.reject(
        new TapestryError('kvm-unavailable', 'KVM can’t be used here.', {
          detail: 'open /dev/kvm: EACCES',
          fixes: [{ kind: 'use-tcg', label: 'Use TCG Instead' }],
        }),
      );
  };

  it('says why, shows the raw words on demand, and mends it with the button', async () => {
    const { fake, user, machine } = await open();
    refuse(fake);
    await user.click(button('Start'));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('web-01 did not start. KVM can’t be used here.');
    expect(alert.textContent).not.toContain('EACCES');
    await user.click(within(alert).getByRole('button', { name: 'Show Details' }));
    expect(alert.textContent).toContain('EACCES');
    delete fake.override['machines.act'];
    await user.click(within(alert).getByRole('button', { name: 'Use TCG Instead' }));
    await waitFor(() => expect(fake.machines.get(machine.uuid)?.summary.state).toBe('running'));
    const xml = fake.machines.get(machine.uuid)?.inactive ?? '';
    expect(xml).toContain(`<domain type='qemu'>`);
    expect(xml).toContain(`<cpu mode='maximum'/>`);
    expect(screen.queryByText(/did not start/)).toBeNull();
  });

  it('stays on the page until it is dismissed', async () => {
    const { fake, user } = await open();
    refuse(fake);
    await user.click(button('Start'));
    await user.click(await screen.findByRole('button', { name: 'Dismiss this message' }));
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe('deleting', () => {
  it('forces a running machine off in the same call, so that a refusal leaves it running', async () => {
    const { fake, user, machine } = await open(running());
    fake.override['machines.undefine'] = () => Promise.reject(new TapestryError('disk-in-use', 'The disk is another machine’s too.'));
    await user.click(button('More for web-01'));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Delete web-01' }));
    expect(await dialog.findByText(/another machine’s too/)).toBeTruthy();
    expect(fake.called('machines.undefine')).toMatchObject([{ machine: refOf(machine), destroy: true }]);
    expect(fake.called('machines.act')).toEqual([]);
  });

  it('takes no disk along unless it was ticked', async () => {
    const { fake, user, machine } = await open();
    await user.click(button('More for web-01'));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByRole('checkbox', { name: /web-01\.qcow2/ }));
    await user.click(dialog.getByRole('button', { name: 'Delete web-01 and 1 file' }));
    await waitFor(() =>
      expect(fake.called('machines.undefine')).toEqual([
        { machine: refOf(machine), removeDisks: ['/home/user/.local/share/tapestry/images/web-01.qcow2'], nvram: 'remove', destroy: false },
      ]),
    );
    expect(location.hash).toBe('#/machines');
  });

  const withVariables = (fake: FakeApi, uuid: string, nvram: string) => {
    const machine = fake.machines.get(uuid);
    if (machine?.inactive)
      machine.inactive = machine.inactive.replace(
        /<os[^>]*>/,
        `$&<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>${nvram}</nvram>`,
      );
  };

  it.each([
    { where: 'elsewhere', path: '/var/lib/libvirt/qemu/nvram/web-01_VARS.fd', ticked: false },
    { where: 'in our directory', path: '/home/user/.local/state/tapestry/machines/x/web-01_VARS.fd', ticked: true },
  ])('shows the UEFI variables $where, ticked only where they are ours, and tells what stays', async ({ path, ticked }) => {
    const fake = new FakeApi();
    const machine = fake.add(fakeSummary('web-01'));
    withVariables(fake, machine.uuid, path);
    const { user } = renderApp(fake, `#/machine/${machine.uuid}/details`);
    fake.override['machines.undefine'] = async () => ({ kept: [{ path, what: 'nvram' }] });
    await user.click(await screen.findByRole('button', { name: 'More for web-01' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
    const dialog = within(await screen.findByRole('dialog'));
    const box = await dialog.findByRole<HTMLInputElement>('checkbox', { name: `${path} UEFI variables` });
    await waitFor(() => expect(box.checked).toBe(ticked));
    await user.click(dialog.getByRole('button', { name: 'Delete web-01' }));
    await waitFor(() =>
      expect(fake.called('machines.undefine')).toEqual([
        { machine: refOf(machine), removeDisks: [], nvram: ticked ? 'remove' : 'keep', destroy: false },
      ]),
    );
    expect(await screen.findByText(`web-01 is deleted. Kept: UEFI variables in ${path}.`)).toBeTruthy();
  });

  it('removes UEFI variables elsewhere when they are ticked', async () => {
    const fake = new FakeApi();
    const machine = fake.add(fakeSummary('web-01'));
    withVariables(fake, machine.uuid, '/vars.fd');
    const { user } = renderApp(fake, `#/machine/${machine.uuid}/details`);
    await user.click(await screen.findByRole('button', { name: 'More for web-01' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByRole('checkbox', { name: '/vars.fd UEFI variables' }));
    await user.click(dialog.getByRole('button', { name: 'Delete web-01 and 1 file' }));
    await waitFor(() => expect(fake.called('machines.undefine')).toMatchObject([{ nvram: 'remove' }]));
  });
});

describe('the header and the tabs', () => {
  it('counts what waits for the next start on the Details tab', async () => {
    const { fake, user, machine } = await open(running());
    await user.click(await screen.findByRole('button', { name: /^CPUs/ }));
    const vcpus = await screen.findByLabelText('vCPUs');
    await user.clear(vcpus);
    await user.type(vcpus, '4');
    await user.click(button('Apply'));
    expect(await screen.findByRole('tab', { name: 'Details 1 pending' })).toBeTruthy();
    expect(fake.machines.get(machine.uuid)?.summary.pending).toBe(true);
  });

  it('shows the XML instead of the form where there is no room for both', async () => {
    const { user } = await open();
    const choice = within(await screen.findByRole('radiogroup', { name: 'Form or XML' }));
    await user.click(choice.getByRole('radio', { name: 'XML' }));
    expect(document.querySelector('.device-columns')?.getAttribute('data-shown')).toBe('xml');
  });
});

describe('keys on a machine', () => {
  const row = async () => (await screen.findByRole('navigation', { name: 'Main' })).querySelector<HTMLElement>('[aria-current=page]');

  it('renames with F2, and gives the focus back on Escape', async () => {
    const { user } = await open();
    const here = await row();
    here?.focus();
    await user.keyboard('{F2}');
    expect(await screen.findByRole('dialog', { name: 'Rename web-01' })).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(here));
  });

  it('asks before it deletes with Delete, and does not rename what runs', async () => {
    const { user, fake } = await open(running());
    (await row())?.focus();
    await user.keyboard('{F2}');
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.keyboard('{Delete}');
    expect(await screen.findByRole('dialog', { name: 'Delete web-01?' })).toBeTruthy();
    expect(fake.called('machines.undefine')).toEqual([]);
  });
});

describe('a machine that crashed', () => {
  it('says so over its console, and opens QEMU’s log from the message', async () => {
    const { user } = await open({
      state: 'crashed',
      reason: 'failed',
      lastError: { code: 'qemu-exited', message: 'QEMU ended while the machine was running.', next: 'Look at its log.' },
    });
    await user.click(screen.getByRole('tab', { name: 'Console' }));
    expect(await screen.findByText(/web-01 has crashed/)).toBeTruthy();
    await user.click(within(screen.getByRole('alert')).getByRole('button', { name: 'Show QEMU Log…' }));
    expect(await screen.findByRole('dialog', { name: /log/i })).toBeTruthy();
  });
});
