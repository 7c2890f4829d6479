import type { App, Session, Shell, WebContents } from 'electron';
import { pageOrigin } from './protocol.ts';

/** What consoles need: copy and paste, a whole screen, a grabbed pointer, all keys. Everything else is refused. */
const allowedPermissions: ReadonlySet<string> = new Set([
  'clipboard-read',
  'clipboard-sanitized-write',
  'fullscreen',
  'pointerLock',
  'keyboardLock',
]);

/** Hosts whose https pages a link of ours may open in the user's own browser. */
const allowedLinks: ReadonlySet<string> = new Set(['libvirt.org', 'www.qemu.org', 'wiki.qemu.org', 'www.kernel.org', 'docs.kernel.org']);

/** May this link leave the app? Only https, only to a documentation host, without credentials or a port. */
export function mayOpen(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const url = new URL(link);
  return url.protocol === 'https:' && allowedLinks.has(url.hostname) && url.port === '' && url.username === '' && url.password === '';
}

/**
 * Keeps every page where it is: no navigation, no redirect, no guest view, no second window. A link to documentation opens
 * in the user's browser.
 */
export function lockNavigation(app: Pick<App, 'on'>, shell: Pick<Shell, 'openExternal'>, log: (error: unknown) => void): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    // A reload (the page does it itself after an update of the host) is a navigation to the same origin.
    contents.on('will-navigate', (event) => {
      if (!staysHere(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !staysHere(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (mayOpen(url)) shell.openExternal(url).catch(log);
      return { action: 'deny' };
    });
  });
}

const staysHere = (url: string): boolean => URL.canParse(url) && originOf(url) === pageOrigin;

/** URL.origin is "null" for schemes that Node doesn't know: put together by hand. */
const originOf = (url: string): string => {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
};

/** The part of a session that the policies touch. */
export type LockableSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest'
>;

/**
 * Lets our page have the few permissions that consoles need, nothing else any, and nobody a device. Cancels every request that is
 * not for our own files or Chromium's developer tools: the app has no business on the network from its window.
 */
export function lockSession(session: LockableSession): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(allowedPermissions.has(permission) && staysHere(details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => allowedPermissions.has(permission) && staysHere(origin));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    const { protocol } = new URL(details.url);
    const ours = protocol === 'app:' ? staysHere(details.url) : ['devtools:', 'data:', 'blob:'].includes(protocol);
    answer({ cancel: !ours });
  });
}
