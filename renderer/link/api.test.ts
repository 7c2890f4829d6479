import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../shared/contract/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { backOff, follow, openLink, type Session } from './api.ts';

/** Sessions that a test opens and ends by hand. */
function host() {
  const sessions: { session: Session; end: () => void; opened: number }[] = [];
  let refuse: TapestryError | undefined;
  const watchers: ((item: number) => void)[] = [];
  const connect = () => {
    if (refuse) return Promise.reject(refuse);
    const closed = Promise.withResolvers<void>();
    const client = {
      'machines.list': () => Promise.resolve([]),
      'machines.watch': async function* () {
        yield sessions.length;
        await closed.promise;
        throw new TapestryError('closed', 'gone');
      },
    } as unknown as Api;
    const session: Session = { client, closed: closed.promise, close: () => closed.resolve() };
    sessions.push({ session, end: () => closed.resolve(), opened: Date.now() });
    return Promise.resolve(session);
  };
  return { connect, sessions, watchers, refuseWith: (error?: TapestryError) => (refuse = error) };
}

/** The bound ends a wait that would never end; it measures nothing. */
const until = (test: () => boolean) => vi.waitFor(() => expect(test()).toBe(true), { timeout: 25_000 });

describe('openLink', () => {
  it('lets calls wait for the first session', async () => {
    const { connect } = host();
    const link = openLink(connect);
    expect(link.status().kind).toBe('connecting');
    await expect(link.api['machines.list']({ connection: 'embedded' })).resolves.toEqual([]);
    expect(link.status().kind).toBe('open');
    link.close();
  });
  it('says that it is lost, rejects calls meanwhile, and comes back by itself', async () => {
    const { connect, sessions, refuseWith } = host();
    const link = openLink(connect);
    await until(() => link.status().kind === 'open');
    refuseWith(new TapestryError('closed', 'no'));
    sessions[0]?.end();
    await until(() => link.status().kind === 'lost');
    await expect(link.api['machines.list']({ connection: 'embedded' })).rejects.toMatchObject({ data: { code: 'closed' } });
    refuseWith(undefined);
    link.retry();
    await until(() => link.status().kind === 'open');
    await expect(link.api['machines.list']({ connection: 'embedded' })).resolves.toEqual([]);
    link.close();
  });
  it('does not knock again where it is not let in', async () => {
    const { connect, refuseWith, sessions } = host();
    refuseWith(new TapestryError('unauthorized', 'wrong token'));
    const link = openLink(connect);
    await until(() => link.status().kind === 'refused');
    await expect(link.api['machines.list']({ connection: 'embedded' })).rejects.toMatchObject({ data: { code: 'closed' } });
    expect(sessions).toHaveLength(0);
    link.close();
  });
  it('waits longer after each failure, ten seconds at most', () => {
    expect([1, 2, 3, 20].map(backOff)).toEqual([250, 500, 1000, 10_000]);
  });
});

describe('follow', () => {
  it('subscribes again after a reconnect', async () => {
    const { connect, sessions } = host();
    const link = openLink(connect);
    const items: unknown[] = [];
    const stop = follow(
      link,
      (api, signal) => api['machines.watch']({}, { signal }),
      (item) => items.push(item),
    );
    await until(() => items.length === 1);
    sessions[0]?.end();
    await until(() => items.length === 2);
    stop();
    link.close();
  });
  it('subscribes again when the owner of the machines changes behind a link that stays', async () => {
    let subscriptions = 0;
    const client = {
      'computer.activity': async function* () {
        subscriptions += 1;
        const mine = subscriptions;
        yield await Promise.resolve(mine);
        if (mine === 1) throw new TapestryError('closed', 'The Tapestry that owned the machines’ state has ended.');
        await new Promise(() => undefined);
      },
    } as unknown as Api;
    const link = openLink(() => Promise.resolve({ client, closed: new Promise(() => undefined), close: () => undefined }));
    const items: unknown[] = [];
    const stop = follow(
      link,
      (api, signal) => api['computer.activity']({}, { signal }),
      (item) => items.push(item),
    );
    await until(() => items.length === 2);
    expect(items).toEqual([1, 2]);
    expect(link.status().kind).toBe('open');
    stop();
    link.close();
  });
});
