import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { Display } from '../../shared/contract/screens.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeTest } from '../testing/fake-support.ts';
import { renderApp } from '../testing/render-app.tsx';
import { displayAddress, viewerCommand, viewerFile } from './viewer-file.ts';
import { withScreen } from './with-screen.ts';

const spice: Display = {
  type: 'spice',
  listen: 'address',
  address: '0.0.0.0',
  port: 5901,
  tlsPort: null,
  websocket: null,
  socket: null,
  hasPassword: true,
  passwordValidTo: null,
};
const open = (fake: FakeApi, more: Partial<MachineSummary> = {}) => {
  const machine = fakeSummary('router', { consoles: [], ...running(), ...more });
  fake.add(machine, `<domain type='qemu'><name>router</name><uuid>${machine.uuid}</uuid><devices><serial type='pty'/></devices></domain>`);
  return { machine, ...renderApp(fake, `#/machine/${machine.connection}/${machine.uuid}/console`) };
};

describe('a machine without a screen', () => {
  it('says so, and adds what is missing for one', async () => {
    const fake = new FakeApi();
    const { user } = open(fake);
    expect(await screen.findByRole('heading', { name: 'router has no screen' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Add a Screen' }));
    expect(await screen.findByText(/started again/)).toBeTruthy();
    const [defined] = fake.called('machines.define') as { readonly xml: string }[];
    expect(defined?.xml).toMatch(/<graphics type='vnc'\/>[^]*<model type='virtio'\/>/);
    expect(defined?.xml).toContain(`<input type='tablet' bus='usb'/>`);
  });

  it('leads to its serial port, and from there back', async () => {
    const fake = new FakeApi();
    const consoles = [{ alias: 'serial0', label: 'Serial 1', interactive: true }];
    const { user } = open(fake, { consoles });
    await user.click(await screen.findByRole('button', { name: 'Serial 1' }));
    await user.click(await screen.findByRole('menuitemradio', { name: /^Screen/ }));
    expect(await screen.findByText('It was made without one and talks on Serial 1.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Open Serial 1' }));
    expect(await screen.findByRole('region', { name: /^Serial console serial0/ })).toBeTruthy();
  });

  it('isn’t offered one where its connection shows none', async () => {
    const fake = new FakeApi();
    fake.connections = [...fake.connections, fakeTest];
    open(fake, { connection: 'test' });
    expect(await screen.findByText('The test driver has no screens.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Add a .*Screen/ })).toBeNull();
    expect(screen.getByRole('button', { name: 'Add a Serial Port' })).toBeTruthy();
  });

  it('with SPICE says where it listens, and as it comes to have a screen here, shows that', async () => {
    const fake = new FakeApi();
    const { machine } = open(fake);
    fake.screens.tell(machine.uuid, { displays: [spice] });
    expect(await screen.findByRole('heading', { name: 'router shows its screen by SPICE' })).toBeTruthy();
    expect(screen.getByText('0.0.0.0, port 5901')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Open in virt-viewer' }).getAttribute('aria-disabled')).toBeNull();
    fake.change(machine.uuid, { id: null, state: 'shut off' });
    await waitFor(() => expect(screen.getByRole('button', { name: /^Open in virt-viewer/ }).getAttribute('aria-disabled')).toBe('true'));
    expect(screen.getByRole('button', { name: 'Add a VNC Screen Beside It' })).toBeTruthy();
  });
});

it('a viewer’s file names an address that it can reach, and no password', () => {
  expect(viewerFile('web 01\nhost=evil', spice)).toBe(
    '[virt-viewer]\ntype=spice\nhost=127.0.0.1\nport=5901\ntitle=web 01 host=evil\ndelete-this-file=1\n',
  );
  expect(viewerFile('a', { ...spice, address: '192.0.2.7', port: null, tlsPort: 5902 })).toContain('host=192.0.2.7\ntls-port=5902\n');
  expect(viewerFile('a', { ...spice, port: null })).toBeUndefined();
});

it('a display on a socket is opened by a command that a shell takes as it is', () => {
  expect(viewerCommand({ ...spice, listen: 'socket', socket: "/run/it's" })).toBe(String.raw`remote-viewer 'spice+unix:///run/it'\''s'`);
  expect(viewerCommand(spice)).toBeUndefined();
  expect(displayAddress({ ...spice, port: null })).toBe('0.0.0.0, a port that its start chooses');
  expect(displayAddress({ ...spice, listen: 'none' })).toBe('nowhere, as its definition asks');
});

describe('a definition gets what it lacks for a screen, and nothing twice', () => {
  it('a card that is none becomes one', () => {
    const none = `<domain><devices><graphics type='spice'/><video><model type='none'/></video></devices></domain>`;
    const shown = withScreen(none);
    expect(shown.match(/<video>/g)).toHaveLength(1);
    expect(shown).toContain(`<model type='virtio'/>`);
    expect(shown).toMatch(/<graphics type='spice'\/>\s*<graphics type='vnc'\/>/);
    expect(shown).toContain(`<controller type='usb' model='qemu-xhci'/>`);
    expect(withScreen(shown)).toBe(shown);
  });

  it('what is there stays as it is', () => {
    const whole = `<domain><devices><controller type='usb'/><input type='tablet' bus='usb'/><graphics type='vnc'/><video><model type='qxl'/></video></devices></domain>`;
    expect(withScreen(whole)).toBe(whole);
  });
});
