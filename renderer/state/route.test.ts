import { afterEach, describe, expect, it } from 'vitest';
import { formatRoute, go, guardLeaving, parseRoute, type Route } from './route.ts';

afterEach(() => history.replaceState(null, '', '#/machines'));

describe('routes', () => {
  it.each<[string, Route]>([
    ['#/machines', { page: 'machines' }],
    ['#/host', { page: 'host' }],
    ['#/machine/test/abc/details/disk-vda', { page: 'machine', connection: 'test', uuid: 'abc', tab: 'details', device: 'disk-vda' }],
    ['#/machine/embedded/abc/xml/12', { page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'xml', line: 12 }],
    ['#/machine/embedded/abc/console', { page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'console' }],
    ['#/network', { page: 'network' }],
    ['#/network/test', { page: 'network', connection: 'test' }],
  ])('%s is read and written', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(formatRoute(route)).toBe(hash);
  });
  it.each<[string, Route]>([
    ['#/machine/abc', { page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'console' }],
    ['#/machine/abc/details/disk-vda', { page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'details', device: 'disk-vda' }],
    ['#/machine/abc/xml/12', { page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'xml', line: 12 }],
  ])('%s, from before there were several connections, is of the embedded one', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
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
    history.replaceState(null, '', '#/machine/embedded/abc/details/disk-vda');
    let asked = 0;
    const remove = guardLeaving(() => {
      asked += 1;
      return true;
    });
    go({ page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'details' });
    expect([asked, location.hash]).toEqual([0, '#/machine/embedded/abc/details/disk-vda']);
    go({ page: 'machine', connection: 'embedded', uuid: 'abc', tab: 'details', device: 'disk-vd' });
    expect([asked, location.hash]).toEqual([1, '#/machine/embedded/abc/details/disk-vd']);
    remove();
  });
});
