import { childElements, elementAt, firstChild, type XmlDocument, type XmlElement } from '../../shared/domain-xml/index.ts';
import { renderConsole, renderSerial } from '../../shared/domain-xml/write/character-devices.ts';
import { renderAddress } from '../../shared/domain-xml/write/common.ts';
import { applySplices, attributeSplice, insertionSplice, type Splice } from '../../shared/domain-xml/xml/edit.ts';
import { fragment, sameFragment, type Fragment } from '../../shared/domain-xml/xml/fragment.ts';
import type { Domain } from '../../shared/domain/index.ts';
import type { QemuCapabilities } from './capabilities/capabilities.ts';
import { allPlaced, type DraftController, type DraftDomain, type Placed } from './plan/draft.ts';
import { prepareDomain } from './prepare/index.ts';

/**
 * What libvirt writes into a definition when it is defined: the devices it adds by itself, the models it chooses, and
 * the address of every device. The rest of the text stays as it is; a definition that has it all is returned unchanged.
 *
 * @throws TapestryError `xml-invalid`, `xml-unsupported` as {@link prepareDomain}
 */
export function assignAddresses(document: XmlDocument, domain: Domain, capabilities: QemuCapabilities): XmlDocument {
  return writeDraft(document, prepareDomain(domain, capabilities, { resolveAlias: true, keepAliases: false }), false);
}

/** The definition of a running machine: with addresses as {@link assignAddresses}, and aliases. */
export function liveXmlOf(document: XmlDocument, draft: DraftDomain): XmlDocument {
  return writeDraft(document, draft, true);
}

const writeDraft = (document: XmlDocument, draft: DraftDomain, live: boolean): XmlDocument => {
  const devices = firstChild(document.root, 'devices');
  if (devices === undefined) return writeMachine(document, draft);
  // Attributes first: behind them, an element without children is opened for its new ones.
  const splices = controllerSplices(document, draft);
  for (const device of allPlaced(draft.devices)) {
    if (device.implicit === true) continue;
    const element = elementAt(document, device.path);
    if (element !== undefined) splices.push(...deviceSplices(document, element, device, live));
  }
  splices.push(...twinSplices(document, devices, draft, live));
  const added = addedDevices(draft, live);
  if (added.length > 0) splices.push(insertionSplice(document, devices, childElements(devices).at(-1), added));
  return writeMachine(applySplices(document, splices), draft);
};

/** The machine type's full name, so that a newer QEMU doesn't give the guest another machine. */
const writeMachine = (document: XmlDocument, draft: DraftDomain): XmlDocument => {
  const type = elementAt(document, `${draft.domain.os.path}/type`);
  return type === undefined ? document : applySplices(document, attributeSplice(document, type, 'machine', draft.machine));
};

/** Puts alias and address behind everything else of a device, as libvirt does; changes only what differs. */
const deviceSplices = (document: XmlDocument, element: XmlElement, device: Placed, live: boolean): Splice[] => {
  const splices: Splice[] = [];
  const fresh: Fragment[] = [];
  const place = (name: string, wanted: Fragment | undefined) => {
    if (wanted === undefined) return;
    const present = firstChild(element, name);
    if (present === undefined) fresh.push(wanted);
    else if (!sameFragment(asFragment(present), wanted)) {
      for (const [key, value] of wanted.attributes) splices.push(...attributeSplice(document, present, key, value));
    }
  };
  if ('kind' in device && device.kind === 'interface' && 'model' in device && firstChild(element, 'model') === undefined) {
    fresh.push(fragment('model', { type: String(device.model) }));
  }
  const isConsoleOfSerial = element.name === 'console' && device.alias?.startsWith('serial') === true;
  // The functions of a USB2 controller share one alias: only the master shows it, so that aliases stay unique.
  const isCompanion = 'masterStartPort' in device && device.masterStartPort !== undefined;
  if (live && !isCompanion) place('alias', device.alias === undefined ? undefined : fragment('alias', { name: device.alias }));
  if (!isConsoleOfSerial) place('address', renderAddress(device.address));
  if (fresh.length > 0) splices.push(insertionSplice(document, element, childElements(element).at(-1), fresh));
  return splices;
};

const asFragment = (element: XmlElement): Fragment =>
  fragment(
    element.name,
    Object.fromEntries(element.attributes.map(({ name, value }) => [name, value])),
    childElements(element).map(asFragment),
  );

/** Index and model that were chosen for controllers. */
const controllerSplices = (document: XmlDocument, draft: DraftDomain): Splice[] => {
  const splices: Splice[] = [];
  for (const controller of draft.devices.controllers) {
    if (controller.implicit === true) continue;
    const element = elementAt(document, controller.path);
    if (element === undefined) continue;
    splices.push(...attributeSplice(document, element, 'index', String(controller.index)));
    if (controller.model !== undefined && controller.type !== 'virtio-serial')
      splices.push(...attributeSplice(document, element, 'model', controller.model));
  }
  return splices;
};

const withInfo = (device: Placed, live: boolean): (Fragment | undefined)[] => [
  live && device.alias !== undefined ? fragment('alias', { name: device.alias }) : undefined,
  renderAddress(device.address),
];

const controllerFragment = (controller: DraftController, live: boolean): Fragment => {
  const { target, masterStartPort } = controller;
  const model = controller.type === 'virtio-serial' && controller.model === 'virtio' ? undefined : controller.model;
  return fragment(
    'controller',
    { type: controller.type, index: controller.index, model },
    target?.chassis === undefined && target?.chassisNr === undefined
      ? undefined
      : fragment('target', {
          chassisNr: target.chassisNr,
          chassis: target.chassis,
          port: target.port === undefined ? undefined : `0x${target.port.toString(16)}`,
        }),
    masterStartPort === undefined ? undefined : fragment('master', { startport: masterStartPort }),
    ...withInfo(controller, live),
  );
};

/** The console that is the first serial port, where the XML has none for it. */
const twinConsole = (draft: DraftDomain, live: boolean): Fragment[] => {
  const [twin] = draft.devices.consoles;
  if (twin?.implicit !== true) return [];
  const { alias, ...rest } = twin;
  return [renderConsole({ ...rest, ...(live && alias !== undefined ? { alias } : {}) })];
};

/** Before the consoles that the XML has, since the first one is the serial port. */
const twinSplices = (document: XmlDocument, devices: XmlElement, draft: DraftDomain, live: boolean): Splice[] => {
  const twin = twinConsole(draft, live);
  const siblings = childElements(devices);
  const at = siblings.findIndex(({ name }) => name === 'console');
  return twin.length === 0 || at === -1 ? [] : [insertionSplice(document, devices, siblings[at - 1], twin)];
};

/** The devices that the XML doesn't have. */
const addedDevices = (draft: DraftDomain, live: boolean): Fragment[] => {
  const d = draft.devices;
  const [serial] = d.serials;
  const isMadeOfConsole = serial?.implicit === true;
  return [
    ...d.controllers.filter((c) => c.implicit === true).map((c) => controllerFragment(c, live)),
    ...(isMadeOfConsole ? [renderSerial({ ...serial, ...(live ? {} : { alias: undefined }) } as typeof serial)] : []),
    ...(d.consoles.length === 1 ? twinConsole(draft, live) : []),
    ...d.inputs
      .filter((input) => input.implicit === true)
      .map((input) => fragment('input', { type: input.type, bus: input.bus }, ...withInfo(input, live))),
    ...d.hubs.filter((h) => h.implicit === true).map((h) => fragment('hub', { type: 'usb' }, ...withInfo(h, live))),
    ...d.videos
      .filter((v) => v.implicit === true)
      .map((v) => fragment('video', {}, fragment('model', { type: v.model, heads: v.heads, primary: 'yes' }), ...withInfo(v, live))),
    ...(d.memballoon?.implicit === true ? [fragment('memballoon', { model: d.memballoon.model }, ...withInfo(d.memballoon, live))] : []),
  ];
};
