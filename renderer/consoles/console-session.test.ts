import { describe, expect, it, vi } from 'vitest';
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
/** The bound ends a wait that would never end; it measures nothing. */
const until = (test: () => boolean) => vi.waitFor(() => expect(test()).toBe(true), { timeout: 25_000 });

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
    // The next run has a recording of its own, which is seen from its start.
    tell({ recordedSince: 2, start: 0, end: 5 });
    expect(session.view().cut).toBe(false);
    session.dispose();
  });

  it('answers what it is asked while it can be seen, and never what came while it couldn’t', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const { session, opened, written, tell } = port();
    tell({ start: 10 });
    opened[0]?.feed.push(bytes('unseen\u001b[6'));
    opened[0]?.feed.push(bytes('n\u001b]10;?\u0007\u001b[c'));
    await until(() => opened[0]?.taken() === 2);
    hidden.mockReturnValue(false);
    opened[0]?.feed.push(bytes(' seen\u001b[5n'));
    await until(() => written.length > 0);
    expect(screenText(session)).toBe('unseen seen');
    expect(written).toEqual(['\u001b[0n']);
    hidden.mockRestore();
    session.dispose();
  });

  it.each([
    ['seen', false, 128],
    ['hidden', true, 1024],
  ])('takes what comes at once, but in a window that is %s no more than it may keep', async (_how, isHidden, kib) => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(isHidden);
    const { session, opened, tell } = port();
    // As if the browser gave it no turn.
    const write = vi.spyOn(session.terminal, 'write').mockImplementation(() => undefined);
    tell({ start: 10 });
    for (let n = 0; n < 2 * kib; n += 1) opened[0]?.feed.push(new Uint8Array(1024));
    await until(() => (opened[0]?.taken() ?? 0) > kib);
    await new Promise((resolve) => setTimeout(resolve));
    expect(opened[0]?.taken()).toBe(kib + 1);
    write.mockRestore();
    hidden.mockRestore();
    session.dispose();
  });

  it('forgets what a guest wished that is off, and leaves its editor’s screen when it is switched on again', async () => {
    const { session, opened, tell } = port();
    const { terminal } = session;
    tell({ end: 100 });
    opened[0]?.feed.push(bytes('shell\r\n\u001b[?1049h\u001b[?1000h\u001b[?2004h\u001b[?25leditor'));
    await until(() => terminal.buffer.active.type === 'alternate');
    expect(terminal.modes).toMatchObject({ mouseTrackingMode: 'vt200', bracketedPasteMode: true });
    tell({ state: 'off', end: 43 });
    opened[0]?.feed.push(bytes(' dies'));
    await until(() => terminal.modes.mouseTrackingMode === 'none');
    expect(terminal.modes.bracketedPasteMode).toBe(false);
    await until(() => screenText(session).includes('editor dies'));
    tell({ recordedSince: 2, end: 0 });
    opened[0]?.feed.push(bytes('firmware'));
    await until(() => terminal.buffer.active.type === 'normal');
    await until(() => screenText(session) === 'shell\nfirmware');
    session.dispose();
  });

  it('has nothing to log about sequences that it doesn’t know', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { session, opened, tell } = port();
    tell();
    opened[0]?.feed.push(bytes('\u001b]4;999999;nonsense\u0007\u001b[;;;;;$z\u001b[>\u00e4done'));
    await until(() => screenText(session).endsWith('done'));
    expect(error).not.toHaveBeenCalled();
    error.mockRestore();
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
