import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeIdentified, fakeMedium } from '../testing/fake-os.ts';
import { fakeEmbedded } from '../testing/fake-support.ts';
import { renderApp } from '../testing/render-app.tsx';

afterEach(() => localStorage.removeItem('tapestry.folders'));

async function openPicker(fake = new FakeApi()) {
  const { user, unmount } = renderApp(fake, '#/machines');
  await user.keyboard('{Control>}n{/Control}');
  const below = within(await screen.findByRole('dialog', { name: 'New machine' }));
  await user.click(below.getByRole('button', { name: 'Browse for ISO image' }));
  const picker = within(await screen.findByRole('dialog', { name: 'ISO image' }));
  await picker.findByRole('table');
  const picked = () => below.getByRole<HTMLInputElement>('textbox', { name: 'ISO image' }).value;
  const names = () =>
    within(picker.getByRole('table'))
      .getAllByRole('row')
      .slice(1)
      .map((row) => within(row).getByRole('button').textContent);
  return { fake, user, unmount, picker, picked, names };
}

describe('the file picker', () => {
  it('begins in the downloads, with the files that fit, their sizes and dates, and sorts by each', async () => {
    const { user, picker, names } = await openPicker();
    expect(picker.getByRole<HTMLInputElement>('textbox', { name: 'Path' }).value).toBe('/home/user/Downloads');
    expect(names()).toEqual(['iso', 'alpine.iso', 'debian-13.iso']);
    expect(picker.getByText('632 MiB')).toBeTruthy();
    await user.click(picker.getByRole('button', { name: 'Size' }));
    expect(names()).toEqual(['iso', 'debian-13.iso', 'alpine.iso']);
    await user.click(picker.getByRole('button', { name: 'Changed' }));
    expect(names()).toEqual(['iso', 'alpine.iso', 'debian-13.iso']);
    expect(picker.getByRole('columnheader', { name: 'Changed' }).getAttribute('aria-sort')).toBe('descending');
  });

  it('says what files are by their content, and asks nothing of a connection that can’t', async () => {
    const fake = new FakeApi();
    fake.override['os.identify'] = ({ path }) =>
      path.endsWith('debian-13.iso')
        ? Promise.resolve({ ...fakeMedium, path })
        : Promise.resolve({ ...fakeIdentified, path, kind: 'disk', format: 'qcow2' });
    const { picker, unmount } = await openPicker(fake);
    const row = (name: string) => within(picker.getByRole('row', { name: new RegExp(name) }));
    expect(await row('debian-13.iso').findByText('Debian 13')).toBeTruthy();
    expect(row('alpine.iso').getByText('Disk image (qcow2)')).toBeTruthy();
    expect(fake.called('os.identify')).toHaveLength(2);
    unmount();
    const other = new FakeApi();
    other.connections = [
      { ...fakeEmbedded, support: { ...fakeEmbedded.support, identify: { no: 'backend', message: 'Nothing is looked into.' } } },
    ];
    const { picker: without } = await openPicker(other);
    expect(without.queryByRole('columnheader', { name: 'What it is' })).toBeNull();
    expect(other.called('os.identify')).toEqual([]);
  });

  it('shows all files, and hidden ones, when asked', async () => {
    const { user, picker, names } = await openPicker();
    await user.click(picker.getByRole('radio', { name: 'All 3' }));
    expect(names()).toContain('notes.txt');
    await user.click(picker.getByRole('checkbox', { name: 'Hidden files' }));
    await waitFor(() => expect(names()).toContain('.hidden.iso'));
  });

  it('takes a typed path: ~ and a folder go there, a file is picked', async () => {
    const { user, picker, picked } = await openPicker();
    const path = picker.getByRole<HTMLInputElement>('textbox', { name: 'Path' });
    await user.clear(path);
    await user.type(path, '~/iso{Enter}');
    await waitFor(() => expect(path.value).toBe('/home/user/iso'));
    await user.clear(path);
    await user.type(path, '~/other.iso{Enter}');
    await waitFor(() => expect(picked()).toBe('/home/user/other.iso'));
  });

  it('is walked by keys: letters and arrows mark, Enter opens, Backspace goes up, Esc leaves it alone', async () => {
    const { user, picker, picked } = await openPicker();
    const path = () => picker.getByRole<HTMLInputElement>('textbox', { name: 'Path' }).value;
    picker.getByRole('button', { name: 'alpine.iso' }).focus();
    await user.keyboard('i{Enter}');
    await waitFor(() => expect(path()).toBe('/home/user/Downloads/iso'));
    (await picker.findByRole('button', { name: 'alpine.iso' })).focus();
    await user.keyboard('{Backspace}');
    await waitFor(() => expect(path()).toBe('/home/user/Downloads'));
    (await picker.findByRole('button', { name: 'alpine.iso' })).focus();
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{Enter}');
    await waitFor(() => expect(picked()).toBe('/home/user/Downloads/debian-13.iso'));
  });

  it('has Cancel and Open, and begins next time where one picked last', async () => {
    const { user, picker, picked, unmount, fake } = await openPicker();
    expect(picker.getByRole('button', { name: 'Open' }).getAttribute('aria-disabled')).toBe('true');
    await user.click(picker.getByRole('button', { name: 'Home' }));
    await user.click(await picker.findByRole('button', { name: 'debian-13.iso' }));
    await user.click(picker.getByRole('button', { name: 'Open' }));
    expect(picked()).toBe('/home/user/debian-13.iso');
    unmount();
    sessionStorage.clear();
    const again = await openPicker(fake);
    expect(again.picker.getByRole<HTMLInputElement>('textbox', { name: 'Path' }).value).toBe('/home/user');
    await again.user.click(again.picker.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'ISO image' })).toBeNull());
  });

  it('says what is not here, and has a way to show all', async () => {
    const fake = new FakeApi();
    const { user, picker } = await openPicker(fake);
    fake.override['storage.browse'] = async () => ({
      path: '/srv',
      parent: '/',
      entries: [{ name: 'a.txt', path: '/srv/a.txt', kind: 'file', size: 1, modified: 0 }],
    });
    await user.click(picker.getByRole('button', { name: 'Home' }));
    expect(await picker.findByText('No .iso files here.')).toBeTruthy();
    await user.click(picker.getByRole('button', { name: 'Show All Files' }));
    expect(await picker.findByRole('button', { name: 'a.txt' })).toBeTruthy();
  });
});
