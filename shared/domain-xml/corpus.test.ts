import { XMLParser } from 'fast-xml-parser';
import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalizeXml, diffDomains, parseXml, readDomain, serializeXml, updateInterface } from './index.ts';
import { corpusCases, corpusMissing } from './testing/corpus.ts';
import type { XmlNode } from './xml/nodes.ts';

/** Refusals that only an emulator's capabilities, the host, or address assignment can tell: the launch plan's part. */
const notInXml = new Set([
  'cpu-hotplug-granularity',
  'cpu-s390-features',
  'hostdev-subsys-mdev-vfio-ccw',
  'hostdev-vfio-zpci-autogenerate-fids',
  'hostdev-vfio-zpci',
  'hugepages-default-5M',
  'hugepages-memaccess3',
  'iothreads-nocap',
  'numatune-memnode-unavailable-strict',
  'numatune-static-nodeset-exceed-hostnode',
  'pcie-expander-bus-bad-bus',
  'pseries-features-ccf',
  'pseries-features-hpt-pagesize',
  'pseries-features-htm',
  'pseries-features-ibs',
  'pseries-features-sbbc',
  'q35-dmi-bad-address2',
  'usb-controller-default-unavailable-q35',
  'usb-controller-qemu-xhci-unavailable',
  'virtio-iommu-invalid-address',
  'virtio-options-memballoon-freepage-reporting',
]);

/** Refused by libvirt 9.0, taken by later ones, which store such definitions. */
const takenSince = new Set(['firmware-auto-efi-loader-insecure', 'firmware-auto-efi-loader-path']);

/** Our tree in the shape of fast-xml-parser's ordered mode. */
const ordered = (nodes: readonly XmlNode[]): unknown[] =>
  nodes.map((node) => {
    if (node.kind === 'text') return { '#text': node.value };
    if (node.kind === 'cdata') return { '#cdata': [{ '#text': node.value }] };
    if (node.kind === 'comment') return { '#comment': [{ '#text': node.value }] };
    if (node.kind === 'instruction') return { [`?${node.target}`]: [{ '#text': '' }] };
    const attributes = Object.fromEntries(node.attributes.map(({ name, value }) => [`@_${name}`, value]));
    return { [node.name]: ordered(node.children), ...(node.attributes.length === 0 ? {} : { ':@': attributes }) };
  });

describe('the conformance corpus', () => {
  beforeEach(({ skip }) => {
    if (corpusMissing !== undefined) skip(corpusMissing);
  });

  const cases = corpusCases();

  it('is read and written without a change', () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const { text } of cases) {
      const document = parseXml(text);
      expect(serializeXml(document)).toBe(text);
      expect(canonicalizeXml(parseXml(canonicalizeXml(document)))).toBe(canonicalizeXml(document));
    }
  });

  it('is the tree that fast-xml-parser reads in ordered mode', () => {
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      trimValues: false,
      parseTagValue: false,
      commentPropName: '#comment',
      cdataPropName: '#cdata',
      ignoreDeclaration: true,
    });
    for (const { name, text } of cases) {
      const document = parseXml(text);
      const theirs = parser.parse(text) as unknown[];
      // It also reports the blanks around the root.
      expect(ordered(document.nodes), name).toEqual(
        theirs.filter((node) => !(typeof node === 'object' && node !== null && '#text' in node)),
      );
    }
  });

  it.each(cases.filter(({ refusal, name }) => refusal === undefined && name !== 'vhost_queues'))('understands all of $name', ({ text }) => {
    const { problems, unclaimed } = readDomain(parseXml(text));
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
    expect(unclaimed).toEqual([]);
  });

  it.each(cases.filter(({ refusal, name }) => refusal !== undefined && !notInXml.has(name) && !takenSince.has(name)))(
    'refuses $name by element: $refusal',
    ({ text }) => {
      const problems = readDomain(parseXml(text)).problems.filter(({ severity }) => severity !== 'warning');
      expect(problems).not.toEqual([]);
      for (const { path, line, column } of problems) {
        expect(path).toMatch(/^\/domain\/[a-z]/);
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }
    },
  );

  it('does not change when a NIC is written as it was read', () => {
    let written = 0;
    for (const { name, text } of cases) {
      const document = parseXml(text);
      for (const nic of readDomain(document).domain.devices.interfaces) {
        expect(updateInterface(document, nic.path, nic).text, `${name} ${nic.path}`).toBe(text);
        written += 1;
      }
    }
    expect(written).toBeGreaterThan(50);
  });

  it('differs in nothing from itself', () => {
    for (const { name, text } of cases) {
      const document = parseXml(text);
      expect(diffDomains(readDomain(document).domain, readDomain(document, { live: true }).domain), name).toEqual([]);
    }
  });
});
