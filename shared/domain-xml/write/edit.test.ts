import { diffLines } from 'diff';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../errors.ts';
import { elementAt, parseXml, setName, setUuid, switchInterfaceType, updateInterface } from '../index.ts';
import type { Interface } from '../../domain/interface.ts';
import { corpusCases } from '../testing/corpus.ts';
import { domainOf } from '../testing/domain-of.ts';
import { randomFrom } from '../testing/random.ts';
import { sampleDomain } from '../testing/sample.ts';
import type { XmlDocument } from '../xml/nodes.ts';

const sample = parseXml(sampleDomain);
const nicPath = '/domain/devices/interface[1]';

/** Lines that an edit took away and put in, without blanks around. */
const change = (before: XmlDocument, after: XmlDocument): { gone: string[]; come: string[] } => {
  const lines = (parts: readonly { value: string }[]) => parts.flatMap(({ value }) => value.split('\n').filter((line) => line !== ''));
  const parts = diffLines(before.text, after.text);
  return {
    gone: lines(parts.filter(({ removed }) => removed)).map((line) => line.trim()),
    come: lines(parts.filter(({ added }) => added)).map((line) => line.trimEnd()),
  };
};

const nic = (document: XmlDocument, index = 0): Interface => {
  const found = domainOf(document).devices.interfaces[index];
  if (found === undefined) throw new Error('no interface');
  return found;
};

describe('updateInterface', () => {
  it('changes nothing when nothing was edited', () => {
    for (const one of domainOf(sample).devices.interfaces) expect(updateInterface(sample, one.path, one)).toBe(sample);
  });

  it('changes one attribute and keeps its quotes', () => {
    const after = updateInterface(sample, nicPath, { ...nic(sample), source: { type: 'bridge', bridge: "br'0 & co" } });
    expect(change(sample, after)).toEqual({ gone: ["<source bridge='br200'/>"], come: ["      <source bridge='br&apos;0 &amp; co'/>"] });
    const other = updateInterface(sample, '/domain/devices/interface[2]', { ...nic(sample, 1), target: 'tap"11' });
    expect(change(sample, other)).toEqual({ gone: ['<target dev="tap10"/>'], come: ['      <target dev="tap&quot;11"/>'] });
  });

  it('puts new children where libvirt puts them, indented as their siblings', () => {
    const after = updateInterface(sample, nicPath, {
      ...nic(sample),
      mtu: 9000,
      link: 'down',
      target: 'lan0',
      driver: { queues: 4, name: 'vhost' },
    });
    expect(change(sample, after)).toEqual({
      gone: [],
      come: [
        "      <target dev='lan0'/>",
        "      <driver name='vhost' queues='4'/>",
        "      <link state='down'/>",
        "      <mtu size='9000'/>",
      ],
    });
    const order = elementAt(after, nicPath)?.children.flatMap((node) => (node.kind === 'element' ? [node.name] : []));
    expect(order).toEqual(['mac', 'source', 'target', 'model', 'driver', 'link', 'mtu', 'address', 'future']);
  });

  it('removes the line of what goes', () => {
    const { model: _, ...rest } = nic(sample);
    expect(change(sample, updateInterface(sample, nicPath, rest))).toEqual({ gone: ["<model type='virtio'/>"], come: [] });
  });

  it('keeps comments, unknown elements and spellings of what is edited around them', () => {
    const after = updateInterface(sample, nicPath, { ...nic(sample), mac: '52:54:00:00:00:01', model: 'e1000' });
    expect(after.text).toContain("<!-- the house's network -->");
    expect(after.text).toContain("<future feature='yes'/>");
    expect(after.text).toContain("domain='0x0000' bus='0x00' slot='0x03'");
  });

  it('pairs repeated children, so that removing one leaves the others', () => {
    const xml = `<domain><devices>
    <interface type='user'>
      <portForward proto='tcp'>
        <range start='22' to='2022'/>
        <!-- web -->
        <range start='80'/>
        <range start='443' end='450'/>
      </portForward>
      <backend type='passt'/>
    </interface>
  </devices></domain>`;
    const document = parseXml(xml);
    const before = nic(document);
    const [forward] = before.portForwards;
    if (forward === undefined) throw new Error('no forward');
    const without = updateInterface(document, before.path, {
      ...before,
      portForwards: [{ ...forward, ranges: forward.ranges.filter(({ start }) => start !== 80) }],
    });
    expect(change(document, without)).toEqual({ gone: ["<range start='80'/>"], come: [] });
    const more = updateInterface(document, before.path, {
      ...before,
      portForwards: [{ ...forward, ranges: [...forward.ranges, { start: 8080 }] }],
    });
    expect(change(document, more)).toEqual({ gone: [], come: ["        <range start='8080'/>"] });
  });

  it('opens an empty element for its first children, with CR LF and tabs as it finds them', () => {
    const document = parseXml('<domain>\r\n\t<devices>\r\n\t\t<interface type="user"/>\r\n\t</devices>\r\n</domain>\r\n');
    const after = updateInterface(document, '/domain/devices/interface', { ...nic(document), mac: '52:54:00:00:00:01', model: 'virtio' });
    expect(after.text).toBe(
      '<domain>\r\n\t<devices>\r\n\t\t<interface type="user">\r\n\t\t\t<mac address="52:54:00:00:00:01"/>\r\n\t\t\t<model type="virtio"/>\r\n\t\t</interface>\r\n\t</devices>\r\n</domain>\r\n',
    );
  });

  it('says when nothing is there, and when it is no NIC', () => {
    expect(() => updateInterface(sample, '/domain/devices/interface[9]', nic(sample))).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
    expect(() => updateInterface(sample, '/domain/devices/disk', nic(sample))).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});

describe('sections', () => {
  it('change one line each', () => {
    const edits: [XmlDocument, string[], string[]][] = [
      [setName(sample, 'a<b'), ['<name>sample</name>'], ['  <name>a&lt;b</name>']],
      [
        setUuid(sample, '00000000-0000-4000-8000-000000000000'),
        ['<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>'],
        ['  <uuid>00000000-0000-4000-8000-000000000000</uuid>'],
      ],
    ];
    for (const [after, gone, come] of edits) expect(change(sample, after)).toEqual({ gone, come });
  });
});

describe('switchInterfaceType', () => {
  it('takes away what the new type cannot have, and says so', () => {
    const rich: Interface = {
      ...nic(sample),
      target: 'lan0',
      mtu: 9000,
      portIsolated: true,
      bandwidth: { inbound: { average: 100 } },
      coalesceRxFrames: 5,
      driver: { queues: 4 },
      backend: { tap: '/dev/t' },
    };
    const { nic: switched, removed } = switchInterfaceType(rich, 'user');
    expect(removed.map(({ field }) => field).toSorted()).toEqual(
      ['backend.tap', 'bandwidth', 'coalesceRxFrames', 'mtu', 'portIsolated', 'queues', 'target'].toSorted(),
    );
    expect(switched).toMatchObject({ type: 'user', source: { type: 'user' }, model: 'virtio', mac: rich.mac });
    const full = updateInterface(sample, nicPath, rich);
    const after = updateInterface(full, nicPath, switched);
    expect(change(sample, after)).toEqual({
      gone: ["<interface type='bridge'>", "<source bridge='br200'/>"],
      come: ["    <interface type='user'>"],
    });
  });

  it('keeps all there is when nothing is in the way', () => {
    const { removed, nic: switched } = switchInterfaceType(nic(sample, 1), 'bridge');
    expect(removed).toEqual([]);
    expect(switched.target).toBe('tap10');
    expect(switchInterfaceType(nic(sample), 'bridge')).toEqual({ nic: nic(sample), removed: [] });
    expect(switchInterfaceType({ ...nic(sample), model: 'e1000' }, 'vdpa')).toMatchObject({
      nic: { model: 'virtio' },
      removed: [{ field: 'model' }],
    });
  });
});

describe('random edits', () => {
  /** Edits that forms make; each says what it means by the model that must come out. */
  const edits: ((nic: Interface, random: (below: number) => number) => Interface)[] = [
    (one, random) => ({ ...one, mac: `52:54:00:00:00:${(16 + random(200)).toString(16)}` }),
    (one, random) => (one.type === 'bridge' ? { ...one, mtu: 1000 + random(8000), link: random(2) === 0 ? 'up' : 'down' } : one),
    (one, random) => (one.type === 'bridge' ? { ...one, bandwidth: { inbound: { average: 1 + random(1000) } } } : one),
    (one) => (one.type === 'bridge' ? { ...one, target: 'lan0' } : one),
    (one) => (one.type === 'hostdev' || one.type === 'vdpa' ? one : { ...one, coalesceRxFrames: 5 }),
  ];

  it('come out as the model that was written, and touch nothing but their device', () => {
    const random = randomFrom(4711);
    const documents = [
      sampleDomain,
      ...corpusCases()
        .map(({ text }) => text)
        .filter((_, index) => index % 12 === 0),
    ].map(parseXml);
    let made = 0;
    for (const document of documents) {
      for (const device of domainOf(document).devices.interfaces) {
        for (const edit of edits) {
          const wanted = edit(device, random);
          if (wanted === device) continue;
          const after = updateInterface(document, device.path, wanted);
          const found = domainOf(after).devices.interfaces.find(({ path }) => path === device.path);
          expect(found, device.path).toEqual(wanted);
          // Everything outside the device's own text is there as it was.
          const was = elementAt(document, device.path);
          const is = elementAt(after, device.path);
          expect(after.text.slice(0, is?.start)).toBe(document.text.slice(0, was?.start));
          expect(after.text.slice(is?.end)).toBe(document.text.slice(was?.end));
          // And the way back leads to the same meaning.
          expect(domainOf(updateInterface(after, device.path, device)).devices).toEqual(domainOf(document).devices);
          made += 1;
        }
      }
    }
    // The sample alone has two NICs.
    expect(made).toBeGreaterThan(5);
  });

  it('never break the document, whatever text a form puts in', () => {
    const random = randomFrom(11);
    const letters = ['<', '>', '&', '"', "'", '\n', '\t', '\r', ']]>', '--', 'é', '😀', ' ', 'a', '&amp;', '<!--'];
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: 1 + random(12) }, () => letters[random(letters.length)] ?? '').join('');
      const bridged = updateInterface(sample, nicPath, { ...nic(sample), source: { type: 'bridge', bridge: `b${text}` } });
      expect(nic(bridged).source).toEqual({ type: 'bridge', bridge: `b${text}` });
      expect(domainOf(setName(sample, `d${text}`)).name).toBe(`d${text}`);
      expect(setName(setName(sample, `d${text}`), 'sample').text).toBe(sample.text);
    }
  });

  it('refuse characters that no XML can hold, with a typed error', () => {
    expect(() => setName(sample, 'a\u0000b')).toThrow(TapestryError);
  });
});
