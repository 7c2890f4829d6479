import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { fakeScreen } from '../testing/fake-screens.ts';
import { FakeViewer } from '../testing/fake-viewer.ts';
import { renderApp } from '../testing/render-app.tsx';
import { useRecordedKeys } from './recorded-keys.ts';
import { screenShown } from './screen-status.tsx';

vi.mock('@novnc/novnc', async () => ({ default: (await import('../testing/fake-viewer.ts')).FakeViewer }));

beforeEach(() => {
  localStorage.clear();
  useRecordedKeys.setState({ combinations: [] });
  FakeViewer.made = [];
});

const open = async (more: Partial<ScreensState> = {}, one: Partial<ScreenState> = {}) => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('desk', running()));
  const tell = (what: Partial<ScreenState>) => fake.screens.tell(machine.uuid, { screens: [{ ...fakeScreen, ...what }], ...more });
  tell(one);
  const app = renderApp(fake, `#/machine/embedded/${machine.uuid}/console`);
  await screen.findByRole('toolbar', { name: 'Screen' });
  return { fake, machine, tell, ...app };
};
const shown = async () => {
  await waitFor(() => expect(FakeViewer.made).toHaveLength(1));
  FakeViewer.made[0]?.show(720, 400);
  await screen.findByText('Connected');
};
const sendKey = async (user: Awaited<ReturnType<typeof open>>['user'], item: string) => {
  await user.click(screen.getByRole('button', { name: 'Send Key' }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
};

it('says how the picture comes, and how large it is', async () => {
  await open();
  await shown();
  expect(screen.getByText('Private socket, no port listens for it')).toBeTruthy();
  expect(screen.getByText('720 × 400')).toBeTruthy();
});

it('keeps the last picture of a QEMU that doesn’t answer, says its age, and shows the next by itself', async () => {
  const { tell } = await open();
  await shown();
  FakeViewer.made[0]?.disconnect();
  expect(await screen.findByText(/^The picture is \d+ s old\./)).toBeTruthy();
  tell({ state: 'silent' });
  expect(await screen.findByText('QEMU doesn’t answer')).toBeTruthy();
  tell({ state: 'ready' });
  await waitFor(() => expect(FakeViewer.made.length).toBeGreaterThan(1));
  FakeViewer.made.at(-1)?.show(720, 400);
  await waitFor(() => expect(screen.queryByText(/^The picture is/)).toBeNull());
});

it('a guest that has switched its picture off is told from a picture that is lost', async () => {
  await open();
  await shown();
  FakeViewer.made[0]?.show(0, 0);
  expect(await screen.findByText('The guest has switched its picture off.')).toBeTruthy();
});

it('a screen that the run was started without says so', async () => {
  await open({}, { state: 'missing', message: 'The machine was started without this screen.' });
  expect(await screen.findByText('The machine was started without this screen.')).toBeTruthy();
  expect(FakeViewer.made).toEqual([]);
});

describe('keys', () => {
  it('a combination is sent, and a recorded one is remembered and sent, too', async () => {
    const { fake, machine, user } = await open();
    await shown();
    await sendKey(user, 'Ctrl+Alt+Delete Ctrl+Alt+End');
    await sendKey(user, 'Record a Combination…');
    const dialog = within(await screen.findByRole('dialog', { name: 'Record a combination' }));
    const field = dialog.getByRole('textbox', { name: 'Combination' });
    fireEvent.keyDown(field, { code: 'AltLeft', key: 'Alt', altKey: true });
    fireEvent.keyDown(field, { code: 'Tab', key: 'Tab', altKey: true });
    expect(field).toHaveProperty('value', 'Alt+Tab');
    await user.click(dialog.getByRole('button', { name: 'Keep It' }));
    await user.click(screen.getByRole('button', { name: 'Send Key' }));
    const [, yours] = await screen.findAllByRole('menuitem', { name: 'Alt+Tab' });
    if (!yours) throw new Error('it was not remembered');
    await user.click(yours);
    await waitFor(() =>
      expect(fake.called('screens.sendKey')).toEqual([
        { machine: refOf(machine), keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE'] },
        { machine: refOf(machine), keys: ['KEY_LEFTALT', 'KEY_TAB'] },
      ]),
    );
  });

  it('left Ctrl and Alt give the keyboard back only when both are up, and not with another key', async () => {
    await open();
    await shown();
    const [viewer] = FakeViewer.made;
    viewer?.focus();
    expect(await screen.findByText('Keys go to the guest; left Ctrl+Alt lets go')).toBeTruthy();
    const press = (code: string) => fireEvent.keyDown(window, { code });
    const release = (code: string) => fireEvent.keyUp(window, { code });
    for (const code of ['ControlLeft', 'AltLeft', 'Delete']) press(code);
    for (const code of ['Delete', 'AltLeft', 'ControlLeft']) release(code);
    press('ControlLeft');
    press('AltLeft');
    release('AltLeft');
    expect(screen.getByText('Keys go to the guest; left Ctrl+Alt lets go')).toBeTruthy();
    release('ControlLeft');
    await waitFor(() => expect(screen.queryByText('Keys go to the guest; left Ctrl+Alt lets go')).toBeNull());
  });
});

describe('the clipboard', () => {
  it('is shared only where the machine has a channel for it, and says why not', async () => {
    await open();
    const share = screen.getByRole<HTMLInputElement>('switch', { name: 'Share clipboard' });
    expect(share.disabled).toBe(true);
  });

  it('is not shared until it is switched on, and then also for the host', async () => {
    const { fake, user } = await open({ clipboard: 'on' });
    await shown();
    await user.click(screen.getByRole('switch', { name: 'Share clipboard' }));
    await waitFor(() => expect(FakeViewer.made.length).toBeGreaterThan(1));
    expect(fake.called('screens.open')).toMatchObject([{ clipboard: false }, { clipboard: true }]);
  });
});

it('a card that tells its guest of no size says so, and isn’t asked to', async () => {
  const { user } = await open({}, { model: 'cirrus' });
  await shown();
  await user.click(screen.getByRole('button', { name: 'Fit' }));
  const item = await screen.findByRole('menuitemradio', { name: 'Resize the Guest with the Window' });
  expect(item.getAttribute('aria-description')).toBe('a cirrus card tells its guest of no size');
  await user.click(item);
  expect(screen.getByRole('button', { name: 'Fit' })).toBeTruthy();
});

it('each state of a screen has its word', () => {
  const word = (view: 'idle' | 'connecting' | 'shown' | 'lost', state: ScreenState['state'], away?: string) =>
    screenShown({ state: view }, state, away).word;
  expect(word('shown', 'ready')).toBe('Connected');
  expect(word('shown', 'paused')).toBe('Paused');
  expect(word('lost', 'ready')).toBe('Not connected, connecting');
  expect(word('lost', 'off')).toBe('Shut off');
  expect(word('connecting', 'ready')).toBe('Connecting');
  expect(word('idle', 'missing')).toBe('Not connected');
  expect(word('shown', 'ready', 'The connection to Tapestry is lost')).toBe('Connection lost');
});
