import { describe, expect, it } from 'vitest';
import { readDomain } from '../../shared/domain-xml/index.ts';
import type { Devices } from '../../shared/domain/domain.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { fieldErrors, type FieldSpec, type FormContext } from '../forms/field-spec.ts';
import type { DeviceEditor } from '../forms/types.ts';
import { boot } from './boot/boot.ts';
import { crypto } from './crypto/crypto.ts';
import { disk } from './disk/disk.ts';
import { memballoon } from './memballoon/memballoon.ts';
import { rng } from './rng/rng.ts';
import { video } from './video/video.ts';
import { addable, newDevice, type NewDevice } from './new-device.ts';
import { fakeEmbedded } from '../testing/fake-support.ts';
import { fakeFacts, fakeSummary } from '../testing/fake-machines.ts';
import { editElement } from '../xml/edits.ts';

const plain = `<domain type='kvm'>
  <name>m</name>
  <memory unit='MiB'>512</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
  </devices>
</domain>
`;

const contextOf = (text: string, path: string): FormContext => {
  const document = parseXml(text);
  const element = elementAt(document, path);
  if (!element) throw new Error(`nothing at ${path}`);
  return {
    machine: fakeSummary('m'),
    connection: fakeEmbedded,
    facts: fakeFacts,
    document,
    element,
    stored: undefined,
    live: undefined,
    machines: [],
    edit: () => undefined,
    setText: () => undefined,
  };
};

const add = (id: string): NewDevice => {
  const device = newDevice(id, parseXml(plain));
  if (!device) throw new Error(`nothing is offered as ${id}`);
  return device;
};
const fieldsOf = (device: NewDevice, text: string): readonly FieldSpec[] => device.editor.fields?.(contextOf(text, device.path)) ?? [];

/** Fills a form in, one field after the other, as a user does. */
function fill(id: string, values: Readonly<Record<string, string>>) {
  const device = add(id);
  let text = device.text;
  for (const [name, value] of Object.entries(values)) {
    const context = contextOf(text, device.path);
    const field = fieldsOf(device, text).find((one) => one.id === name && one.visible?.(context) !== false);
    if (!field) throw new Error(`${id} has no field ${name} to fill in`);
    text = editElement(text, device.path, field.write(value, context.element));
  }
  const context = contextOf(text, device.path);
  return { text, errors: fieldErrors(fieldsOf(device, text), context), read: readDomain(parseXml(text)) };
}

/** What the reader says against a text: problems, and what it did not understand. */
const complaints = (text: string): readonly string[] => {
  const { problems, unclaimed } = readDomain(parseXml(text));
  return [...problems.map(({ path, message }) => `${path}: ${message}`), ...unclaimed.map((path) => `${path} is unknown`)];
};

describe('what Add Hardware offers', () => {
  it('has all that virt-manager’s users look for', () => {
    expect(addable.map(({ id }) => id)).toEqual(
      expect.arrayContaining(
        'disk cdrom serial video vnc tablet keyboard sound filesystem tpm rng crypto watchdog panic balloon guest-agent usb-controller scsi-controller'.split(
          ' ',
        ),
      ),
    );
  });

  it.each(addable.map(({ id }) => id))('%s: the new device is understood wholly', (id) => {
    // The form asks for the directory before a shared folder can be added.
    const asked = id === 'filesystem' ? fill(id, { source: '/srv' }).text : add(id).text;
    expect(complaints(asked)).toEqual([]);
  });

  const choices = addable.flatMap(({ id, editor }) => {
    const device = add(id);
    return (editor.fields?.(contextOf(device.text, device.path)) ?? [])
      .filter((field) => field.kind === 'select' && id !== 'interface' && field.visible?.(contextOf(device.text, device.path)) !== false)
      .flatMap((field) => (field.options ?? []).map(({ value }) => [id, field.id, value] as const));
  });
  it.each(choices)('%s: %s=%s is understood', (id, field, value) => {
    const { text, errors } = fill(id, { [field]: value });
    // A choice may ask for another field first (an address): the form says so then.
    if (errors.size === 0) expect(complaints(text)).toEqual([]);
  });
});

describe('what a form writes is what the reader reads', () => {
  it.each<[id: string, values: Record<string, string>, kind: keyof Devices, read: object]>([
    [
      'vnc',
      { listen: 'local', port: '5903', password: 'secret' },
      'graphics',
      { type: 'vnc', port: 5903, password: 'secret', listens: [{ type: 'address', address: '127.0.0.1' }] },
    ],
    [
      'vnc',
      { listen: 'address', address: '10.0.0.7' },
      'graphics',
      { autoport: true, port: -1, listens: [{ type: 'address', address: '10.0.0.7' }] },
    ],
    [
      'vnc',
      { listen: 'all', port: '5903', websocket: '5700', keymap: 'de', share: 'ignore' },
      'graphics',
      { websocket: 5700, keymap: 'de', sharePolicy: 'ignore' },
    ],
    ['tablet', { type: 'mouse', bus: 'virtio' }, 'inputs', { type: 'mouse', bus: 'virtio' }],
    [
      'rng',
      { backend: 'random', device: '/dev/hwrng', bytes: '1024', period: '2000' },
      'rngs',
      { backend: { model: 'random', device: '/dev/hwrng' }, rate: { bytes: 1024, period: 2000 } },
    ],
    ['rng', { backend: 'builtin' }, 'rngs', { backend: { model: 'builtin' } }],
    ['crypto', { backend: 'lkcf', queues: '1' }, 'cryptos', { backend: { model: 'lkcf', queues: 1 } }],
    ['watchdog', { model: 'itco', action: 'pause' }, 'watchdogs', { model: 'itco', action: 'pause' }],
    ['sound', { codec: 'micro' }, 'sounds', { model: 'ich9', codecs: ['micro'] }],
    ['sound', { codec: 'micro', model: 'ac97' }, 'sounds', { model: 'ac97', codecs: [] }],
    [
      'tpm',
      { version: '1.2', model: 'tpm-tis', persistent: 'on' },
      'tpms',
      { model: 'tpm-tis', backend: { type: 'emulator', version: '1.2', persistentState: true } },
    ],
    [
      'filesystem',
      { source: '/srv/share', target: 'data', mode: 'squash', readonly: 'on' },
      'filesystems',
      { sourceDir: '/srv/share', target: 'data', accessMode: 'squash', readOnly: true },
    ],
    ['panic', { model: 'hyperv' }, 'panics', { model: 'hyperv' }],
    [
      'guest-agent',
      { path: '/run/agent.sock' },
      'channels',
      { source: { type: 'unix', mode: 'bind', path: '/run/agent.sock' }, target: { type: 'virtio', name: 'org.qemu.guest_agent.0' } },
    ],
    ['usb-controller', { ports: '8' }, 'controllers', { type: 'usb', model: 'qemu-xhci', ports: 8 }],
    ['scsi-controller', { queues: '4' }, 'controllers', { type: 'scsi', model: 'virtio-scsi', driver: { queues: 4 } }],
  ])('%s %o', (id, values, kind, read) => {
    const result = fill(id, values);
    expect([...result.errors]).toEqual([]);
    expect(complaints(result.text)).toEqual([]);
    expect(result.read.domain.devices[kind]).toEqual([expect.objectContaining(read)]);
  });

  it('the balloon, of which there is one', () => {
    const { read, text } = fill('balloon', { period: '5', autodeflate: 'on', 'free-pages': 'on' });
    expect(complaints(text)).toEqual([]);
    expect(read.domain.devices.memballoon).toMatchObject({ statsPeriod: 5, autodeflate: true, freePageReporting: true });
  });

  it('a VNC server that goes back to Tapestry alone keeps no port', () => {
    const { text } = fill('vnc', { listen: 'all', port: '5903', websocket: '5700' });
    const device = add('vnc');
    const back = fieldsOf(device, text).find(({ id }) => id === 'listen');
    const element = contextOf(text, device.path).element;
    expect(editElement(text, device.path, back?.write('socket', element) ?? [])).toContain(
      `<graphics type='vnc'>\n      <listen type='socket'/>\n    </graphics>`,
    );
  });
});

describe('what a form refuses, and warns of', () => {
  it.each<[id: string, values: Record<string, string>, field: string, error: RegExp]>([
    ['vnc', { listen: 'local', port: '80' }, 'port', /5900 to 65535/],
    ['vnc', { password: 'much too long' }, 'password', /eight characters/],
    ['vnc', { listen: 'address' }, 'address', /An address/],
    ['rng', { device: 'urandom' }, 'device', /begins with a slash/],
    ['rng', { bytes: 'many' }, 'bytes', /whole number/],
    ['tpm', { version: '1.2' }, 'model', /TIS/],
    ['filesystem', {}, 'source', /path is needed/],
    ['filesystem', { target: 'a name that is longer than a tag can be' }, 'target', /31 bytes/],
    ['guest-agent', { name: '' }, 'name', /name is needed/],
    ['usb-controller', { ports: '16' }, 'ports', /1 to 15/],
    ['scsi-controller', { queues: '0' }, 'queues', /1 to 256/],
    ['balloon', { period: '0' }, 'period', /1 to/],
  ])('%s %o: %s', (id, values, field, error) => {
    expect(fill(id, values).errors.get(field)).toMatch(error);
  });

  it('warns of a screen that everybody can take', () => {
    const { text } = fill('vnc', { listen: 'all' });
    const device = add('vnc');
    const listen = fieldsOf(device, text).find(({ id }) => id === 'listen');
    expect(listen?.warn?.('all', contextOf(text, device.path))).toMatch(/without a password/);
  });

  it('leaves to the XML what it has no fields for', () => {
    const spice = plain.replace('<devices>\n', `<devices>\n    <graphics type='spice'/>\n`);
    expect(add('vnc').editor.fields?.(contextOf(spice, '/domain/devices/graphics'))).toBeUndefined();
  });
});

it('names the host of the machine’s connection, which need not be this computer', () => {
  const elsewhere = { ...fakeEmbedded, id: 'test', title: 'Test host' };
  const text = plain.replace(
    '  </devices>',
    `<crypto model='virtio' type='qemu'><backend model='lkcf'/></crypto><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><memballoon model='virtio'/>
    <video><model type='virtio'/></video><disk type='file' device='disk'><driver cache='unsafe'/><target dev='vda' bus='virtio'/></disk></devices>`,
  );
  const said = (editor: DeviceEditor | undefined, path: string, connection: FormContext['connection']) => {
    const context = { ...contextOf(text, path), connection };
    const fields = editor?.fields?.(context) ?? [];
    return fields
      .flatMap((field) => [
        field.hint,
        field.toggleLabel,
        field.warn?.('unsafe', context),
        ...(field.options ?? []).map(({ label }) => label),
      ])
      .filter((words) => typeof words === 'string')
      .join('\n');
  };
  for (const [editor, path] of [
    [crypto, '/domain/devices/crypto'],
    [rng, '/domain/devices/rng'],
    [memballoon, '/domain/devices/memballoon'],
    [video, '/domain/devices/video'],
    [disk, '/domain/devices/disk'],
    [boot, '/domain'],
  ] as const) {
    expect(said(editor, path, fakeEmbedded), path).toContain('this computer');
    expect(said(editor, path, elsewhere), path).toContain('Test host');
    expect(said(editor, path, elsewhere), path).not.toContain('this computer');
  }
});
