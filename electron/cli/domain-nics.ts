import { attributeValue, childElements, firstChild, parseXml, type XmlDocument, type XmlElement } from '../../shared/domain-xml/index.ts';
import { childAttribute, withChildText, withoutElement, withReplaced } from '../../shared/domain-xml/edit/texts.ts';
import { applySplices } from '../../shared/domain-xml/xml/edit.ts';
import { CliError } from './context.ts';

/** A NIC as virsh's tables name it. */
export interface ListedNic {
  readonly element: XmlElement;
  readonly target: string | undefined;
  readonly type: string;
  readonly source: string | undefined;
  readonly model: string | undefined;
  readonly mac: string | undefined;
  readonly alias: string | undefined;
  readonly link: 'up' | 'down';
}

/** The NICs of a definition, in its order. */
export function nicsOf(document: XmlDocument): ListedNic[] {
  const devices = firstChild(document.root, 'devices');
  return (devices === undefined ? [] : childElements(devices, 'interface')).map((element) => {
    const of = (child: string, attribute: string): string | undefined => {
      const found = firstChild(element, child);
      return found === undefined ? undefined : attributeValue(found, attribute);
    };
    return {
      element,
      target: of('target', 'dev'),
      type: attributeValue(element, 'type') ?? 'user',
      source:
        of('source', 'bridge') ??
        of('source', 'network') ??
        of('source', 'dev') ??
        of('source', 'address') ??
        of('source', 'name') ??
        of('source', 'path'),
      model: of('model', 'type'),
      mac: of('mac', 'address'),
      alias: of('alias', 'name'),
      link: of('link', 'state') === 'down' ? 'down' : 'up',
    };
  });
}

/** The NIC that a TAP's name, a MAC or (ours) an alias means. */
export function findNic(xml: string, name: string): { document: XmlDocument; nic: ListedNic } | undefined {
  const document = parseXml(xml);
  const wanted = name.toLowerCase();
  const nic = nicsOf(document).find(({ target, mac, alias }) => target === name || mac?.toLowerCase() === wanted || alias === name);
  return nic === undefined ? undefined : { document, nic };
}

/** The NIC's XML as a document of its own, for device changes. */
export function nicXml(document: XmlDocument, nic: ListedNic): string {
  return document.text.slice(nic.element.start, nic.element.end);
}

/** The NIC's XML with its `<link state>` set (libvirt: formatdomain, "Modifying virtual link state"). */
export function withLink(nic: string, state: 'up' | 'down'): string {
  const document = parseXml(nic);
  return applySplices(document, childAttribute(document, document.root, 'link', 'state', state)).text;
}

/** libvirt's `<bandwidth>` numbers of one direction: KiB/s, and KiB for the burst. */
export interface Rate {
  readonly average: number;
  readonly peak?: number;
  readonly burst?: number;
  readonly floor?: number;
}

/** Reads virsh's `average,peak,burst,floor`. @throws CliError that names the part which is no number, in virsh's words */
export function readRate(text: string): Rate {
  const names = ['average', 'peak', 'burst', 'floor'];
  const parts = text.split(',');
  const wrong = parts.findIndex((part, n) => n >= names.length || !(/^\d+$/.test(part) || (n > 0 && part === '')));
  if (wrong !== -1)
    throw new CliError({
      code: 'invalid',
      message: `field '${names[wrong] ?? parts[wrong]}' is malformed`,
      next: 'Give average,peak,burst as whole numbers: KiB/s, KiB/s, KiB.',
    });
  const [average, peak, burst, floor] = parts.map((part) => (part === '' ? undefined : Number(part)));
  return {
    average: average ?? 0,
    ...(peak === undefined ? {} : { peak }),
    ...(burst === undefined ? {} : { burst }),
    ...(floor === undefined ? {} : { floor }),
  };
}

/** The rates that a NIC's XML sets now. */
export function ratesOf(nic: XmlElement): { inbound: Rate | undefined; outbound: Rate | undefined } {
  const bandwidth = firstChild(nic, 'bandwidth');
  const of = (direction: string): Rate | undefined => {
    const element = bandwidth === undefined ? undefined : firstChild(bandwidth, direction);
    if (element === undefined) return undefined;
    const number = (name: string): number | undefined => {
      const value = attributeValue(element, name);
      return value === undefined ? undefined : Number(value);
    };
    const [peak, burst, floor] = [number('peak'), number('burst'), number('floor')];
    return {
      average: number('average') ?? 0,
      ...(peak === undefined ? {} : { peak }),
      ...(burst === undefined ? {} : { burst }),
      ...(floor === undefined ? {} : { floor }),
    };
  };
  return { inbound: of('inbound'), outbound: of('outbound') };
}

/** The NIC's XML with its rates set. An average of 0 takes the limit away, as in virsh; undefined leaves it as it is. */
export function withRates(xml: string, change: { inbound: Rate | undefined; outbound: Rate | undefined }): string {
  const document = parseXml(xml);
  const now = ratesOf(document.root);
  const next = { inbound: change.inbound ?? now.inbound, outbound: change.outbound ?? now.outbound };
  const lines = (['inbound', 'outbound'] as const).flatMap((direction) => {
    const rate = next[direction];
    if (rate === undefined || rate.average === 0) return [];
    const attributes = Object.entries(rate).map(([name, value]) => ` ${name}='${value}'`);
    return [`<${direction}${attributes.join('')}/>`];
  });
  const found = firstChild(document.root, 'bandwidth');
  const text = `<bandwidth>${lines.join('')}</bandwidth>`;
  if (found === undefined) return lines.length === 0 ? document.text : withChildText(document, document.root, text).text;
  return (lines.length === 0 ? withoutElement(document, found) : withReplaced(document, found, text)).text;
}
