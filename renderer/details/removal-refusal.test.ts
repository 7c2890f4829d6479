import { describe, expect, test } from 'vitest';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { letsNothingGo, needsGuest } from '../../shared/domain-xml/guest-lets-go.ts';
import { pathsToRemove, removalRefusal } from './removal-refusal.ts';

const machine = (devices: string, type = 'pc-q35-10.0') =>
  parseXml(`<domain><os><type machine='${type}'>hvm</type></os><devices>${devices}</devices></domain>`);
const refusal = (devices: string, path: string, type?: string) => {
  const document = machine(devices, type);
  const element = elementAt(document, `/domain/devices/${path}`);
  if (!element) throw new Error(path);
  return removalRefusal(document, element);
};
const screen = `<graphics type='vnc'/>`;
const address = (type: string, at: string) => `<address type='${type}' ${at}/>`;

test.each([
  [`${screen}<input type='mouse' bus='ps2'/>`, 'input', /PC with a screen/],
  [`${screen}<input type='keyboard' bus='ps2'/>`, 'input', /PC with a screen/],
  [`<input type='mouse' bus='ps2'/>`, 'input', undefined],
  [`${screen}<input type='tablet' bus='usb'/>`, 'input', undefined],
  [`<memballoon model='virtio'/>`, 'memballoon', /No balloon/],
  [`${screen}<video/>`, 'video', /video card/],
  [`${screen}<video/><video/>`, 'video[2]', undefined],
  [`<rng model='virtio'/>`, 'rng', undefined],
  [`<controller type='pci' index='0' model='pcie-root'/>`, 'controller', /Every machine/],
  [
    `<controller type='pci' index='3' model='pcie-root-port'/><rng>${address('pci', `bus='0x03' slot='0'`)}</rng>`,
    'controller',
    /carries Random/,
  ],
  [`<controller type='pci' index='3' model='pcie-root-port'/>`, 'controller', undefined],
  [
    `<controller type='scsi' index='1'/><disk device='disk'><target dev='sda' bus='scsi'/>${address('drive', `controller='1'`)}</disk>`,
    'controller',
    /carries/,
  ],
  [
    `<controller type='scsi' index='1'/><disk device='disk'><target dev='sda' bus='sata'/>${address('drive', `controller='1'`)}</disk>`,
    'controller',
    undefined,
  ],
  [
    `<controller type='virtio-serial' index='0'/><channel type='unix'>${address('virtio-serial', `controller='0'`)}</channel>`,
    'controller',
    /carries/,
  ],
  [`<controller type='usb' index='0' model='qemu-xhci'/>`, 'controller', /No USB/],
  [`<controller type='usb' index='1' model='qemu-xhci'/>`, 'controller', undefined],
  [`<controller type='sata' index='0'/>`, 'controller', /built into/],
])('%s', (devices, path, reason) => {
  const told = refusal(devices, path);
  if (reason === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(reason);
});

test('with the first serial port goes the console that is the same port; with another one nothing else', () => {
  const serial = (port: number) => `<serial type='pty'><target port='${String(port)}'/></serial>`;
  const document = machine(`${serial(0)}${serial(1)}<console type='pty'><target type='serial' port='0'/></console>`);
  expect(pathsToRemove(document, '/domain/devices/serial[1]')).toEqual(['/domain/devices/serial[1]', '/domain/devices/console']);
  expect(pathsToRemove(document, '/domain/devices/serial[2]')).toEqual(['/domain/devices/serial[2]']);
});

describe('a guest that doesn’t run lets nothing go', () => {
  const live = (xml: string) => parseXml(xml).root;
  test.each([
    ['paused', `<interface type='user'/>`, true],
    ['paused', `<disk><target dev='vda' bus='virtio'/></disk>`, true],
    ['pmsuspended', `<rng/>`, true],
    ['running', `<interface type='user'/>`, false],
    ['paused', `<input type='tablet' bus='usb'/>`, false],
    ['paused', `<disk><target dev='sda' bus='usb'/></disk>`, false],
  ] as const)('%s %s', (state, xml, needs) => {
    expect(needsGuest({ state }, live(xml))).toBe(needs);
    expect(letsNothingGo({ state: 'paused' }, 'the disk')).toBe('The machine is paused: its guest can’t let go of the disk');
  });
});
