/** In place of noVNC, which needs a canvas that draws; what the session and the page make of it doesn't. */
export class FakeViewer extends EventTarget {
  static made: FakeViewer[] = [];
  viewOnly = false;
  scaleViewport = false;
  resizeSession = false;
  background = '';
  readonly pasted: string[] = [];
  readonly canvas = document.createElement('canvas');
  readonly #socket: WebSocket;

  constructor(target: Element, socket: WebSocket) {
    super();
    this.#socket = socket;
    target.append(this.canvas);
    FakeViewer.made.push(this);
  }
  show(width: number, height: number) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.dispatchEvent(new CustomEvent('connect'));
  }
  disconnect() {
    this.#socket.close();
    this.canvas.remove();
    this.dispatchEvent(new CustomEvent('disconnect', { detail: { clean: true } }));
  }
  focus() {
    this.canvas.dispatchEvent(new Event('focus'));
  }
  blur() {
    this.canvas.dispatchEvent(new Event('blur'));
  }
  clipboardPasteFrom(text: string) {
    this.pasted.push(text);
  }
  toDataURL() {
    return 'data:image/png;base64,AA==';
  }
}
