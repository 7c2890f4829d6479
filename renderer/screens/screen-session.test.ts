import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { FakeViewer } from '../testing/fake-viewer.ts';
import { ScreenSession, type ScreenSource } from './screen-session.ts';

const opened: { readonly readOnly: boolean; readonly clipboard: boolean; closed: boolean }[] = [];
const session = () =>
  new ScreenSession({
    open: (limits) => {
      const one = { ...limits, closed: false };
      opened.push(one);
      return {
        incoming: (async function* () {})(),
        write: () => Promise.resolve(),
        close: () => (one.closed = true),
        closed: new Promise(() => undefined),
      } as ByteChannel;
    },
    load: () => Promise.resolve(FakeViewer) as unknown as ReturnType<ScreenSource['load']>,
  });
const box = document.createElement('div');
const turns = () => vi.advanceTimersByTimeAsync(0);
const hide = (hidden: boolean) => {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
  document.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers();
  FakeViewer.made = [];
  opened.length = 0;
  document.body.replaceChildren(box);
  box.replaceChildren();
});
afterEach(() => {
  hide(false);
  vi.useRealTimers();
});

it('connects when there is something to be seen, and tells the size and where the keys go', async () => {
  const one = session();
  one.attach(box);
  await turns();
  expect(opened).toEqual([]);
  one.setReady(true);
  await turns();
  expect(opened).toEqual([{ readOnly: false, clipboard: false, closed: false }]);
  expect(one.view().state).toBe('connecting');
  FakeViewer.made[0]?.show(720, 400);
  expect(one.view()).toMatchObject({ state: 'shown', width: 720, height: 400, grabbed: false });
  one.focus();
  expect(one.view().grabbed).toBe(true);
  one.letGo();
  expect(one.view().grabbed).toBe(false);
  one.detach();
  expect(opened[0]?.closed).toBe(true);
  expect(one.view().state).toBe('idle');
});

it('keeps the last picture when it is lost, and connects again by itself while there is something to be seen', async () => {
  const one = session();
  one.attach(box);
  one.setReady(true);
  await turns();
  FakeViewer.made[0]?.show(640, 480);
  FakeViewer.made[0]?.disconnect();
  expect(one.view()).toMatchObject({ state: 'lost', lostAt: expect.any(Number) as number });
  expect(box.querySelector<HTMLImageElement>('.screen-still')?.hidden).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(FakeViewer.made).toHaveLength(2);
  FakeViewer.made[1]?.show(640, 480);
  expect(one.view()).toMatchObject({ state: 'shown', lostAt: null });
  expect(box.querySelector<HTMLImageElement>('.screen-still')?.hidden).toBe(true);
  // Off: nothing to connect to, and nothing is asked.
  one.setReady(false);
  FakeViewer.made[1]?.disconnect();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(FakeViewer.made).toHaveLength(2);
  one.setReady(true);
  await turns();
  expect(FakeViewer.made).toHaveLength(3);
  one.detach();
});

it('tries again where there is nobody to be asked, and where it ended before it began', async () => {
  let asked = 0;
  const one = new ScreenSession({
    open: () => {
      asked += 1;
      throw new Error('the host is away');
    },
    load: () => Promise.resolve(FakeViewer) as unknown as ReturnType<ScreenSource['load']>,
  });
  one.attach(box);
  one.setReady(true);
  await turns();
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toBeGreaterThan(1);
  one.detach();
  const before = asked;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(before);
});

it('costs nothing while nobody can see the window', async () => {
  const one = session();
  one.attach(box);
  one.setReady(true);
  await turns();
  FakeViewer.made[0]?.show(640, 480);
  hide(true);
  expect(opened[0]?.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(FakeViewer.made).toHaveLength(1);
  hide(false);
  await turns();
  expect(FakeViewer.made).toHaveLength(2);
  one.detach();
});

it('says at the connection itself what must not cross', async () => {
  const one = session();
  const told: string[] = [];
  one.whenCopied((text) => told.push(text));
  one.attach(box);
  one.setReady(true);
  await turns();
  const [first] = FakeViewer.made;
  first?.show(640, 480);
  one.copy('secret');
  first?.dispatchEvent(new CustomEvent('clipboard', { detail: { text: 'theirs' } }));
  expect([first?.pasted, told]).toEqual([[], []]);
  one.setLimits({ readOnly: true, clipboard: true });
  await turns();
  expect(opened).toMatchObject([
    { readOnly: false, clipboard: false, closed: true },
    { readOnly: true, clipboard: true, closed: false },
  ]);
  const second = FakeViewer.made[1];
  second?.show(640, 480);
  expect(second?.viewOnly).toBe(true);
  second?.dispatchEvent(new CustomEvent('clipboard', { detail: { text: 'theirs' } }));
  one.copy('mine');
  expect([second?.pasted, told]).toEqual([['mine'], ['theirs']]);
  one.focus();
  expect(one.view().grabbed).toBe(false);
  one.detach();
});

it('scales as it was chosen, also what is connected later', async () => {
  const one = session();
  one.setScale('one-to-one');
  one.attach(box);
  one.setReady(true);
  await turns();
  expect(FakeViewer.made[0]).toMatchObject({ scaleViewport: false, resizeSession: false });
  one.setScale('resize-guest');
  expect(FakeViewer.made[0]).toMatchObject({ scaleViewport: true, resizeSession: true });
  one.setScale('fit');
  expect(FakeViewer.made[0]).toMatchObject({ scaleViewport: true, resizeSession: false });
  // By so many per cent of the guest's pixels: what it scales to gets that size.
  FakeViewer.made[0]?.show(640, 480);
  one.setScale(50);
  const frame = box.querySelector<HTMLElement>('.screen-frame');
  expect(FakeViewer.made[0]).toMatchObject({ scaleViewport: true, resizeSession: false });
  expect([frame?.style.width, frame?.style.height]).toEqual(['320px', '240px']);
  FakeViewer.made[0]?.show(1024, 768);
  expect([frame?.style.width, frame?.style.height]).toEqual(['512px', '384px']);
  one.setScale('fit');
  expect([frame?.style.width, frame?.style.height]).toEqual(['100%', '100%']);
  one.detach();
});
