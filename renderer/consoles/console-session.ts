import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import type { ConsoleState } from '../../shared/contract/consoles.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';
import { TerminalQueries } from '../../shared/terminal-queries.ts';
import { errorDataOf } from '../words/errors.ts';
import { terminalFontFamily, terminalTheme } from './terminal-theme.ts';

/** What a session needs of the world; tests give their own. */
export interface ConsoleSource {
  open(from: 'start' | 'end' | number): ByteChannel;
  /** Follows the port's state over reconnects; returns its end. */
  watch(onState: (state: ConsoleState) => void): () => void;
}

/** What the page around the terminal shows. */
export interface ConsoleView {
  /** Null until the host has told it. */
  readonly state: ConsoleState | null;
  /** Our channel to the port is open. */
  readonly open: boolean;
  readonly cols: number;
  readonly rows: number;
  /** The size that was last typed to the guest from here; null before that: a serial port tells its guest none by itself. */
  readonly told: { readonly cols: number; readonly rows: number } | null;
  readonly error: ErrorData | null;
  /** Older output than the terminal holds is in the recording. */
  readonly cut: boolean;
}

/** Lines of scrollback. */
const scrollback = 20_000;
/** Bytes of history that are replayed into a new terminal: more than the scrollback holds of ordinary text. */
const replay = 2 * 1024 * 1024;
/**
 * Bytes that may wait for the terminal, which uses what waits a timer's turn at a time: one chunk a turn would be 250 a second at most,
 * fewer than come from a guest that prints without end.
 */
const ahead = 128 * 1024;
/**
 * As many while nobody can see the window, whose timers the browser slows down to one a second or less. They are taken from the channel
 * at once nevertheless, so that what the guest asks isn't answered when the window is looked at again.
 */
const unseen = 1024 * 1024;
/** RIS: everything anew, in its place between what is written before and after. */
const anew = '\u001bc';
/** Soft reset, and no mouse reports: what is left of a guest's wishes when it is off, else its next firmware is typed into by the mouse. */
const modesOff = '\u001b[!p\u001b[?1000l';
/** Back from an editor's screen, where a next power-on would leave nothing in the scrollback. */
const usualScreen = '\u001b[?1049l\u001b[!p';
/** Pause before a failed channel is opened again, ms. */
const reopenAfter = 1000;

/** Did it fail only since nobody is there to be asked: the link, or the connection, is away, which is told elsewhere. */
const isAway = (thrown: unknown): boolean =>
  thrown instanceof TapestryError && (thrown.code === 'closed' || thrown.code === 'connection-offline');

/** One serial port in this window: the terminal, its byte channel, and the port's state. Lives outside React. */
export class ConsoleSession {
  readonly terminal: Terminal;
  readonly search = new SearchAddon();
  readonly #fit = new FitAddon();
  readonly #source: ConsoleSource;
  readonly #element = document.createElement('div');
  readonly #listeners = new Set<() => void>();
  readonly #unwatch: () => void;
  readonly #encoder = new TextEncoder();
  #view: ConsoleView = { state: null, open: false, cols: 80, rows: 24, told: null, error: null, cut: false };
  #channel: ByteChannel | undefined;
  #opening = false;
  /** The open channel was opened by a state from before the last one ended: the machine may have been switched on anew since. */
  #unconfirmed = false;
  #disposed = false;
  #reopen: ReturnType<typeof setTimeout> | undefined;
  readonly #queries = new TerminalQueries();
  /** Bytes that the terminal hasn't used yet. */
  #unused = 0;
  /** Where the next byte of the recording would be read, and of which run; null when that isn't known any more. */
  #offset: { run: number | null; at: number } | null = null;

  constructor(source: ConsoleSource) {
    this.#source = source;
    this.terminal = new Terminal({
      allowProposedApi: true,
      // What a guest prints is no fault of ours: an unknown sequence isn't one for the log.
      logLevel: 'off',
      scrollback,
      screenReaderMode: true,
      cursorBlink: false,
      fontFamily: terminalFontFamily,
      fontSize: 13,
      lineHeight: 1.25,
      theme: terminalTheme,
      minimumContrastRatio: 4.5,
    });
    this.terminal.loadAddon(this.#fit);
    this.terminal.loadAddon(this.search);
    this.terminal.onData((text) => this.#send(this.#encoder.encode(text)));
    this.terminal.onBinary((text) => this.#send(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    this.terminal.onResize(({ cols, rows }) => this.#set({ cols, rows }));
    this.#element.className = 'console-terminal';
    this.#unwatch = source.watch((state) => this.#onState(state));
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly view = (): ConsoleView => this.#view;

  /** True while a page shows the terminal. */
  get attached(): boolean {
    return this.#element.isConnected;
  }

  /** Puts the terminal into a page's box; the same terminal may be put into another box later. */
  attach(box: HTMLElement): void {
    box.append(this.#element);
    if (!this.terminal.element) this.terminal.open(this.#element);
    this.fit();
  }

  /** Takes the terminal out of the page; it goes on reading. */
  detach(): void {
    this.#element.remove();
  }

  /** Makes columns and rows fill the box. */
  fit(): void {
    if (this.#element.clientWidth > 0 && this.#element.clientHeight > 0) this.#fit.fit();
  }

  /** Size of the letters, px. */
  setFontSize(size: number): void {
    if (this.terminal.options.fontSize === size) return;
    this.terminal.options.fontSize = size;
    this.fit();
  }

  /** Types a text as if at the keyboard: what comes of it is shown, wherever one had scrolled to. */
  type(text: string): void {
    this.terminal.scrollToBottom();
    this.#send(this.#encoder.encode(text));
  }

  /** Types the terminal's size to the guest's shell. */
  tellSize(): void {
    const { cols, rows } = this.#view;
    this.type(`stty cols ${String(cols)} rows ${String(rows)}\r`);
    this.#set({ told: { cols, rows } });
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#reopen);
    this.#unwatch();
    this.#channel?.close();
    this.terminal.dispose();
    this.#element.remove();
    this.#listeners.clear();
  }

  #set(part: Partial<ConsoleView>): void {
    this.#view = { ...this.#view, ...part };
    for (const listener of this.#listeners) listener();
  }

  #onState(state: ConsoleState): void {
    if (this.#disposed) return;
    if (this.#offset && this.#offset.run !== state.recordedSince) {
      // A new power-on while the channel stays open: where its bytes began in our stream can't be told any more.
      this.#offset = null;
      if (this.#unconfirmed) this.#drop();
    }
    this.#unconfirmed = false;
    const powerOn = this.#view.state?.state === 'off' && state.state !== 'off';
    // What was cut off was of the run before, whose recording is gone.
    const another = this.#view.state !== null && this.#view.state.recordedSince !== state.recordedSince;
    this.#set({ state, cut: another ? false : this.#view.cut });
    // Not sooner: its last screen may say why the guest went off.
    if (powerOn && this.terminal.buffer.active.type === 'alternate') this.terminal.write(usualScreen);
    this.#forgetModes();
    if (!this.#channel && !this.#opening) this.#open();
  }

  /** After the last words of a guest that is off, the terminal owes it nothing more. */
  #forgetModes(): void {
    const { state } = this.#view;
    if (state?.state !== 'off' || (this.#offset && this.#offset.at < state.end)) return;
    this.terminal.write(modesOff);
  }

  /** Gives the channel up without a word. */
  #drop(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.close();
  }

  /** Opens the channel where the last one ended, or with the newest part of the recording. */
  #open(): void {
    const { state } = this.#view;
    if (!state || this.#disposed) return;
    this.#opening = true;
    clearTimeout(this.#reopen);
    // What we have read counts: the state tells the recording's end only as it was when the state was told.
    const resume = this.#offset && this.#offset.at >= state.start ? this.#offset.at : null;
    const from = resume ?? Math.max(state.start, state.end - replay);
    try {
      this.#channel = this.#source.open(from);
    } catch (thrown) {
      // Without a link there is nothing to open; the state that comes after the reconnect opens it.
      this.#opening = false;
      return this.#set({ open: false, error: isAway(thrown) ? null : errorDataOf(thrown) });
    }
    // Where nothing is recorded, what is on the screen is all there is of it.
    const replays = state.limit > 0;
    if (resume === null && replays) this.terminal.write(anew);
    this.#offset = { run: state.recordedSince, at: from };
    this.#opening = false;
    this.#set({ open: true, error: null, cut: resume === null ? replays && from > 0 : this.#view.cut });
    void this.#read(this.#channel);
  }

  async #read(channel: ByteChannel): Promise<void> {
    try {
      for await (const chunk of channel.incoming) {
        if (this.#disposed || this.#channel !== channel) return;
        if (this.#offset) this.#offset.at += chunk.byteLength;
        const used = this.#write(chunk);
        // The terminal tells when it has used the bytes; when too many wait for it, no chunk is taken, and no credit returned.
        if (this.#unused > (document.hidden ? unseen : ahead)) await used;
        this.#forgetModes();
      }
      await channel.closed;
      this.#ended(channel);
    } catch (thrown) {
      this.#ended(channel, thrown);
    }
  }

  /** Resolves when the terminal has used the bytes. A window that nobody sees answers nothing: it would come too late. */
  async #write(chunk: Uint8Array): Promise<void> {
    const shown = this.#queries.pass(chunk, document.hidden);
    this.#unused += shown.byteLength;
    await new Promise<void>((resolve) => this.terminal.write(shown, resolve));
    this.#unused -= shown.byteLength;
  }

  #ended(channel: ByteChannel, thrown?: unknown): void {
    if (this.#disposed || this.#channel !== channel) return;
    this.#channel = undefined;
    this.#set({ open: false, error: thrown === undefined || isAway(thrown) ? null : errorDataOf(thrown) });
    // While its connection is away there is nothing to open: the state that comes when it is back opens it.
    if (thrown instanceof TapestryError && thrown.code === 'connection-offline') return;
    this.#reopen = setTimeout(() => {
      if (this.#channel) return;
      this.#unconfirmed = true;
      this.#open();
    }, reopenAfter);
  }

  #send(bytes: Uint8Array): void {
    const { state } = this.#view;
    if (!this.#channel || !state || state.state === 'off' || !state.interactive || bytes.byteLength === 0) return;
    // A write that fails ends the channel, which #read reports.
    this.#channel.write(bytes).catch(() => undefined);
  }
}
