import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { go, parseRoute } from '../state/route.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useUi } from '../state/ui-store.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeHost, fakeNic } from '../testing/fake-network.ts';
import { renderApp } from '../testing/render-app.tsx';

const openApp = (hash: string) => {
  const fake = new FakeApi();
  fake.interfaces = fakeHost;
  const machine = fake.add(fakeSummary('web-01', running()));
  const off = fake.add(fakeSummary('db-01'));
  fake.nics.set(machine.uuid, [fakeNic()]);
  return { fake, machine, off, ...renderApp(fake, hash) };
};
type App = ReturnType<typeof openApp>;

const dialogs = () => screen.queryAllByRole('dialog').length;
const question = () => screen.findByRole('dialog', { name: 'Discard what you typed?' });

/** What the fields of all dialogs say. */
const contents = () =>
  screen
    .getAllByRole('dialog')
    .flatMap((dialog) =>
      [...dialog.querySelectorAll('input')].map(({ type, checked, value }) => (/checkbox|radio/.test(type) ? checked : value)),
    );

/** Loads the page anew: nothing outlives it but what the browser keeps. */
const reload = ({ fake, unmount }: Pick<App, 'fake' | 'unmount'>) => {
  unmount();
  useDialogs.setState({ dialogs: [] });
  useUi.setState({ newMachine: { open: false } });
  return renderApp(fake, location.hash);
};

const newMachine = async ({ user }: App) => {
  await user.click(await screen.findByRole('button', { name: 'New VM…' }));
  return within(await screen.findByRole('dialog', { name: 'New machine' }));
};
const moveCable = async ({ user }: App) => {
  await user.click(await screen.findByRole('button', { name: /^web-01, NIC LAN br0/ }));
  await user.click(await screen.findByRole('button', { name: 'Move Cable…' }));
  return within(await screen.findByRole('dialog', { name: /^Move the cable of web-01/ }));
};

/** Every dialog that takes input: where it is, how it is opened, what is typed, and what its field says then. */
const typed: readonly (readonly [name: string, hash: string, type: (app: App) => Promise<() => string | boolean>])[] = [
  [
    'New VM',
    '#/machines',
    async (app) => {
      const name = (await newMachine(app)).getByRole<HTMLInputElement>('textbox', { name: 'Name' });
      await app.user.type(name, 'mail');
      return () => name.isConnected && name.value === 'mail';
    },
  ],
  [
    'New bridge',
    '#/network',
    async ({ user }) => {
      await user.click(await screen.findByRole('button', { name: /^New Bridge|^Create Bridge/ }));
      const name = within(await screen.findByRole('dialog', { name: 'New bridge' })).getByRole<HTMLInputElement>('textbox', {
        name: 'Name',
      });
      await user.type(name, 'br-mail');
      return () => name.isConnected && name.value === 'br-mail';
    },
  ],
  [
    'Move Cable',
    '#/network',
    async (app) => {
      const to = (await moveCable(app)).getByLabelText<HTMLInputElement>('To bridge');
      await app.user.type(to, 'br-la');
      await app.user.keyboard('{Escape}');
      return () => to.isConnected && to.value === 'br-la';
    },
  ],
  [
    'Add Uplink',
    '#/network',
    async ({ user }) => {
      await user.click(await screen.findByRole('button', { name: /^Add Uplink/ }));
      const time = within(await screen.findByRole('dialog', { name: 'Add an uplink' })).getByLabelText<HTMLInputElement>('Confirm within');
      await user.type(time, '0');
      return () => time.isConnected && time.value === '300';
    },
  ],
  [
    'Rename',
    '#/machines',
    async ({ user }) => {
      const row = await screen.findByRole('button', { name: /^db-01/ });
      row.focus();
      await user.keyboard('{F2}');
      const name = within(await screen.findByRole('dialog', { name: 'Rename db-01' })).getByRole<HTMLInputElement>('textbox');
      await user.type(name, '-old');
      return () => name.isConnected && name.value === 'db-01-old';
    },
  ],
  [
    'Delete',
    '#/machines',
    async ({ user }) => {
      const row = await screen.findByRole('button', { name: /^db-01/ });
      row.focus();
      await user.keyboard('{Delete}');
      const file = await within(await screen.findByRole('dialog', { name: 'Delete db-01?' })).findByRole<HTMLInputElement>('checkbox', {
        name: /qcow2/,
      });
      await user.click(file);
      return () => file.isConnected && file.checked;
    },
  ],
];

describe('a dialog that was typed into', () => {
  it.each(typed)('%s: asks on Esc, on × and beside it; staying keeps everything, Discard closes it', async (name, hash, type) => {
    const app = openApp(hash);
    const kept = await type(app);
    expect(dialogs()).toBe(1);
    const ways = [
      () => app.user.keyboard('{Escape}'),
      () => app.user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Close' })),
      () => app.user.click(document.querySelector('.mantine-Modal-overlay') ?? document.body),
    ];
    // New VM is never closed by a press beside it.
    for (const way of name === 'New VM' ? ways.slice(0, 2) : ways) {
      await way();
      await app.user.click(within(await question()).getByRole('button', { name: 'Keep Editing' }));
      await waitFor(() => expect(dialogs()).toBe(1));
      expect(kept()).toBe(true);
    }
    // Esc in the question is no for an answer.
    await app.user.keyboard('{Escape}');
    await question();
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(dialogs()).toBe(1));
    expect(kept()).toBe(true);
    await app.user.keyboard('{Escape}');
    await app.user.click(within(await question()).getByRole('button', { name: 'Discard' }));
    await waitFor(() => expect(dialogs()).toBe(0));
  });

  it.each(typed)('%s: is not left by Back without the same question', async (_name, hash, type) => {
    const app = openApp('#/host');
    await screen.findByRole('button', { name: 'New machine' });
    go(parseRoute(hash));
    const kept = await type(app);
    history.back();
    await app.user.click(within(await question()).getByRole('button', { name: 'Keep Editing' }));
    await waitFor(() => expect(location.hash).toBe(hash));
    expect(kept()).toBe(true);
  });

  it.each(typed)(
    '%s: has the browser ask before the page is loaded anew, and is open again after it, as it was',
    async (_name, hash, type) => {
      const app = openApp(hash);
      const unload = () => {
        const event = new Event('beforeunload', { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;
      };
      expect(unload()).toBe(false);
      const said = await type(app);
      expect(unload()).toBe(true);
      const title = screen.getByRole('dialog').getAttribute('aria-labelledby') ?? '';
      const name = document.getElementById(title)?.textContent ?? '';
      expect(said()).toBe(true);
      const before = contents();
      reload(app);
      await screen.findByRole('dialog', { name });
      await waitFor(() => expect(contents()).toEqual(before));
      expect(unload()).toBe(true);
    },
  );

  it('New bridge over Move Cable: both are open again after a reload', async () => {
    const app = openApp('#/network');
    const dialog = await moveCable(app);
    await app.user.click(dialog.getByLabelText('To bridge'));
    await app.user.click(await screen.findByRole('button', { name: 'Create a bridge…' }));
    await app.user.type(
      within(await screen.findByRole('dialog', { name: 'New bridge' })).getByRole('textbox', { name: 'Name' }),
      'br-mail',
    );
    reload(app);
    const again = within(await screen.findByRole('dialog', { name: 'New bridge' })).getByRole<HTMLInputElement>('textbox', {
      name: 'Name',
    });
    expect(again.value).toBe('br-mail');
    expect(dialogs()).toBe(2);
  });

  it('is not open again once it was given up, nor is one that nothing was typed into', async () => {
    const app = openApp('#/network');
    await app.user.click(await screen.findByRole('button', { name: /^New Bridge/ }));
    await screen.findByRole('dialog', { name: 'New bridge' });
    const again = reload(app);
    await again.user.click(await screen.findByRole('button', { name: /^New Bridge/ }));
    await again.user.type(within(await screen.findByRole('dialog')).getByRole('textbox', { name: 'Name' }), 'br-mail');
    await again.user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(dialogs()).toBe(0));
    reload({ ...app, ...again });
    await screen.findByRole('button', { name: /^New Bridge/ });
    expect(dialogs()).toBe(0);
  });
});

describe('Esc', () => {
  it('closes the file picker alone, and what is below keeps its text and gets the focus back', async () => {
    const app = openApp('#/machines');
    const dialog = await newMachine(app);
    await app.user.type(dialog.getByRole('textbox', { name: 'Name' }), 'mail');
    const browse = dialog.getByRole('button', { name: 'Browse for ISO image' });
    await app.user.click(browse);
    await screen.findByRole('dialog', { name: 'ISO image' });
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(dialogs()).toBe(1));
    expect(dialog.getByRole<HTMLInputElement>('textbox', { name: 'Name' }).value).toBe('mail');
    await waitFor(() => expect(document.activeElement).toBe(browse));
  });

  it('closes the new bridge over Move Cable, then Move Cable', async () => {
    const app = openApp('#/network');
    const dialog = await moveCable(app);
    await app.user.click(dialog.getByLabelText('To bridge'));
    await app.user.click(await screen.findByRole('button', { name: 'Create a bridge…' }));
    await screen.findByRole('dialog', { name: 'New bridge' });
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'New bridge' })).toBeNull());
    expect(screen.getByRole('dialog', { name: /^Move the cable/ })).toBeTruthy();
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(dialogs()).toBe(0));
  });

  it('closes the list of a field before its dialog', async () => {
    const app = openApp('#/network');
    const dialog = await moveCable(app);
    await app.user.click(dialog.getByLabelText('To bridge'));
    await screen.findByRole('option', { name: /^br-lab/ });
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('option')).toBeNull());
    expect(dialogs()).toBe(1);
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(dialogs()).toBe(0));
  });

  it('a press beside an open list closes the list alone', async () => {
    const app = openApp('#/network');
    const dialog = await moveCable(app);
    await app.user.click(dialog.getByLabelText('To bridge'));
    await screen.findByRole('option', { name: /^br-lab/ });
    await app.user.click(document.querySelector('.mantine-Modal-overlay') ?? document.body);
    await waitFor(() => expect(screen.queryByRole('option')).toBeNull());
    expect(dialogs()).toBe(1);
    await app.user.click(document.querySelector('.mantine-Modal-overlay') ?? document.body);
    await waitFor(() => expect(dialogs()).toBe(0));
  });

  it('meant for the page below a dialog closes the dialog, and leaves the search there as it is', async () => {
    const app = openApp('#/machines');
    const search = await screen.findByRole<HTMLInputElement>('searchbox', { name: 'Search machines' });
    await app.user.type(search, 'web');
    await app.user.keyboard('{F1}');
    await screen.findByRole('dialog', { name: 'Keys' });
    fireEvent.keyDown(search, { key: 'Escape' });
    await waitFor(() => expect(dialogs()).toBe(0));
    expect(search.value).toBe('web');
  });

  it('closes a menu, and nothing else', async () => {
    const app = openApp('#/machines');
    const row = await screen.findByRole('button', { name: /^db-01/ });
    await app.user.pointer({ target: row, keys: '[MouseRight]' });
    await screen.findByRole('menu');
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(row));
  });
});
