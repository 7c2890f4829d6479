import type RFB from '@novnc/novnc';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { ChannelSocket } from './channel-socket.ts';

/** How the picture is shown: as large as there is room, pixel by pixel, by so many per cent, or the guest takes the room's size. */
export type Scale = 'fit' | 'one-to-one' | 'resize-guest' | number;

/** What the page around the picture shows. */
export interface ScreenView {
  /** idle: nobody asked for it; connecting; shown; lost: it was shown, and its last picture stands dimmed. */
  readonly state: 'idle' | 'connecting' | 'shown' | 'lost';
  /** Of the guest's picture, pixels; null before the first one. */
  readonly width: number | null;
  readonly height: number | null;
  /** How large it is shown, per cent; null while that isn't known. */
  readonly percent: number | null;
  /** The guest's keys and pointer are here. */
  readonly grabbed: boolean;
  /** When the picture was lost, ms since the epoch. */
  readonly lostAt: number | null;
}

/** What a session needs of the world; tests give their own. */
export interface ScreenSource {
  open(options: { readonly readOnly: boolean; readonly clipboard: boolean }): ByteChannel;
  /** Loads noVNC: only who looks at a screen pays for it. */
  load(): Promise<typeof RFB>;
}

/** Pause before a lost screen is opened again, ms. */
const reopenAfter = 500;

const idle: ScreenView = { state: 'idle', width: null, height: null, percent: null, grabbed: false, lostAt: null };

/**
 * One screen in one page: connected while somebody can see it. A connection that is lost is made anew by itself as long as `ready` says that there is
 * something to connect to; until then the last picture stands, dimmed.
 */
export class ScreenSession {
  readonly #source: ScreenSource;
  readonly #listeners = new Set<() => void>();
  readonly #still = document.createElement('img');
  /** noVNC scales to what it is put into: by a size of its own the picture gets any scale. */
  readonly #frame = document.createElement('div');
  #box: HTMLElement | undefined;
  #rfb: RFB | undefined;
  #view = idle;
  #ready = false;
  #scale: Scale = 'fit';
  #readOnly = false;
  #clipboard = false;
  #opening = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  #copied: (text: string) => void = () => undefined;

  constructor(source: ScreenSource) {
    this.#source = source;
    this.#still.className = 'screen-still';
    this.#still.alt = '';
    this.#still.hidden = true;
    this.#frame.className = 'screen-frame';
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly view = (): ScreenView => this.#view;

  /** Shows the picture in a box, from now on. */
  attach(box: HTMLElement): void {
    this.#box = box;
    box.append(this.#still, this.#frame);
    document.addEventListener('visibilitychange', this.#see);
    this.#see();
  }

  /** Nobody looks any more: it costs nothing from now on. */
  detach(): void {
    document.removeEventListener('visibilitychange', this.#see);
    this.#box = undefined;
    this.#disconnect();
    this.#still.remove();
    this.#frame.remove();
    this.#set(idle);
  }

  /** There is something to connect to, or not. */
  setReady(ready: boolean): void {
    this.#ready = ready;
    this.#see();
  }

  setScale(scale: Scale): void {
    this.#scale = scale;
    this.#applyScale();
  }

  /** Both are part of the connection, whose other end keeps to them: it is made anew. */
  setLimits(limits: { readonly readOnly: boolean; readonly clipboard: boolean }): void {
    if (limits.readOnly === this.#readOnly && limits.clipboard === this.#clipboard) return;
    this.#readOnly = limits.readOnly;
    this.#clipboard = limits.clipboard;
    this.#disconnect();
    this.#see();
  }

  /** Gives the keyboard to the guest. */
  focus(): void {
    this.#rfb?.focus();
  }

  /** Takes it back. */
  letGo(): void {
    this.#rfb?.blur();
  }

  /** Who is told of what the guest copied, where the clipboard is shared. */
  whenCopied(tell: (text: string) => void): void {
    this.#copied = tell;
  }

  /** What is copied here is the guest's to paste. */
  copy(text: string): void {
    if (this.#clipboard) this.#rfb?.clipboardPasteFrom(text);
  }

  readonly #see = (): void => {
    if (this.#box === undefined || document.hidden || !this.#ready) {
      if (this.#rfb !== undefined && document.hidden) this.#disconnect();
      return;
    }
    if (this.#rfb === undefined) void this.#connect();
  };

  /** Never rejects: what fails is tried again. */
  async #connect(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    clearTimeout(this.#again);
    try {
      if (this.#view.state === 'idle') this.#set({ state: 'connecting' });
      const Viewer = await this.#source.load();
      const box = this.#box;
      if (box === undefined || document.hidden || !this.#ready) return;
      const channel = this.#source.open({ readOnly: this.#readOnly, clipboard: this.#clipboard });
      const rfb = new Viewer(this.#frame, new ChannelSocket(channel) as unknown as WebSocket, { shared: true });
      this.#rfb = rfb;
      rfb.viewOnly = this.#readOnly;
      rfb.background = 'transparent';
      this.#applyScale();
      rfb.addEventListener('connect', () => {
        this.#still.hidden = true;
        this.#set({ state: 'shown', lostAt: null });
        this.#measure();
      });
      rfb.addEventListener('clipboard', ({ detail }) => {
        if (this.#clipboard) this.#copied(detail.text);
      });
      rfb.addEventListener('disconnect', () => {
        if (this.#rfb !== rfb) return;
        this.#keepPicture(rfb);
        this.#rfb = undefined;
        if (this.#box === undefined) return;
        this.#set({ state: this.#view.state === 'idle' ? 'idle' : 'lost', grabbed: false, lostAt: this.#view.lostAt ?? Date.now() });
        this.#again = setTimeout(this.#see, reopenAfter);
      });
      this.#watch(box);
    } catch {
      // Nobody is there to be asked, which is told elsewhere; or it ended before noVNC had it.
      this.#again = setTimeout(this.#see, reopenAfter);
    } finally {
      this.#opening = false;
    }
  }

  /** Where the keys go, and how large the picture is, noVNC's canvas tells. */
  #watch(box: HTMLElement): void {
    const canvas = box.querySelector('canvas');
    if (canvas === null) return;
    canvas.setAttribute('aria-label', box.getAttribute('aria-label') ?? '');
    canvas.setAttribute('role', 'application');
    canvas.addEventListener('focus', () => this.#set({ grabbed: !this.#readOnly }));
    canvas.addEventListener('blur', () => this.#set({ grabbed: false }));
    new MutationObserver(() => this.#measure()).observe(canvas, { attributes: true, attributeFilter: ['width', 'height', 'style'] });
  }

  #measure(): void {
    const canvas = this.#box?.querySelector('canvas');
    if (!canvas) return;
    const { width, height, offsetWidth } = canvas;
    const another = width !== this.#view.width || height !== this.#view.height;
    this.#set({ width, height, percent: width === 0 || offsetWidth === 0 ? null : Math.round((100 * offsetWidth) / width) });
    if (another) this.#applyScale();
  }

  #applyScale(): void {
    const rfb = this.#rfb;
    if (rfb === undefined) return;
    const { width, height } = this.#view;
    const size = (pixels: number | null) =>
      typeof this.#scale === 'number' && pixels !== null && pixels > 0 ? `${String((pixels * this.#scale) / 100)}px` : '100%';
    this.#frame.style.width = size(width);
    this.#frame.style.height = size(height);
    rfb.scaleViewport = this.#scale !== 'one-to-one';
    rfb.resizeSession = this.#scale === 'resize-guest';
  }

  #keepPicture(rfb: RFB): void {
    if (this.#view.state !== 'shown') return;
    this.#still.src = rfb.toDataURL();
    this.#still.hidden = false;
  }

  #disconnect(): void {
    clearTimeout(this.#again);
    const rfb = this.#rfb;
    if (rfb === undefined) return;
    this.#keepPicture(rfb);
    this.#rfb = undefined;
    rfb.disconnect();
    this.#set({ grabbed: false });
  }

  #set(more: Partial<ScreenView>): void {
    const next = { ...this.#view, ...more };
    if ((Object.keys(next) as (keyof ScreenView)[]).every((key) => next[key] === this.#view[key])) return;
    this.#view = next;
    for (const listener of this.#listeners) listener();
  }
}
