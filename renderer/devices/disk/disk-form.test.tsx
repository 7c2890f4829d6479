import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../testing/fake-api.ts';
import { fakeSummary } from '../../testing/fake-machines.ts';
import { renderApp } from '../../testing/render-app.tsx';

/** The format of the files is told by their folder: no name says it. */
const openDisk = async () => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01'));
  fake.override['storage.imageInfo'] = ({ path }: { readonly path: string }) =>
    Promise.resolve({ path, format: path.split('/')[1] ?? '', virtualSize: 1024 ** 3, actualSize: 0 });
  const app = renderApp(fake, `#/machine/${machine.uuid}/details/disk-vda`);
  const image = await screen.findByLabelText<HTMLInputElement>('Image');
  const format = () => screen.getByLabelText<HTMLInputElement>('Format').value;
  const choosePath = async (path: string) => {
    await app.user.clear(image);
    await app.user.click(image);
    await app.user.paste(path);
    await app.user.tab();
  };
  const chooseFormat = async (name: RegExp) => {
    await app.user.click(screen.getByLabelText('Format'));
    await app.user.click(await screen.findByRole('option', { name }));
  };
  return { ...app, fake, format, choosePath, chooseFormat };
};

describe('the format of a disk', () => {
  it('is the one that the file has, whatever its name', async () => {
    const { format, choosePath } = await openDisk();
    for (const [path, label] of [
      ['/qcow2/noble-amd64.img', 'qcow2'],
      ['/raw/backup.qcow2', 'raw'],
      ['/vmdk/appliance', 'vmdk (VMware)'],
      ['/luks/secret.img', 'raw'],
    ] as const) {
      await choosePath(path);
      await waitFor(() => expect(format()).toBe(label));
    }
  });

  it('stays as chosen by hand, with a warning and a way back', async () => {
    const { user, format, choosePath, chooseFormat } = await openDisk();
    await choosePath('/qcow2/a.img');
    await waitFor(() => expect(format()).toBe('qcow2'));
    await chooseFormat(/^raw/);
    expect(await screen.findByText(/what the guest writes would destroy it/)).toBeTruthy();
    await choosePath('/qcow2/b.img');
    expect(await screen.findByText(/what the guest writes would destroy it/)).toBeTruthy();
    expect(format()).toBe('raw');
    await user.click(screen.getByRole('button', { name: 'Set to qcow2' }));
    await waitFor(() => expect(format()).toBe('qcow2'));
    expect(screen.queryByText(/what the guest writes would destroy it/)).toBeNull();
  });
});
