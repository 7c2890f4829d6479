import { describe, expect, it } from 'vitest';
import '../testing/render-app.tsx';
import type { ConsoleState } from '../../shared/contract/consoles.ts';
import { TapestryError } from '../../shared/errors.ts';
import { Feed } from '../testing/fake-feed.ts';
import { ConsoleSession } from './console-session.ts';

const base: ConsoleState = {
  state: 'connected',
  alias: 'serial0',
  recordedSince: 1,
  start: 0,
  end: 10,
  limit: 1000,
  viewers: 1,
  interactive: true,
};

/** A port whose channels the test feeds and ends. */
function port() {
  const opened: { from: unknown; feed: Feed<Uint8Array>; taken: () => number }[] = [];
  const written: string[] = [];
  let tell: (state: ConsoleState) => void = () => undefined;
  const session = new ConsoleSession({
    machine: 'm',
    alias: 'serial0',
    watch: (onState) => {
      tell = onState;
      return () => undefined;
    },
    open: (from) => {
      const feed = new Feed<Uint8Array>();
      let taken = 0;
      opened.push({ from, feed, taken: () => taken });
      return {
        incoming: (async function* () {
          for await (const chunk of feed.items()) {
            taken += 1;
            yield chunk;
          }
        })(),
        write: (bytes) => {
          written.push(new TextDecoder().decode(bytes));
          return Promise.resolve();
        },
        close: () => feed.end(),
        closed: Promise.resolve(),
      };
    },
  });
  return { session, opened, written, tell: (state: Partial<ConsoleState> = {}) => tell({ ...base, ...state }) };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const screenText = (session: ConsoleSession) => {
  const { active } = session.terminal.buffer;
  return Array.from({ length: active.length }, (_unused, row) => active.getLine(row)?.translateToString(true) ?? '')
    .join('\n')
    .trim();
};
const until = async (test: () => boolean) => {
  for (let n = 0; n < 500 && !test(); n += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(test()).toBe(true);
};

describe('ConsoleSession', () => {
  it('shows what came before and what comes, whether a page shows it or not', async () => {
    const { session, opened, tell } = port();
    tell();
    expect(opened[0]?.from).toBe(0);
    opened[0]?.feed.push(bytes('hello '));
    opened[0]?.feed.push(bytes('world'));
    await until(() => screenText(session) === 'hello world');
    session.dispose();
  });

  it('goes on where it was after a lost channel, without a byte twice', async () => {
    const { session, opened, tell } = port();
    tell();
    opened[0]?.feed.push(bytes('0123456789'));
    await until(() => screenText(session) === '0123456789');
    opened[0]?.feed.end();
    await until(() => opened.length === 2);
    expect(opened[1]?.from).toBe(10);
    opened[1]?.feed.push(bytes('abc'));
    await until(() => screenText(session) === '0123456789abc');
    session.dispose();
  });

  it('goes on at its own offset when the host that owns the machines changes, whatever the last state said of the end', async () => {
    const { session, opened, tell } = port();
    tell({ end: 4 });
    opened[0]?.feed.push(bytes('0123456789'));
    await until(() => screenText(session) === '0123456789');
    opened[0]?.feed.fail(new TapestryError('closed', 'The Tapestry that owned the machines’ state has ended.'));
    await until(() => opened.length === 2);
    expect(opened[1]?.from).toBe(10);
    expect(session.view().error).toBeNull();
    tell({ end: 12 });
    opened[1]?.feed.push(bytes('ab'));
    await until(() => screenText(session) === '0123456789ab');
    expect(opened).toHaveLength(2);
    session.dispose();
  });

  it('opens anew when it turns out that the machine was switched on again while there was no host', async () => {
    const { session, opened, tell } = port();
    tell();
    opened[0]?.feed.push(bytes('old run'));
    await until(() => screenText(session) === 'old run');
    opened[0]?.feed.fail(new TapestryError('closed', 'gone'));
    await until(() => opened.length === 2);
    expect(opened[1]?.from).toBe(7);
    tell({ recordedSince: 2, end: 3 });
    expect(opened[2]?.from).toBe(0);
    opened[1]?.feed.push(bytes('of another stream'));
    opened[2]?.feed.push(bytes('new'));
    await until(() => screenText(session) === 'new');
    expect(opened).toHaveLength(3);
    session.dispose();
  });

  it('begins anew when the recording is another one', async () => {
    const { session, opened, tell } = port();
    tell();
    opened[0]?.feed.push(bytes('old run'));
    await until(() => screenText(session) === 'old run');
    tell({ recordedSince: 2, end: 3 });
    opened[0]?.feed.end();
    await until(() => opened.length === 2);
    expect(opened[1]?.from).toBe(0);
    opened[1]?.feed.push(bytes('new'));
    await until(() => screenText(session) === 'new');
    session.dispose();
  });

  it('replays only the newest part of a long recording, and says so', () => {
    const { session, opened, tell } = port();
    tell({ start: 0, end: 64 * 1024 ** 2 });
    expect(opened[0]?.from).toBe(62 * 1024 ** 2);
    expect(session.view().cut).toBe(true);
    session.dispose();
  });

  it('types only into a port that listens', async () => {
    const { session, written, tell } = port();
    session.type('lost');
    tell({ state: 'off' });
    session.type('lost too');
    tell({ state: 'connected', interactive: false });
    session.type('and this');
    tell();
    session.type('ls\r');
    await until(() => written.length === 1);
    expect(written).toEqual(['ls\r']);
    session.dispose();
  });
});
