import { applySplices, insertionSplice, removalSplice } from '../../../shared/domain-xml/xml/edit.ts';
import { fragment } from '../../../shared/domain-xml/xml/fragment.ts';
import { attributeValue, childElements, firstChild, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { readPlace } from '../../xml/edits.ts';

/** Kinds of boot device in `<os>` (libvirt: formatdomain, "BIOS bootloader"). */
export const bootKinds = ['hd', 'cdrom', 'network', 'fd'] as const;
export type BootKind = (typeof bootKinds)[number];

export const bootWords: Record<BootKind, string> = { hd: 'Hard disk', cdrom: 'CD-ROM', network: 'Network (PXE)', fd: 'Floppy' };

const isKind = (word: string | undefined): word is BootKind => bootKinds.some((kind) => kind === word);

/** The order in `<os>`. */
export function bootOrder(domain: XmlElement): readonly BootKind[] {
  const os = firstChild(domain, 'os');
  return os
    ? childElements(os, 'boot')
        .map((boot) => attributeValue(boot, 'dev'))
        .filter(isKind)
    : [];
}

/** Devices with an order of their own: it and the order in `<os>` exclude each other. */
export function devicesWithOrder(domain: XmlElement): readonly { readonly name: string; readonly order: string }[] {
  const devices = firstChild(domain, 'devices');
  if (!devices) return [];
  return childElements(devices).flatMap((device) => {
    const order = readPlace(device, 'boot/@order');
    if (order === undefined) return [];
    const name = readPlace(device, 'target/@dev') ?? readPlace(device, 'mac/@address') ?? device.name;
    return [{ name: `${device.name} ${name}`, order }];
  });
}

/** Writes another order into `<os>`; the lines of those that stay keep their place where they can. */
export function withBootOrder(text: string, order: readonly BootKind[]): string {
  let document = parseXml(text);
  const os = firstChild(document.root, 'os');
  if (!os) return text;
  document = applySplices(
    document,
    childElements(os, 'boot').map((boot) => removalSplice(document, boot)),
  );
  for (const kind of order) {
    const now = firstChild(document.root, 'os');
    if (!now) return document.text;
    const children = childElements(now);
    const after =
      children.findLast((child) => child.name === 'boot') ??
      children.findLast((child) => ['type', 'firmware', 'loader', 'nvram', 'kernel', 'initrd', 'cmdline', 'dtb'].includes(child.name));
    document = applySplices(document, [insertionSplice(document, now, after, [fragment('boot', { dev: kind })])]);
  }
  return document.text;
}
