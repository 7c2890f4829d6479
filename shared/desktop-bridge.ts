/**
 * How the window and the desktop host find each other: the one object that the preload script puts into the page, and the
 * message with which it hands over the page's end of the connection. Absent in the browser host.
 */

/** Name of the object on the page's global scope. */
export const bridgeName = 'tapestryDesktop';

/** What the preload script exposes as `globalThis[bridgeName]`. */
export interface DesktopBridge {
  readonly kind: 'electron';
  /** `process.platform` of the host. */
  readonly platform: string;
  /**
   * Opens a connection to the host. The page's MessagePort arrives as a `message` event on the window whose data is a
   * {@link PortMessage} with the same nonce and whose `ports[0]` is the port (a port can't cross the context bridge).
   * @param nonce 1 to 100 characters, chosen by the page, to tell answers apart; another value is refused with a TypeError
   */
  connect(nonce: string): void;
}

/** Data of the message that brings the page its port. Take it only when `event.source === window`. */
export interface PortMessage {
  readonly type: typeof portMessageType;
  readonly nonce: string;
}

/** See {@link PortMessage}. */
export const portMessageType = 'tapestry:port';

/** The one IPC channel between preload and main: it carries a MessagePort and nothing else. */
export const portChannel = 'tapestry:connect';
