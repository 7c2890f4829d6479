import { describe, expect, it } from 'vitest';
import { newDomain } from '../build/new-domain.ts';
import { parseXml } from '../xml/parse.ts';
import { osinfoIdOf } from './libosinfo.ts';

const uri = 'http://libosinfo.org/xmlns/libvirt/domain/1.0';
const idIn = (metadata: string) => osinfoIdOf(parseXml(`<domain>${metadata}</domain>`).root);

describe('the operating system in the metadata', () => {
  it.each([
    [
      `<metadata><libosinfo:libosinfo xmlns:libosinfo="${uri}"><libosinfo:os id="http://debian.org/debian/12"/></libosinfo:libosinfo></metadata>`,
    ],
    [`<metadata><x xmlns="urn:x"/><o:libosinfo xmlns:o='${uri}'><o:os id='http://debian.org/debian/12'/></o:libosinfo></metadata>`],
    [`<metadata><libosinfo xmlns='${uri}'><os id='http://debian.org/debian/12'/></libosinfo></metadata>`],
  ])('is read whatever its prefix: %s', (metadata) => expect(idIn(metadata)).toBe('http://debian.org/debian/12'));

  it.each([
    [''],
    ['<metadata/>'],
    [`<metadata><libosinfo><os id="x"/></libosinfo></metadata>`],
    [`<metadata><o:libosinfo xmlns:o="urn:other"><o:os id="x"/></o:libosinfo></metadata>`],
    [`<metadata><o:libosinfo xmlns:o="${uri}"><o:os/></o:libosinfo></metadata>`],
    [`<metadata><o:libosinfo xmlns:o="${uri}"><o:os id=""/></o:libosinfo></metadata>`],
  ])('isn’t read of what is something else: %s', (metadata) => expect(idIn(metadata)).toBeUndefined());

  it('is written as libosinfo’s tools write it', () => {
    const xml = newDomain({ name: 'a', type: 'kvm', memoryKiB: 1024, vcpus: 1, os: 'http://debian.org/debian/12?a&b' });
    expect(osinfoIdOf(parseXml(xml).root)).toBe('http://debian.org/debian/12?a&b');
    expect(xml).toContain(
      `  <metadata>\n    <libosinfo:libosinfo xmlns:libosinfo='${uri}'>\n      <libosinfo:os id='http://debian.org/debian/12?a&amp;b'/>\n`,
    );
    expect(newDomain({ name: 'a', type: 'kvm', memoryKiB: 1024, vcpus: 1 })).not.toContain('metadata');
  });
});
