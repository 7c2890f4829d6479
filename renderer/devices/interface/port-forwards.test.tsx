import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../../shared/errors.ts';
import { FakeApi } from '../../testing/fake-api.ts';
import { fakeSummary, running } from '../../testing/fake-machines.ts';
import { nicAddress } from '../../testing/nic-page.tsx';
import { renderApp } from '../../testing/render-app.tsx';

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
    const app = renderApp(fake, nicAddress(machine.uuid));
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
