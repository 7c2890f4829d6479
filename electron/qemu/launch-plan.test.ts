import { describe, expect, test } from 'vitest';
import { parseXml, readDomain } from '../../shared/domain-xml/index.ts';
import { assignAddresses } from './placement-xml.ts';
import { devicesOf, domainXml, planOf, valuesOf } from './testing/plan-of.ts';
import { argvOf } from './command-line/argv.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';

const withSpice = { ...syntheticCapabilities(), hasOption: () => true };

const refusal = (code: string, path: unknown) => expect.objectContaining({ data: expect.objectContaining({ code, path }) });

describe('a start', () => {
  test('has a monitor of its own, nothing by default, a sandbox, and stopped vCPUs', () => {
    const plan = planOf(domainXml(''));
    expect(plan.monitorPath).toBe('/run/tapestry/demo/qmp.sock');
    expect(valuesOf(plan, '-chardev')).toContain('socket,id=charmonitor,path=/run/tapestry/demo/qmp.sock,server=on,wait=off');
    expect(argvOf(plan)).toEqual(expect.arrayContaining(['-S', '-nodefaults', '-no-user-config']));
    expect(argvOf(plan)).not.toContain('-no-shutdown');
    expect(valuesOf(plan, '-sandbox')).toEqual(['on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']);
    expect(valuesOf(plan, '-machine')[0]).toMatch(/^pc-i440fx-8\.0,usb=off/);
    expect(
      valuesOf(planOf(domainXml('', { top: '<on_reboot>destroy</on_reboot><on_poweroff>preserve</on_poweroff>' })), '-action'),
    ).toEqual(['reboot=shutdown', 'shutdown=pause']);
  });

  test('the CPU of the host in an emulated machine is refused with the way out', () => {
    const xml = domainXml('', { top: "<cpu mode='host-passthrough'/>" }).replace(/<domain type='\w+'/, "<domain type='qemu'");
    expect(() => planOf(xml)).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({ path: '/domain/cpu/@mode', fixes: [expect.objectContaining({ kind: 'use-tcg' })] }),
      }),
    );
    expect(valuesOf(planOf(xml.replace('host-passthrough', 'maximum')), '-cpu')[0]).toMatch(/^max/);
  });

  test('the same input gives the same plan', () => {
    const xml = domainXml("<interface type='user'/><serial type='pty'/>", { machine: 'q35' });
    expect(planOf(xml)).toEqual(planOf(xml));
  });

  test('commas in a name are doubled', () => {
    expect(valuesOf(planOf(domainXml('').replace('>demo<', '>a,b<')), '-name')).toEqual(['guest=a,,b,debug-threads=on']);
  });

  test('VNC listens on a unix socket, unless the XML asks for TCP', () => {
    const vnc = (inner: string) => valuesOf(planOf(domainXml(`<graphics type='vnc'${inner}</graphics>`)), '-vnc');
    expect(vnc(" port='-1' autoport='yes'>")).toEqual(['vnc=unix:/run/tapestry/demo/vnc.sock,audiodev=audio1']);
    // What is on TCP, or nowhere, is as written; beside it, after it, is the one that the window looks at.
    const beside = 'vnc=unix:/run/tapestry/demo/screen0.sock,id=video0,display=video0,head=0,share=force-shared,audiodev=audio1';
    expect(vnc(" port='5903' autoport='no' listen='::'>")).toEqual(['[::]:3,audiodev=audio1', beside]);
    expect(vnc(" autoport='yes' listen='0.0.0.0'>")).toEqual(['0.0.0.0:0,to=99,audiodev=audio1', beside]);
    expect(vnc("><listen type='none'/>")).toEqual(['none,audiodev=audio1', beside]);
    expect(vnc(" passwd='x'>")).toEqual(['vnc=unix:/run/tapestry/demo/vnc.sock,password=on,audiodev=audio1', beside]);
    expect(vnc("><listen type='socket' socket='/tmp/s'/>")).toEqual(['vnc=unix:/tmp/s,audiodev=audio1', beside]);
  });

  test('each further head of a machine with VNC has a server of its own, and what libvirt would run has none of them', () => {
    const heads = domainXml(
      "<graphics type='vnc'/><video><model type='vga' heads='2'/></video><video><model type='virtio' heads='2' primary='yes'/></video>",
      { machine: 'q35' },
    ).replace("<model type='vga' heads='2'/>", "<model type='qxl' heads='2'/>");
    const servers = valuesOf(planOf(heads), '-vnc').map((text) => /(?<=unix:).*?(?=,share|,audiodev)/.exec(text)?.[0]);
    expect(servers).toEqual([
      '/run/tapestry/demo/vnc.sock',
      '/run/tapestry/demo/screen1.sock,id=video0.1,display=video0,head=1',
      '/run/tapestry/demo/screen2.sock,id=video1,display=video1,head=0',
    ]);
    expect(valuesOf(planOf(heads, { purpose: 'native' }), '-vnc')).toHaveLength(1);
    expect(valuesOf(planOf(domainXml("<graphics type='spice'/>"), { capabilities: withSpice }), '-vnc')).toEqual([]);
    expect(valuesOf(planOf(domainXml("<graphics type='vnc'/><video><model type='none'/></video>")), '-vnc')).toHaveLength(1);
  });

  test('SPICE listens where the XML says, its password never on the command line', () => {
    const spice = (inner: string) => {
      const plan = planOf(domainXml(`<graphics type='spice'${inner}/>`), { capabilities: withSpice, host: { displayPort: 5907 } });
      return [valuesOf(plan, '-spice')[0]?.split(',').slice(0, 2).join(), plan.monitorCommands];
    };
    expect(spice(" autoport='yes'")).toEqual(['unix=on,addr=/run/tapestry/demo/spice.sock', []]);
    expect(spice(" autoport='yes' listen='127.0.0.1'")).toEqual(['port=5907,addr=127.0.0.1', []]);
    expect(spice(" autoport='no' port='5950' listen='0.0.0.0'")).toEqual(['port=5950,addr=0.0.0.0', []]);
    expect(spice(" autoport='yes' listen='0.0.0.0' passwd='p' connected='keep' passwdValidTo='2030-01-01T00:00:00'")).toEqual([
      'port=5907,addr=0.0.0.0',
      [
        { command: 'set_password', arguments: { protocol: 'spice', password: 'p', connected: 'keep' } },
        { command: 'expire_password', arguments: { protocol: 'spice', time: '1893456000' } },
      ],
    ]);
    const locked = planOf(domainXml("<graphics type='spice' passwd='p'/>"), { capabilities: withSpice });
    expect(valuesOf(locked, '-spice')[0]).not.toMatch(/disable-ticketing|password/);
  });
});

test.each(['on_poweroff', 'on_reboot', 'on_crash'])('%s: a restart under another name is refused', (element) => {
  expect(() => planOf(domainXml('', { top: `<${element}>rename-restart</${element}>` }))).toThrow(
    refusal('xml-unsupported', `/domain/${element}`),
  );
});

test('a crypto device is refused by what this QEMU lacks, and a start of several queues by their number', () => {
  const crypto = (backend: string) => domainXml(`<crypto model='virtio' type='qemu'><backend ${backend}/></crypto>`);
  const lacking = (...without: readonly string[]) => ({ capabilities: syntheticCapabilities({ without }) });
  const at = '/domain/devices/crypto';
  expect(() => planOf(crypto("model='builtin'"), lacking('virtio-crypto-pci'))).toThrow(refusal('xml-unsupported', `${at}/@model`));
  expect(() => planOf(crypto("model='lkcf'"), lacking('cryptodev-backend-lkcf'))).toThrow(
    refusal('xml-unsupported', `${at}/backend/@model`),
  );
  expect(() => planOf(crypto("model='builtin' queues='2'"))).toThrow(refusal('xml-unsupported', `${at}/backend/@queues`));
  const plan = planOf(crypto("model='builtin' queues='2'"), { purpose: 'native' });
  expect(valuesOf(plan, '-object').join()).toContain('{"qom-type":"cryptodev-backend-builtin","id":"objcrypto0","queues":2}');
  expect(plan.liveXml).toContain("<alias name='crypto0'/>");
});

test('memory that machines share is told with its file', () => {
  const plan = planOf(domainXml("<shmem name='my'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>"));
  expect(plan.sharedMemory).toEqual(['/dev/shm/my']);
  expect(valuesOf(plan, '-object').join()).toContain('"mem-path":"/dev/shm/my"');
});

test('more devices than any bus has places for are refused by path, and 2048 are placed', () => {
  const place = (count: number) => {
    const document = parseXml(domainXml(`<serial type='pty'><target port='7'/></serial>${"<serial type='pty'/>".repeat(count - 1)}`));
    const { domain } = readDomain(document);
    const placed = assignAddresses(document, domain, syntheticCapabilities());
    return readDomain(placed).domain.devices.serials.length;
  };
  // The USB controller and the balloon count, too.
  expect(() => place(2047)).toThrow(refusal('xml-unsupported', expect.stringMatching(/^\/domain\/devices\//)));
  expect(place(2046)).toBe(2046);
});

describe('serial ports', () => {
  const port = (xml: string) => planOf(domainXml(xml));

  test('the recorder is the peer of a pty; an end that the XML names is the user’s, and recorded beside them', () => {
    expect(port("<serial type='pty'/>").consoles).toEqual([{ alias: 'serial0', label: 'Serial 1', via: { kind: 'pty' } }]);
    for (const source of [
      "type='unix'><source mode='bind' path='/tmp/s'/>",
      "type='unix'><source mode='connect' path='/tmp/s'/>",
      "type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><protocol type='raw'/>",
      "type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><protocol type='telnet'/>",
      "type='tcp'><source mode='connect' host='127.0.0.1' service='4555'/><protocol type='raw'/>",
      "type='udp'><source mode='connect' host='127.0.0.1' service='4555'/>",
    ]) {
      for (const element of ['serial', 'console']) {
        const target = element === 'console' ? "<target type='virtio'/>" : '';
        const plan = planOf(domainXml(`<${element} ${source}${target}</${element}>`));
        expect(
          plan.consoles.map(({ via }) => via),
          source,
        ).toEqual([{ kind: 'log' }]);
        expect(valuesOf(plan, '-chardev').at(-1), source).toContain('logfile=/dev/fdset/0,logappend=on');
      }
    }
    // A log of the user's own is what records then.
    const logged = port("<serial type='unix'><source mode='bind' path='/tmp/s'/><log file='/tmp/l' append='on'/></serial>");
    expect(logged.consoles).toEqual([]);
    expect(logged.descriptors).toEqual([{ kind: 'file', opaque: 'serial0-log', path: '/tmp/l', flags: 'append' }]);
  });

  test('a port that goes elsewhere is copied to the recorder', () => {
    const plan = port("<serial type='file'><source path='/tmp/out'/></serial>");
    expect(plan.descriptors).toEqual([
      { kind: 'file', opaque: 'serial0-source', path: '/tmp/out', flags: 'truncate' },
      { kind: 'recorder', alias: 'serial0', end: 'write' },
      { kind: 'recorder', alias: 'serial0', end: 'read' },
    ]);
    expect(valuesOf(plan, '-add-fd')).toEqual([
      'set=0,fd=3,opaque=serial0-source',
      'set=1,fd=4,opaque=serial0-recorder',
      'set=1,fd=5,opaque=serial0-recorder',
    ]);
    expect(valuesOf(plan, '-chardev')).toContain('file,id=charserial0,path=/dev/fdset/0,append=on,logfile=/dev/fdset/1,logappend=on');
    expect(plan.consoles).toEqual([{ alias: 'serial0', label: 'Serial 1', via: { kind: 'log' } }]);
  });

  test("the XML's own log comes first", () => {
    const plan = port("<serial type='null'><log file='/tmp/log' append='on'/></serial>");
    expect(plan.descriptors).toEqual([{ kind: 'file', opaque: 'serial0-log', path: '/tmp/log', flags: 'append' }]);
    expect(plan.consoles).toEqual([]);
  });

  test('a console without a serial port makes one', () => {
    const plan = port("<console type='pty'/>");
    expect(devicesOf(plan)).toEqual([{ driver: 'isa-serial', chardev: 'charserial0', id: 'serial0', index: 0 }]);
    const { domain } = readDomain(parseXml(plan.liveXml), { live: true });
    expect(domain.devices.serials.map((s) => s.alias)).toEqual(['serial0']);
    expect(domain.devices.consoles.map((c) => c.alias)).toEqual(['serial0']);
  });
});

test('firmware: two flash chips, the variables made from a template', () => {
  const firmwares = [
    {
      'interface-types': ['uefi'],
      mapping: {
        device: 'flash' as const,
        executable: { filename: '/fw/CODE.fd', format: 'raw' },
        'nvram-template': { filename: '/fw/VARS.fd', format: 'raw' },
      },
      targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
      features: ['requires-smm', 'secure-boot'],
    },
  ];
  const xml = domainXml('', { machine: 'q35' }).replace('<os>', "<os firmware='efi'>");
  const plan = planOf(xml, { host: { firmwares } });
  expect(plan.nvram).toEqual({ path: '/var/lib/tapestry/nvram/demo_VARS.fd', template: '/fw/VARS.fd' });
  expect(valuesOf(plan, '-machine')[0]).toContain('smm=on');
  expect(valuesOf(plan, '-global')).toContain('driver=cfi.pflash01,property=secure,value=on');
  expect(() => planOf(xml)).toThrow(refusal('xml-unsupported', '/domain/os/@firmware'));
});

test('disks: shared ones are not cached, images are listed with their elements', () => {
  const plan = planOf(
    domainXml(
      "<disk type='file' device='disk'><driver type='raw'/><source file='/i.img'/><target dev='vda' bus='virtio'/><shareable/></disk>",
    ),
  );
  expect(plan.images).toEqual([
    { path: '/i.img', readOnly: false, shareable: true, element: '/domain/devices/disk', format: 'raw', target: 'vda' },
  ]);
  expect(devicesOf(plan, '-blockdev')[1]).toEqual({
    'node-name': 'libvirt-1-format',
    'read-only': false,
    cache: { direct: true, 'no-flush': false },
    driver: 'raw',
    file: 'libvirt-1-storage',
  });
  expect(devicesOf(plan)[0]).toMatchObject({ driver: 'virtio-blk-pci', 'share-rw': true, 'write-cache': 'on', bootindex: 1 });
});

test('limits, passwords and statistics go by the monitor', () => {
  const plan = planOf(
    domainXml(
      "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><iotune><total_bytes_sec>1000</total_bytes_sec></iotune></disk><graphics type='vnc' passwd='x'/><memballoon model='virtio'><stats period='5'/></memballoon>",
    ).replace("<memballoon model='none'/>", ''),
  );
  expect(plan.monitorCommands).toEqual([
    {
      command: 'block_set_io_throttle',
      of: 'virtio-disk0',
      arguments: {
        id: '/machine/peripheral/virtio-disk0/virtio-backend',
        bps: 1000,
        bps_rd: 0,
        bps_wr: 0,
        iops: 0,
        iops_rd: 0,
        iops_wr: 0,
      },
    },
    { command: 'set_password', arguments: { protocol: 'vnc', password: 'x' } },
    {
      command: 'qom-set',
      of: 'balloon0',
      arguments: { path: '/machine/peripheral/balloon0', property: 'guest-stats-polling-interval', value: 5 },
    },
  ]);
  expect(valuesOf(plan, '-vnc')[0]).toContain('password=on');
});

test.each([
  ['<cputune><shares>100</shares></cputune>', '/domain/cputune'],
  ['<memtune><hard_limit>1000000</hard_limit></memtune>', '/domain/memtune'],
  ["<seclabel type='dynamic' model='selinux'/>", '/domain/seclabel'],
  ['<resource><partition>/a</partition></resource>', '/domain/resource'],
])('what libvirt applies outside of QEMU is refused by its path: %s', (top, path) => {
  expect(() => planOf(domainXml('', { top }))).toThrow(refusal('xml-unsupported', path));
  expect(() => planOf(domainXml('', { top }), { purpose: 'native' })).not.toThrow();
});

test('an emulated TPM talks to swtpm over an inherited stream', () => {
  const capabilities = { ...syntheticCapabilities(), tpmTypes: ['emulator'] };
  const tpm = (more = '') => domainXml(`<tpm model='tpm-tis'><backend type='emulator' version='2.0'>${more}</backend></tpm>`);
  const plan = planOf(tpm(), { capabilities });
  expect(plan.descriptors).toEqual([{ kind: 'tpm', alias: 'tpm0', element: '/domain/devices/tpm/backend', version: '2.0' }]);
  expect(valuesOf(plan, '-chardev')).toContain('socket,id=chrtpm,fd=3');
  expect(valuesOf(plan, '-tpmdev')).toEqual(['emulator,id=tpm-tpm0,chardev=chrtpm']);
  expect(() => planOf(tpm('<active_pcr_banks><sha256/></active_pcr_banks>'), { capabilities })).toThrow(
    refusal('xml-unsupported', '/domain/devices/tpm/backend/active_pcr_banks'),
  );
});

test.each([
  [
    "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='6' slot='2' function='0'/></source></hostdev>",
    '/domain/devices/hostdev',
  ],
  ["<tpm><backend type='emulator' version='2.0'/></tpm>", '/domain/devices/tpm/backend/@type'],
  [
    "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>",
    '/domain/devices/disk/source/@pool',
  ],
  ["<lease><lockspace>a</lockspace><key>b</key><target path='/x'/></lease>", '/domain/devices/lease'],
  ['<nonsense/>', '/domain/devices/nonsense'],
])('what a start can not honour is refused by its path: %s', (devices, path) => {
  expect(() => planOf(domainXml(devices))).toThrow(refusal('xml-unsupported', path));
});

test('machine types, architectures and CPU models that the emulator lacks are refused', () => {
  expect(() => planOf(domainXml('', { machine: 'pc-q35-99.0' }))).toThrow(refusal('xml-unsupported', '/domain/os/type/@machine'));
  expect(() => planOf(domainXml('').replace('<acpi/>', '').replace("arch='x86_64' machine='pc'", "arch='aarch64' machine='virt'"))).toThrow(
    refusal('xml-unsupported', '/domain/os/type/@arch'),
  );
  expect(() => planOf(domainXml('', { top: '<cpu><model>Imaginary</model></cpu>' }))).toThrow(refusal('xml-invalid', '/domain/cpu/model'));
});

test.each([
  ["<interface type='user'><backend type='passt'/></interface>", '/domain/devices/interface/backend/@type', '-netdev'],
  ["<tpm model='tpm-crb'><backend type='emulator'/></tpm>", '/domain/devices/tpm/backend/@type', '-tpmdev'],
])('what a start would make is shown for this host, and refused by its element where no host is asked: %s', (devices, path, option) => {
  const xml = domainXml(devices, { machine: 'q35' });
  expect(() => planOf(xml, { purpose: 'native' })).toThrow(refusal('xml-unsupported', path));
  const host = { recorded: false, passt: true };
  const capabilities = { ...syntheticCapabilities(), tpmTypes: ['emulator'] };
  expect(valuesOf(planOf(xml, { purpose: 'native', host, capabilities }), option)).toEqual(
    valuesOf(planOf(xml, { host, capabilities }), option),
  );
});

describe('a definition', () => {
  test('gets addresses, models and controllers, once and for all', () => {
    const document = parseXml(domainXml("<interface type='user'><mac address='52:54:00:00:00:01'/></interface>", { machine: 'q35' }));
    const done = assignAddresses(document, readDomain(document).domain, syntheticCapabilities());
    const { domain } = readDomain(done);
    expect(domain.devices.interfaces[0]).toMatchObject({ model: 'rtl8139', address: { type: 'pci', bus: 2, slot: 1 } });
    expect(domain.os.machine).toBe('pc-q35-8.0');
    expect(done.text).not.toContain('<alias');
    expect(assignAddresses(done, domain, syntheticCapabilities()).text).toBe(done.text);
  });

  test('gets the devices that libvirt adds: a console of the first serial port, mouse and keyboard, video, controllers, balloon', () => {
    const virtio = "<console type='pty'><target type='virtio'/></console>";
    const xml = domainXml(`<serial type='pty'/>${virtio}<graphics type='vnc'/>`).replace("<memballoon model='none'/>", '');
    const first = parseXml(xml);
    const stored = assignAddresses(first, readDomain(first).domain, syntheticCapabilities());
    const { domain } = readDomain(stored);
    const { devices } = domain;
    expect(devices.consoles.map(({ targetType }) => targetType)).toEqual(['serial', 'virtio']);
    expect(devices.inputs.map(({ type, bus }) => `${type} ${bus}`)).toEqual(['mouse ps2', 'keyboard ps2']);
    expect([devices.videos.length, devices.memballoon?.model]).toEqual([1, 'virtio']);
    expect(devices.controllers.map(({ type }) => type).toSorted()).toEqual(['pci', 'usb', 'virtio-serial']);
    expect(assignAddresses(stored, domain, syntheticCapabilities()).text).toBe(stored.text);

    // The same machine with and without what was added; what runs is shown with it, and with aliases.
    const plan = planOf(xml);
    expect(argvOf(planOf(stored.text)).filter((word) => !word.startsWith('pc'))).toEqual(
      argvOf(plan).filter((word) => !word.startsWith('pc')),
    );
    expect(devicesOf(plan).map(({ id }) => id)).toContain('console1');
    const live = readDomain(parseXml(plan.liveXml)).domain.devices;
    expect(live.consoles.map(({ alias }) => alias)).toEqual(['serial0', 'console1']);
    expect(live.inputs.map(({ alias }) => alias)).toEqual(['input0', 'input1']);
    expect(live.memballoon?.alias).toBe('balloon0');
    expect(live.controllers.every(({ alias }) => alias !== undefined)).toBe(true);
  });

  test('has no mouse, keyboard or video without a display', () => {
    const document = parseXml(domainXml("<serial type='pty'/>"));
    const { devices } = readDomain(assignAddresses(document, readDomain(document).domain, syntheticCapabilities())).domain;
    expect([devices.inputs.length, devices.videos.length, devices.consoles.length]).toEqual([0, 0, 1]);
  });
});
