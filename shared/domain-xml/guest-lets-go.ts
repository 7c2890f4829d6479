import { attributeValue, firstChild, type XmlElement } from './xml/nodes.ts';

/** States of a machine whose guest runs no instruction, so that it acknowledges nothing. */
const still: readonly string[] = ['paused', 'pmsuspended', 'crashed'];

const below = (element: XmlElement, child: string, attribute: string): string | undefined => {
  const found = firstChild(element, child);
  return found && attributeValue(found, attribute);
};

/**
 * Must the guest of a running machine let go of a device, and can it not at present? USB devices go without asking it. Pure.
 * @param machine its state, as virsh names it
 * @param live the device as it runs
 */
export function needsGuest({ state }: { readonly state: string }, live: XmlElement): boolean {
  return still.includes(state) && (attributeValue(live, 'bus') ?? below(live, 'target', 'bus') ?? below(live, 'address', 'type')) !== 'usb';
}

/** Why a guest that doesn't run can't let go of something, without a full stop. */
export function letsNothingGo({ state }: { readonly state: string }, what: string): string {
  return `The machine ${state === 'paused' ? 'is paused' : state === 'crashed' ? 'has crashed' : 'sleeps'}: its guest can’t let go of ${what}`;
}
