import { afterEach, describe, expect, it } from 'vitest';
import { formatRoute, go, guardLeaving, parseRoute, type Route } from './route.ts';

afterEach(() => history.replaceState(null, '', '#/machines'));

describe('routes', () => {
  it.each<[string, Route]>([
    ['#/machines', { page: 'machines' }],
    ['#/host', { page: 'host' }],
    ['#/machine/abc/details/disk-vda', { page: 'machine', uuid: 'abc', tab: 'details', device: 'disk-vda' }],
    ['#/machine/abc/xml/12', { page: 'machine', uuid: 'abc', tab: 'xml', line: 12 }],
    ['#/machine/abc/console', { page: 'machine', uuid: 'abc', tab: 'console' }],
  ])('%s is read and written', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(formatRoute(route)).toBe(hash);
  });
  it('takes anything else for the list', () => {
    for (const hash of ['', '#', '#/nowhere', '#token=abc', '#/machine/', '#/%']) expect(parseRoute(hash)).toEqual({ page: 'machines' });
  });
  it('stays when the guard says so, and goes on when it lets it', () => {
    let proceed: (() => void) | undefined;
    const remove = guardLeaving((go) => {
      proceed = go;
      return false;
    });
    go({ page: 'host' });
    expect(location.hash).not.toBe('#/host');
    proceed?.();
    expect(location.hash).toBe('#/host');
    remove();
    go({ page: 'settings' });
    expect(location.hash).toBe('#/settings');
  });
  it('asks no guard for the page that it is at', () => {
    history.replaceState(null, '', '#/machine/abc/details/disk-vda');
    let asked = 0;
    const remove = guardLeaving(() => {
      asked += 1;
      return true;
    });
    go({ page: 'machine', uuid: 'abc', tab: 'details' });
    expect([asked, location.hash]).toEqual([0, '#/machine/abc/details/disk-vda']);
    go({ page: 'machine', uuid: 'abc', tab: 'details', device: 'disk-vd' });
    expect([asked, location.hash]).toEqual([1, '#/machine/abc/details/disk-vd']);
    remove();
  });
});
