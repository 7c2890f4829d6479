import type { Device } from '../../domain/domain.ts';
import { emptySource } from '../write/switch-interface-type.ts';
import { newDisk, newInterface } from './new-device.ts';

/** Kinds that "Add device" offers. */
export const templateKinds = [
  'disk',
  'cdrom',
  'interface',
  'serial',
  'channel-agent',
  'channel-spice',
  'graphics-vnc',
  'graphics-spice',
  'video',
  'sound',
  'tablet',
  'keyboard',
  'rng',
  'tpm',
  'watchdog',
  'memballoon',
  'controller-scsi',
  'controller-usb',
  'filesystem',
  'panic',
  'vsock',
] as const;
export type TemplateKind = (typeof templateKinds)[number];

/** A new device of a kind as its form begins: sensible settings, the user's own choices still empty. */
export function newDevice(kind: TemplateKind): Device {
  const path = '';
  switch (kind) {
    case 'disk':
      return newDisk({ bus: 'virtio', target: 'vda', format: 'qcow2' });
    case 'cdrom':
      return newDisk({ bus: 'sata', target: 'sda', device: 'cdrom' });
    case 'interface':
      return newInterface({ source: emptySource('user') });
    case 'serial':
      return { kind, path, source: { type: 'pty' } };
    case 'channel-agent':
      return { kind: 'channel', path, source: { type: 'unix', mode: 'bind' }, target: { type: 'virtio', name: 'org.qemu.guest_agent.0' } };
    case 'channel-spice':
      return { kind: 'channel', path, source: { type: 'spicevmc' }, target: { type: 'virtio', name: 'com.redhat.spice.0' } };
    case 'graphics-vnc':
      return { kind: 'graphics', path, type: 'vnc', listens: [{ type: 'socket' }] };
    case 'graphics-spice':
      return { kind: 'graphics', path, type: 'spice', listens: [{ type: 'none' }], channels: [] };
    case 'video':
      return { kind, path, model: 'virtio', primary: false, driver: {} };
    case 'sound':
      return { kind, path, model: 'ich9', codecs: [] };
    case 'tablet':
      return { kind: 'input', path, type: 'tablet', bus: 'usb', driver: {} };
    case 'keyboard':
      return { kind: 'input', path, type: 'keyboard', bus: 'usb', driver: {} };
    case 'rng':
      return { kind, path, model: 'virtio', backend: { model: 'random', device: '/dev/urandom' }, driver: {} };
    case 'tpm':
      return { kind, path, model: 'tpm-crb', backend: { type: 'emulator', version: '2.0' } };
    case 'watchdog':
      return { kind, path, model: 'i6300esb', action: 'reset' };
    case 'memballoon':
      return { kind, path, model: 'virtio', driver: {} };
    case 'controller-scsi':
      return { kind: 'controller', path, type: 'scsi', model: 'virtio-scsi', driver: {} };
    case 'controller-usb':
      return { kind: 'controller', path, type: 'usb', model: 'qemu-xhci', driver: {} };
    case 'filesystem':
      return { kind, path, type: 'mount', accessMode: 'mapped', driver: {}, sourceDir: '', target: '', readOnly: false };
    case 'panic':
      return { kind, path, model: 'isa' };
    case 'vsock':
      return { kind, path, model: 'virtio', cid: { auto: true }, driver: {} };
  }
}
