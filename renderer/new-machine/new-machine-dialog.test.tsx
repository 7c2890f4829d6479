import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../shared/errors.ts';
import type { Identified, OsFacts } from '../../shared/contract/os.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeFacts, fakeSummary } from '../testing/fake-machines.ts';
import { fakeMedium, fakeOsFacts } from '../testing/fake-os.ts';
import { renderApp } from '../testing/render-app.tsx';

const open = async (fake = new FakeApi()) => {
  fake.add(fakeSummary('web-01'));
  const { user } = renderApp(fake);
  await user.click(await screen.findByRole('button', { name: 'New VM…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'New machine' }));
  return { fake, user, dialog };
};

describe('the New VM dialog', () => {
  it('marks what is missing, and makes nothing', async () => {
    const { fake, user, dialog } = await open();
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(await dialog.findByText('An ISO image is needed.')).toBeTruthy();
    expect(dialog.getByText('A machine needs a name.')).toBeTruthy();
    expect(document.activeElement).toBe(dialog.getByRole('textbox', { name: 'ISO image' }));
    expect(fake.called('storage.createImage')).toEqual([]);
  });

  it('makes the disk, then the machine, and starts it', async () => {
    const { fake, user, dialog } = await open();
    await user.type(dialog.getByRole('textbox', { name: 'ISO image' }), '/iso/debian-13.2.0.iso');
    await user.tab();
    expect((dialog.getByRole('textbox', { name: 'Name' }) as HTMLInputElement).value).toBe('debian-13');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    await waitFor(() => expect(fake.called('machines.act')).toHaveLength(1));
    expect(fake.called('storage.createImage')).toEqual([
      {
        connection: 'embedded',
        path: '/home/user/.local/share/tapestry/images/debian-13.qcow2',
        format: 'qcow2',
        sizeBytes: 20 * 1024 ** 3,
      },
    ]);
    expect(fake.called('machines.define')).toEqual([expect.objectContaining({ createOnly: true })]);
  });

  it('takes the format that the file has, whatever its name, and keeps one that was chosen by hand', async () => {
    const { fake, user, dialog } = await open();
    fake.override['storage.imageInfo'] = ({ path }: { readonly path: string }) =>
      Promise.resolve({ path, format: path.includes('noble') ? 'qcow2' : 'vmdk', virtualSize: 1024 ** 3, actualSize: 0 });
    await user.click(dialog.getByRole('radio', { name: /Existing disk/ }));
    const path = dialog.getByRole('textbox', { name: 'Disk image' });
    const format = () => dialog.getByLabelText<HTMLInputElement>('Format').value;
    const give = async (file: string) => {
      await user.clear(path);
      await user.click(path);
      await user.paste(file);
      await user.tab();
    };
    await give('/d/old.raw');
    await waitFor(() => expect(format()).toBe('vmdk (VMware)'));
    await give('/d/noble-amd64.img');
    await waitFor(() => expect(format()).toBe('qcow2'));
    await user.click(dialog.getByLabelText('Format'));
    await user.click(await screen.findByRole('option', { name: 'raw' }));
    expect(await dialog.findByText(/what the guest writes would destroy it/)).toBeTruthy();
    await user.click(path);
    await user.tab();
    expect(format()).toBe('raw');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
    expect(fake.called('machines.define')).toEqual([expect.objectContaining({ xml: expect.stringContaining("type='raw'") as string })]);
  });

  it('takes the disk away again when the definition is refused', async () => {
    const { fake, user, dialog } = await open();
    fake.override['machines.define'] = () => Promise.reject(new TapestryError('storage-full', 'The disk is full.'));
    await user.type(dialog.getByRole('textbox', { name: 'ISO image' }), '/iso/debian-13.2.0.iso');
    await user.tab();
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(await dialog.findByText(/The disk is full/)).toBeTruthy();
    expect(fake.called('storage.deleteImage')).toEqual([
      { connection: 'embedded', path: '/home/user/.local/share/tapestry/images/debian-13.qcow2' },
    ]);
  });

  it('chooses emulation, and says why, where KVM doesn’t work', async () => {
    const fake = new FakeApi();
    fake.facts = { ...fakeFacts, kvm: { usable: 'no', message: 'KVM opens, but no Linux boots under it.' } };
    const { dialog } = await open(fake);
    expect(await dialog.findByText('KVM opens, but no Linux boots under it.')).toBeTruthy();
    expect((dialog.getByRole('radio', { name: /TCG/ }) as HTMLInputElement).checked).toBe(true);
  });

  it('knows a taken name', async () => {
    const { user, dialog } = await open();
    await user.type(dialog.getByRole('textbox', { name: 'Name' }), 'web-01');
    expect(await dialog.findByText('There is a machine named web-01 already.')).toBeTruthy();
  });
});

describe('the system on a medium', () => {
  const give = async (medium: Identified = fakeMedium, facts: OsFacts = fakeOsFacts) => {
    const fake = new FakeApi();
    fake.override['os.identify'] = () => Promise.resolve(medium);
    fake.override['os.facts'] = () => Promise.resolve(facts);
    const opened = await open(fake);
    await opened.user.click(opened.dialog.getByRole('textbox', { name: 'ISO image' }));
    await opened.user.paste('/iso/x.iso');
    await opened.user.tab();
    const value = (name: string) => opened.dialog.getByRole<HTMLInputElement>('textbox', { name }).value;
    const create = async () => {
      await opened.user.click(opened.dialog.getByRole('button', { name: 'Create' }));
      await waitFor(() => expect(fake.called('machines.define')).toHaveLength(1));
      return (fake.called('machines.define')[0] as { xml: string }).xml;
    };
    return { ...opened, value, create };
  };

  it('is named with what it is known by; its needs are proposed, and it stands in the metadata', async () => {
    const { dialog, value, create } = await give();
    expect(
      await dialog.findByText(/Known by its volume name, in Tapestry’s own list\. It needs 1 vCPU, 1 GiB of memory, 10 GiB of disk/),
    ).toBeTruthy();
    expect(dialog.getByRole('img', { name: 'Debian 13' })).toBeTruthy();
    await waitFor(() => expect(value('Disk')).toBe('25'));
    expect(await create()).toContain("<libosinfo:os id='http://debian.org/debian/13'/>");
  });

  it('brings its firmware, bus, NIC and clock; what was typed stays', async () => {
    const { dialog, user, value, create } = await give(fakeMedium, {
      ...fakeOsFacts,
      bios: false,
      tpm: '2.0',
      secureBoot: 'needed',
      diskBus: 'sata',
      nicModel: 'e1000e',
      clock: 'localtime',
      recommended: { cpus: 4, memory: 8 * 1024 ** 3, disk: 64 * 1024 ** 3 },
    });
    await waitFor(() => expect(value('Memory')).toBe('8192'));
    expect(dialog.getByText('Its installer demands a TPM 2.0 and Secure Boot: add them in Details before the first start.')).toBeTruthy();
    const disk = dialog.getByRole('textbox', { name: 'Disk' });
    await user.clear(disk);
    await user.type(disk, '80');
    expect(value('Disk')).toBe('80');
    const xml = await create();
    for (const part of ["<os firmware='efi'>", "dev='sda' bus='sata'", "<model type='e1000e'/>", "<clock offset='localtime'>"])
      expect(xml).toContain(part);
  });

  it('is chosen where it may be several, and can be another one', async () => {
    const [one] = fakeMedium.systems;
    if (one === undefined) throw new Error('the fake medium has a system');
    const both = {
      ...fakeMedium,
      systems: [
        { ...one, id: 'http://microsoft.com/win/10', name: 'Windows 10' },
        { ...one, id: 'http://microsoft.com/win/11', name: 'Windows 11' },
      ],
    };
    const { dialog, user, create } = await give(both);
    const field = await dialog.findByLabelText<HTMLInputElement>('System');
    expect(field.value).toBe('Windows 11');
    await user.click(field);
    await user.click(await screen.findByRole('option', { name: 'Another one' }));
    expect(await dialog.findByText('It gets what any system can use.')).toBeTruthy();
    expect(await create()).not.toContain('libosinfo');
  });

  it('may be unknown, with the package that knows more where it is missing', async () => {
    const { dialog } = await give({ ...fakeMedium, systems: [], database: 'missing' });
    expect(await dialog.findByText(/The package osinfo-db, which knows 800 systems, is not installed/)).toBeTruthy();
  });

  it('may be unknown though the lists are there, on a medium that was cut short', async () => {
    const { dialog } = await give({
      ...fakeMedium,
      systems: [],
      iso: fakeMedium.iso && { ...fakeMedium.iso, volumeId: 'ISOIMAGE', complete: false },
    });
    expect(await dialog.findByText(/no list has a medium called “ISOIMAGE”/)).toBeTruthy();
    expect(dialog.getByText(/it was cut short/)).toBeTruthy();
  });
});
