import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../shared/errors.ts';
import { FakeApi } from './testing/fake-api.ts';
import { Feed } from './testing/fake-feed.ts';
import { fakeSummary, running } from './testing/fake-machines.ts';
import { fakeHost } from './testing/fake-network.ts';
import { renderApp } from './testing/render-app.tsx';

const broken = () => new TapestryError('io', 'The disk can’t be read.', { next: 'Look at its cable.' });

/** What is asked once here, and answers once. */
type Asked = 'machines.xml' | 'machines.log' | 'machines.native' | 'storage.browse' | 'host.facts';

/** Answers once with an error, then as the fake does. */
const failOnce = (fake: FakeApi, method: Asked) => {
  fake.override[method] = () => {
    Reflect.deleteProperty(fake.override, method);
    return Promise.reject<never>(broken());
  };
};

/** The same of a subscription. */
const failOnceIn = (fake: FakeApi, method: 'machines.watch' | 'networks.watch' | 'jobs.watch') => {
  fake.override[method] = () => {
    Reflect.deleteProperty(fake.override, method);
    const feed = new Feed<never>();
    feed.fail(broken());
    return feed.items();
  };
};

/** Never answers, until it is let. */
const hang = (fake: FakeApi, method: Asked) => {
  const held = Promise.withResolvers<never>();
  fake.override[method] = () => held.promise;
};

const machinePage = (fake: FakeApi, tab: string) => `#/machine/${fake.add(fakeSummary('web-01', running())).uuid}/${tab}`;
const openFromMenu = async (user: ReturnType<typeof renderApp>['user'], item: RegExp) => {
  await user.click(await screen.findByRole('button', { name: 'More for web-01' }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
  return within(await screen.findByRole('dialog'));
};

describe('a list that can’t be read says why, and is read again on demand', () => {
  it('machines', async () => {
    const fake = new FakeApi();
    fake.add(fakeSummary('web-01'));
    failOnceIn(fake, 'machines.watch');
    const { user } = renderApp(fake);
    expect(await screen.findByText(/The disk can’t be read/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try Again' }));
    expect(await screen.findByRole('row', { name: /web-01/ })).toBeTruthy();
    expect(screen.queryByText(/The disk can’t be read/)).toBeNull();
  });

  it('interfaces of the host', async () => {
    const fake = new FakeApi();
    fake.interfaces = fakeHost;
    failOnceIn(fake, 'networks.watch');
    const { user } = renderApp(fake, '#/network');
    expect(await screen.findByText(/The disk can’t be read/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try Again' }));
    expect(await screen.findByRole('button', { name: /^Bridge br0/ })).toBeTruthy();
    expect(screen.queryByText(/The disk can’t be read/)).toBeNull();
  });

  it('devices of a machine', async () => {
    const fake = new FakeApi();
    failOnce(fake, 'machines.xml');
    const { user } = renderApp(fake, machinePage(fake, 'details'));
    await user.click(await screen.findByRole('button', { name: 'Try Again' }));
    expect(await screen.findByRole('navigation', { name: 'Devices' })).toBeTruthy();
  });

  it('the definition as XML', async () => {
    const fake = new FakeApi();
    failOnce(fake, 'machines.xml');
    const { user } = renderApp(fake, machinePage(fake, 'xml'));
    await user.click(await screen.findByRole('button', { name: 'Try Again' }));
    expect(await screen.findByRole('radiogroup', { name: 'Which XML' })).toBeTruthy();
  });

  it.each([
    { what: 'QEMU’s log', item: /Log/, method: 'machines.log', region: 'Log' },
    { what: 'QEMU’s command line', item: /Command Line/, method: 'machines.native', region: 'Command line' },
  ] as const)('$what', async ({ item, method, region }) => {
    const fake = new FakeApi();
    failOnce(fake, method);
    const { user } = renderApp(fake, machinePage(fake, 'details'));
    const dialog = await openFromMenu(user, item);
    await user.click(await dialog.findByRole('button', { name: 'Try Again' }));
    expect(await dialog.findByRole('region', { name: region })).toBeTruthy();
    expect(dialog.queryByRole('alert')).toBeNull();
  });

  it('files, when an image is picked', async () => {
    const fake = new FakeApi();
    failOnce(fake, 'storage.browse');
    const { user } = renderApp(fake);
    await user.keyboard('{Control>}n{/Control}');
    await user.click(await screen.findByRole('button', { name: 'Browse for ISO image' }));
    await user.click(await screen.findByRole('button', { name: 'Try Again' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Try Again' })).toBeNull());
    expect(within(screen.getByRole('group', { name: 'Files' })).getAllByRole('button').length).toBeGreaterThan(0);
  });

  it('facts and checks of the computer', async () => {
    const fake = new FakeApi();
    failOnce(fake, 'host.facts');
    fake.override['computer.doctor'] = () => {
      Reflect.deleteProperty(fake.override, 'computer.doctor');
      return Promise.reject(new TapestryError('internal', 'The doctor is ill.'));
    };
    const { user } = renderApp(fake, '#/host');
    const doctor = within(
      await screen.findByText('The doctor is ill.', { exact: false }).then((text) => text.closest('[role=alert]') as HTMLElement),
    );
    await user.click(doctor.getByRole('button', { name: 'Try Again' }));
    await waitFor(() => expect(screen.queryByText(/The doctor is ill/)).toBeNull());
    const facts = screen.queryByRole('button', { name: 'Try Again' });
    if (facts) await user.click(facts);
    expect(await screen.findByText(/served by/)).toBeTruthy();
  });
});

describe('a list that is on its way says so', () => {
  it('files', async () => {
    const fake = new FakeApi();
    hang(fake, 'storage.browse');
    const { user } = renderApp(fake);
    await user.keyboard('{Control>}n{/Control}');
    await user.click(await screen.findByRole('button', { name: 'Browse for ISO image' }));
    expect(await screen.findByText('Reading the directory…')).toBeTruthy();
  });

  it.each([
    { item: /Log/, method: 'machines.log', says: 'Reading the log…' },
    { item: /Command Line/, method: 'machines.native', says: 'Making the launch plan…' },
  ] as const)('$method', async ({ item, method, says }) => {
    const fake = new FakeApi();
    hang(fake, method);
    const { user } = renderApp(fake, machinePage(fake, 'details'));
    expect((await openFromMenu(user, item)).getByText(says)).toBeTruthy();
  });

  it('devices, and facts of the computer', async () => {
    const fake = new FakeApi();
    hang(fake, 'machines.xml');
    hang(fake, 'host.facts');
    renderApp(fake, machinePage(fake, 'details'));
    expect(await screen.findByText('Reading the definition…')).toBeTruthy();
    location.hash = '#/host';
    expect(await screen.findByText('Looking at this computer…')).toBeTruthy();
  });
});

describe('a list that is empty says so', () => {
  it('files, by what was looked for', async () => {
    const fake = new FakeApi();
    fake.override['storage.browse'] = async () => ({ path: '/empty', parent: '/', entries: [] });
    const { user } = renderApp(fake);
    await user.keyboard('{Control>}n{/Control}');
    await user.click(await screen.findByRole('button', { name: 'Browse for ISO image' }));
    expect(await screen.findByText(/^No .*iso.* files here\.$/)).toBeTruthy();
  });

  it('the log of a machine that was never started', async () => {
    const fake = new FakeApi();
    fake.override['machines.log'] = async () => ({ path: '/log', text: '' });
    const { user } = renderApp(fake, machinePage(fake, 'details'));
    expect(await (await openFromMenu(user, /Log/)).findByText('QEMU has not written anything yet.')).toBeTruthy();
  });
});
