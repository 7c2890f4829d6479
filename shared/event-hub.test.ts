import { describe, expect, it } from 'vitest';
import { EventHub } from './event-hub.ts';

const take = async <T>(items: AsyncGenerator<T, void, undefined>, count: number): Promise<T[]> => {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await items.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
};

describe('EventHub', () => {
  it('gives the snapshot first and then every item, to each watcher', async () => {
    const hub = new EventHub<string>();
    const controller = new AbortController();
    const a = hub.subscribe(controller.signal, () => ['snapshot']);
    const b = hub.subscribe(controller.signal, () => []);
    const taken = Promise.all([take(a, 3), take(b, 2)]);
    await Promise.resolve();
    hub.publish('one');
    hub.publish('two');
    expect(await taken).toEqual([
      ['snapshot', 'one', 'two'],
      ['one', 'two'],
    ]);
    expect(hub.watched).toBe(true);
    controller.abort();
    await Promise.all([a.next(), b.next()]);
    expect(hub.watched).toBe(false);
  });

  it('lets newer items with the same key replace those that wait', async () => {
    const hub = new EventHub<{ id: string; n: number }>();
    const controller = new AbortController();
    const items = hub.subscribe(
      controller.signal,
      () => [{ id: 'start', n: 0 }],
      (item) => item.id,
    );
    await items.next();
    for (let n = 0; n < 1000; n += 1) hub.publish({ id: n % 2 === 0 ? 'even' : 'odd', n });
    expect(await take(items, 2)).toEqual([
      { id: 'even', n: 998 },
      { id: 'odd', n: 999 },
    ]);
    controller.abort();
    expect((await items.next()).done).toBe(true);
  });

  it('holds no more than its bound', async () => {
    const hub = new EventHub<number>();
    const controller = new AbortController();
    const items = hub.subscribe(
      controller.signal,
      () => [-1],
      () => undefined,
      3,
    );
    await items.next();
    for (let n = 0; n < 10; n += 1) hub.publish(n);
    expect(await take(items, 3)).toEqual([7, 8, 9]);
    controller.abort();
    await items.next();
  });

  it('ends a watcher that waits when its signal aborts', async () => {
    const hub = new EventHub<number>();
    const controller = new AbortController();
    const next = hub.subscribe(controller.signal, () => []).next();
    controller.abort();
    expect((await next).done).toBe(true);
    expect(hub.watched).toBe(false);
  });
});
