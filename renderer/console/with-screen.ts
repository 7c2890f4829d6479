import { attributeValue, childElements, firstChild } from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { editElement, insertDevice, readPlace } from '../xml/edits.ts';

/**
 * A definition with all that a screen in this window needs, and nothing twice: a VNC server, a video card, and a tablet, without which the guest's
 * pointer would go its own way. Pure.
 * @throws TapestryError `xml-syntax` when the text isn't well-formed
 */
export function withScreen(text: string): string {
  const devices = firstChild(parseXml(text).root, 'devices');
  const all = (name: string) => (devices ? childElements(devices, name) : []);
  const missing: string[] = [];
  if (!all('graphics').some((one) => attributeValue(one, 'type') === 'vnc')) missing.push(`<graphics type='vnc'/>`);
  const [card] = all('video');
  if (!card) missing.push(`<video>\n  <model type='virtio'/>\n</video>`);
  if (!all('input').some((one) => attributeValue(one, 'type') === 'tablet')) {
    const usb = all('controller').some((one) => attributeValue(one, 'type') === 'usb' && attributeValue(one, 'model') !== 'none');
    if (!usb) missing.push(`<controller type='usb' model='qemu-xhci'/>`);
    missing.push(`<input type='tablet' bus='usb'/>`);
  }
  // `none` is libvirt's word for no card at all, and stands alone.
  const shown =
    card && readPlace(card, 'model/@type') === 'none' ? editElement(text, pathOf(card), [{ place: 'model/@type', value: 'virtio' }]) : text;
  return missing.reduce(insertDevice, shown);
}
