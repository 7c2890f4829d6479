import * as electron from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { app, BrowserWindow, reset, SessionDouble, state } from '../testing/electron-double.ts';
import { lockNavigation, lockSession, mayOpen } from './policies.ts';

beforeEach(reset);

/** Emits an event as Electron does and tells whether it was prevented. */
const prevented = (contents: BrowserWindow['webContents'], name: string, details: object): boolean => {
  let stopped = false;
  contents.emit(name, { ...details, preventDefault: () => (stopped = true) });
  return stopped;
};

describe('navigation', () => {
  const contents = () => {
    lockNavigation(electron.app, electron.shell, () => undefined);
    state.ready = true;
    return new BrowserWindow().webContents;
  };

  it('stays on our page', () => {
    const page = contents();
    expect(app.listenerCount('web-contents-created')).toBe(1);
    expect(prevented(page, 'will-navigate', { url: 'app://bundle/index.html' })).toBe(false);
    for (const url of ['https://example.invalid/', 'file:///etc/passwd', 'app://other/', 'javascript:alert(1)', 'data:text/html,x', '']) {
      expect(prevented(page, 'will-navigate', { url }), url).toBe(true);
      expect(prevented(page, 'will-frame-navigate', { url, isMainFrame: true }), url).toBe(true);
    }
  });

  it('has no frames, redirects or guest views', () => {
    const page = contents();
    expect(prevented(page, 'will-frame-navigate', { url: 'app://bundle/index.html', isMainFrame: false })).toBe(true);
    expect(prevented(page, 'will-redirect', { url: 'app://bundle/index.html' })).toBe(true);
    expect(prevented(page, 'will-attach-webview', {})).toBe(true);
  });

  it('opens no second window, and only documentation in the browser', () => {
    const page = contents();
    const ask = (url: string) =>
      page.openHandler?.({ url, frameName: '', features: '', disposition: 'new-window', referrer: { url: '', policy: 'default' } });
    expect(ask('https://libvirt.org/formatdomain.html')).toEqual({ action: 'deny' });
    expect(ask('https://example.invalid/')).toEqual({ action: 'deny' });
    expect(state.opened).toEqual(['https://libvirt.org/formatdomain.html']);
  });
});

it.each([
  ['https://libvirt.org/', true],
  ['http://libvirt.org/', false],
  ['https://libvirt.org.example.invalid/', false],
  ['https://user@libvirt.org/', false],
  ['https://libvirt.org:8443/', false],
  ['file:///usr/bin/xterm', false],
  ['not a link', false],
])('a link to %s may open outside: %s', (link, allowed) => {
  expect(mayOpen(link)).toBe(allowed);
});

describe('a session', () => {
  const locked = () => {
    const session = new SessionDouble();
    lockSession(session as unknown as electron.Session);
    return session;
  };

  it('gives our page the few permissions that consoles need', () => {
    const session = locked();
    const check = (permission: string, origin: string) =>
      session.check?.(null, permission as 'fullscreen', origin, { isMainFrame: true, requestingUrl: origin });
    for (const permission of ['clipboard-read', 'clipboard-sanitized-write', 'fullscreen', 'pointerLock', 'keyboardLock']) {
      expect(check(permission, 'app://bundle/'), permission).toBe(true);
      expect(check(permission, 'https://example.invalid/'), permission).toBe(false);
    }
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'usb', 'serial', 'hid', 'midi']) {
      expect(check(permission, 'app://bundle/'), permission).toBe(false);
    }
    expect(session.device?.({ deviceType: 'usb', origin: 'app://bundle', device: {} as electron.USBDevice })).toBe(false);
  });

  it('answers requests for permissions by the same list', () => {
    const session = locked();
    const ask = (permission: string, requestingUrl: string) => {
      const answers: boolean[] = [];
      session.request?.({} as electron.WebContents, permission as 'fullscreen', (granted) => answers.push(granted), {
        isMainFrame: true,
        requestingUrl,
      });
      return answers;
    };
    expect(ask('fullscreen', 'app://bundle/index.html')).toEqual([true]);
    expect(ask('fullscreen', 'https://example.invalid/')).toEqual([false]);
    expect(ask('media', 'app://bundle/index.html')).toEqual([false]);
  });

  it.each([
    ['app://bundle/main.js', false],
    ['app://elsewhere/main.js', true],
    ['devtools://devtools/bundled/inspector.html', false],
    ['data:image/png;base64,AA==', false],
    ['https://example.invalid/', true],
    ['http://127.0.0.1:1/', true],
    ['ws://127.0.0.1:1/', true],
    ['file:///etc/passwd', true],
  ])('a request for %s is cancelled: %s', (url, cancel) => {
    const answers: electron.CallbackResponse[] = [];
    locked().beforeRequest?.({ url } as electron.OnBeforeRequestListenerDetails, (answer) => answers.push(answer));
    expect(answers).toEqual([{ cancel }]);
  });
});
