import { describe, expect, it } from 'vitest';
import { parseXml, readDevice, readDomain } from '../index.ts';

const read = (xml: string, context = {}) => {
  const document = parseXml(xml);
  const { device, problems, unclaimed } = readDevice(document, document.root, context);
  if (device?.kind !== 'interface') throw new Error('no interface');
  return { nic: device, problems, unclaimed };
};

describe('readInterface', () => {
  it.each([
    ["<driver name='vhost' queues='2'><host csum='off'/></driver>", ['/driver/@name', '/driver/@queues', '/driver/host']],
    ["<driver name='qemu'/>", []],
    ["<backend vhost='/dev/vhost-net'/>", ['/backend/@vhost']],
  ])('leaves what only virtio models have unread on another one, so that a start refuses it: %s', (inner, paths) => {
    const of = (model: string) => read(`<interface type='bridge'><source bridge='b'/><model type='${model}'/>${inner}</interface>`);
    expect(of('rtl8139').unclaimed).toEqual(paths.map((path) => `/interface${path}`));
    expect(of('virtio').unclaimed).toEqual([]);
  });

  it('reads the bridge NIC of the first question', () => {
    const { nic, problems, unclaimed } = read(`<interface type='bridge'>
      <mac address='52:54:00:e4:2e:c1'/><source bridge='br200'/><model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>`);
    expect(problems).toEqual([]);
    expect(unclaimed).toEqual([]);
    expect(nic).toEqual({
      kind: 'interface',
      path: '/interface',
      type: 'bridge',
      source: { type: 'bridge', bridge: 'br200' },
      mac: '52:54:00:e4:2e:c1',
      model: 'virtio',
      driver: {},
      ips: [],
      routes: [],
      portForwards: [],
      address: { type: 'pci', domain: 0, bus: 0, slot: 3, function: 0 },
    });
  });

  it('reads the ethernet NIC of the first question: no script, its own TAP name, no model', () => {
    const { nic, problems } = read(`<interface type='ethernet'><mac address='f6:19:e0:6c:84:c3'/><script path=''/><target dev='tap10'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>`);
    expect(problems).toEqual([]);
    expect(nic.target).toBe('tap10');
    expect(nic).not.toHaveProperty('script');
    expect(nic).not.toHaveProperty('model');
    expect(nic).not.toHaveProperty('targetManaged');
  });

  it.each([
    ['defaults to user networking', '<interface/>', { type: 'user', source: { type: 'user' } }],
    ['brings a MAC into its shape', "<interface><mac address='A:B:c:0:1:FF'/></interface>", { mac: '0a:0b:0c:00:01:ff' }],
    ['takes fe: and zeros', "<interface><mac address='fe:00:00:00:00:00'/></interface>", { mac: 'fe:00:00:00:00:00' }],
    ['finds known models in any case', "<interface><model type='RTL8139'/></interface>", { model: 'rtl8139' }],
    ['keeps unknown models', "<interface><model type='virtio-net-pci'/></interface>", { model: 'virtio-net-pci' }],
    [
      'stores one queue as none',
      "<interface type='bridge'><source bridge='b'/><model type='virtio'/><driver queues='1'/></interface>",
      { driver: {} },
    ],
    [
      'drops virtio options on other models',
      "<interface type='bridge'><source bridge='b'/><model type='e1000'/><driver name='vhost' queues='4'/></interface>",
      { driver: {} },
    ],
    ['takes an MTU of 0 as none', "<interface type='bridge'><source bridge='b'/><mtu size='0'/></interface>", {}],
    ['takes an empty target as none', "<interface type='bridge'><source bridge='b'/><target dev=''/></interface>", {}],
    [
      'defaults macvtap to vepa',
      "<interface type='direct'><source dev='eth0'/></interface>",
      { source: { type: 'direct', dev: 'eth0', mode: 'vepa' } },
    ],
    [
      'lets a server listen anywhere',
      "<interface type='server'><source port='5558'/></interface>",
      { source: { type: 'server', port: 5558 } },
    ],
  ])('%s', (_, xml, expected) => {
    const { nic, problems } = read(xml);
    expect(problems).toEqual([]);
    expect(nic).toMatchObject(expected);
    expect(nic).not.toHaveProperty('mtu');
    expect(nic).not.toHaveProperty('target');
  });

  it('takes names that starts give for left-overs, except of a running machine and of a TAP of your own', () => {
    const xml = (name: string, managed = '') => `<interface type='ethernet'><target dev='${name}'${managed}/></interface>`;
    for (const name of ['vnet0', 'vnetfoo', 'macvtap3', 'macvlan1', 'vt0a1b2c3d']) {
      expect(read(xml(name)).nic).not.toHaveProperty('target');
      expect(read(xml(name), { live: true }).nic.target).toBe(name);
      expect(read(xml(name, " managed='no'")).nic.target).toBe(name);
    }
    for (const name of ['vif0', 'vtap0', 'tap0', 'a0x%d']) expect(read(xml(name)).nic.target).toBe(name);
  });

  it('reads everything of the source types', () => {
    expect(
      read("<interface type='udp'><source address='10.0.0.1' port='1'><local address='10.0.0.2' port='2'/></source></interface>").nic
        .source,
    ).toEqual({
      type: 'udp',
      address: '10.0.0.1',
      port: 1,
      localAddress: '10.0.0.2',
      localPort: 2,
    });
    expect(
      read(
        "<interface type='ethernet'><source><ip address='10.0.0.1' prefix='24' peer='10.0.0.2'/><route family='ipv4' address='10.1.0.0' prefix='16' gateway='10.0.0.9'/></source></interface>",
      ).nic.source,
    ).toMatchObject({
      ips: [{ address: '10.0.0.1', family: 'ipv4', prefix: 24, peer: '10.0.0.2' }],
      routes: [{ gateway: '10.0.0.9', prefix: 16 }],
    });
    expect(read("<interface type='network'><source network='n' portgroup='g'/></interface>").nic.source).toEqual({
      type: 'network',
      network: 'n',
      portgroup: 'g',
    });
  });

  it('lists what it does not understand, by path', () => {
    const { unclaimed } = read(
      "<interface type='bridge' new='1'><source bridge='b' colour='red'/><wifi ssid='x'><a/></wifi>words</interface>",
    );
    expect(unclaimed).toEqual(['/interface/@new', '/interface/text()', '/interface/source/@colour', '/interface/wifi']);
  });
});

const bridge = (inner: string) => `<interface type='bridge'><source bridge='br0'/>${inner}</interface>`;
const virtio = (inner: string) => bridge(`<model type='virtio'/>${inner}`);

describe('rules at define time', () => {
  it.each([
    ['an unknown type', "<interface type='magic'/>", '/interface/@type'],
    ['a bad enum', bridge("<port isolated='maybe'/>"), '/interface/port/@isolated'],
    ['negative queues', virtio("<driver queues='-5'/>"), '/interface/driver/@queues'],
    ['no source', "<interface type='bridge'/>", '/interface'],
    ['no bridge', "<interface type='bridge'><source/></interface>", '/interface/source/@bridge'],
    ['an empty bridge', "<interface type='bridge'><source bridge=''/></interface>", '/interface/source/@bridge'],
    ['no network', "<interface type='network'><source/></interface>", '/interface/source/@network'],
    ['no device', "<interface type='direct'><source mode='bridge'/></interface>", '/interface/source/@dev'],
    ['no name', "<interface type='internal'><source/></interface>", '/interface/source/@name'],
    ['a bad mode', "<interface type='direct'><source dev='e' mode='magic'/></interface>", '/interface/source/@mode'],
    ['no local end', "<interface type='udp'><source address='1.2.3.4' port='1'/></interface>", '/interface/source'],
    ['no port', "<interface type='mcast'><source address='230.0.0.1'/></interface>", '/interface/source/@port'],
    ['a MAC that is none', bridge("<mac address='52:54:00:zz:00:00'/>"), '/interface/mac/@address'],
    ['a MAC with dashes', bridge("<mac address='52-54-00-00-00-00'/>"), '/interface/mac/@address'],
    ['a multicast MAC', bridge("<mac address='53:54:00:00:00:00'/>"), '/interface/mac/@address'],
    ['the broadcast MAC', bridge("<mac address='ff:ff:ff:ff:ff:ff'/>"), '/interface/mac/@address'],
    ['a VLAN without tag', bridge('<virtualport type="openvswitch"/><vlan/>'), '/interface/vlan'],
    ['a VLAN over 4095', bridge("<virtualport type='openvswitch'/><vlan><tag id='4096'/></vlan>"), '/interface/vlan/tag/@id'],
    [
      'no trunk of several tags',
      bridge("<virtualport type='openvswitch'/><vlan trunk='no'><tag id='1'/><tag id='2'/></vlan>"),
      '/interface/vlan/@trunk',
    ],
    [
      'two native tags',
      bridge("<virtualport type='openvswitch'/><vlan><tag id='1' nativeMode='tagged'/><tag id='2' nativeMode='tagged'/></vlan>"),
      '/interface/vlan',
    ],
    ['a virtual port on user', "<interface type='user'><virtualport type='openvswitch'/></interface>", '/interface/virtualport'],
    ['a virtual port without type', bridge('<virtualport/>'), '/interface/virtualport/@type'],
    ['a virtual port without its parameter', bridge("<virtualport type='midonet'/>"), '/interface/virtualport/@interfaceid'],
    ["managed='no' on a bridge", bridge("<target dev='t' managed='no'/>"), '/interface/target/@managed'],
    [
      "host's address on a bridge",
      "<interface type='bridge'><source bridge='b'><ip address='10.0.0.1'/></source></interface>",
      '/interface/source',
    ],
    ["guest's address on a bridge", bridge("<ip address='10.0.0.1'/>"), '/interface/ip'],
    ['two v4 addresses', "<interface type='user'><ip address='10.0.0.1'/><ip address='10.0.0.2'/></interface>", '/interface/ip[2]'],
    ['a peer', "<interface type='user'><ip address='10.0.0.1' peer='10.0.0.2'/></interface>", '/interface/ip/@peer'],
    ['a route on user', "<interface type='user'><route gateway='10.0.0.1'/></interface>", '/interface/route'],
    ['a v4 prefix out of range', "<interface type='user'><ip address='10.0.0.1' prefix='28'/></interface>", '/interface/ip/@prefix'],
    ['a v6 prefix but 64', "<interface type='user'><ip address='fd00::1' prefix='48'/></interface>", '/interface/ip/@prefix'],
    ['an unknown link state', bridge("<link state='sideways'/>"), '/interface/link/@state'],
    ['an MTU that is no number', bridge("<mtu size='big'/>"), '/interface/mtu/@size'],
    ['an MTU on user', "<interface type='user'><mtu size='1400'/></interface>", '/interface/mtu'],
    [
      'coalesce on ethernet',
      "<interface type='ethernet'><coalesce><rx><frames max='1'/></rx></coalesce></interface>",
      '/interface/coalesce',
    ],
    ['coalesce over 32 bits', bridge("<coalesce><rx><frames max='4294967296'/></rx></coalesce>"), '/interface/coalesce/rx/frames/@max'],
    ['isolation on user', "<interface type='user'><port isolated='yes'/></interface>", '/interface/port/@isolated'],
    ['isolation with a virtual port', bridge("<virtualport type='openvswitch'/><port isolated='yes'/>"), '/interface/port/@isolated'],
    ['a queue size that is no power of two', virtio("<driver rx_queue_size='300'/>"), '/interface/driver/@rx_queue_size'],
    ['a virtio option on e1000', bridge("<model type='e1000'/><driver iommu='on'/>"), '/interface/driver/@iommu'],
    ['bandwidth without average', bridge("<bandwidth><inbound peak='10'/></bandwidth>"), '/interface/bandwidth/inbound/@average'],
    [
      'more bandwidth than the kernel counts',
      bridge("<bandwidth><inbound average='99999999999'/></bandwidth>"),
      '/interface/bandwidth/inbound/@average',
    ],
    ['a burst beyond it', bridge("<bandwidth><outbound average='1' burst='4194304'/></bandwidth>"), '/interface/bandwidth/outbound/@burst'],
    ['a peak below the average', bridge("<bandwidth><inbound average='9' peak='8'/></bandwidth>"), '/interface/bandwidth/inbound/@peak'],
    ['a floor on a bridge', bridge("<bandwidth><inbound average='1' floor='1'/></bandwidth>"), '/interface/bandwidth/inbound/@floor'],
    [
      'an outbound floor',
      "<interface type='network'><source network='n'/><bandwidth><outbound average='1' floor='1'/></bandwidth></interface>",
      '/interface/bandwidth/outbound/@floor',
    ],
    ['bandwidth that is no number', bridge("<bandwidth><inbound average='fast'/></bandwidth>"), '/interface/bandwidth/inbound/@average'],
    [
      'a transient NIC without partner',
      "<interface type='hostdev'><source><address type='pci' slot='1'/></source><teaming type='transient'/></interface>",
      '/interface/teaming/@persistent',
    ],
    ['a persistent NIC that is not virtio', bridge("<model type='e1000'/><teaming type='persistent'/>"), '/interface/teaming/@type'],
    [
      'vhostuser without virtio',
      "<interface type='vhostuser'><source type='unix' path='/s' mode='client'/><model type='e1000'/></interface>",
      '/interface/model/@type',
    ],
    ['passt on a bridge', bridge("<backend type='passt'/>"), '/interface/backend/@type'],
    [
      'port forwards of a NIC that is no user NIC',
      "<interface type='bridge'><source bridge='br0'/><portForward proto='tcp'><range start='22'/></portForward></interface>",
      '/interface/portForward',
    ],
    [
      'a range that ends before it starts',
      "<interface type='user'><backend type='passt'/><portForward proto='tcp'><range start='30' end='20'/></portForward></interface>",
      '/interface/portForward/range/@end',
    ],
    ['a model with forbidden characters', bridge("<model type='a;b'/>"), '/interface/model/@type'],
    ['an address that is none', "<interface type='user'><ip address='300.1.1.1'/></interface>", '/interface/ip/@address'],
    ['a boot order of 0', bridge("<boot order='0'/>"), '/interface/boot/@order'],
    ['an ACPI index over 16383', bridge("<acpi index='16384'/>"), '/interface/acpi/@index'],
  ])('refuses %s', (_, xml, path) => {
    const errors = read(xml).problems.filter(({ severity }) => severity === 'error');
    expect(errors.map((problem) => problem.path)).toContain(path);
    expect(errors.every(({ line, message }) => line === 1 && message.endsWith('.'))).toBe(true);
  });

  it('warns of a bandwidth without effect', () => {
    expect(read("<interface type='user'><bandwidth><inbound average='1'/></bandwidth></interface>").problems).toMatchObject([
      { severity: 'warning', path: '/interface/bandwidth' },
    ]);
  });
});

describe('rules at start', () => {
  it.each([
    ['a script on a bridge', bridge("<script path='/bin/true'/>"), '/interface/script/@path'],
    ['more queues than the kernel has', virtio("<driver queues='257'/>"), '/interface/driver/@queues'],
    ['a number of queues that must size nothing', virtio("<driver queues='1000000000'/>"), '/interface/driver/@queues'],
    [
      'more queues than QEMU has',
      "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/><model type='virtio'/><driver queues='512'/></interface>",
      '/interface/driver/@queues',
    ],
    ['queues on user', "<interface type='user'><model type='virtio'/><driver queues='4'/></interface>", '/interface/driver/@queues'],
    ['a VLAN on a plain bridge', bridge("<vlan><tag id='42'/></vlan>"), '/interface/vlan'],
    ['a name of 16 characters', bridge("<target dev='abcdefghijklmnop'/>"), '/interface/target/@dev'],
    ['a name with a slash', bridge("<target dev='a/b'/>"), '/interface/target/@dev'],
    ['two templates in a name', bridge("<target dev='a%d%d'/>"), '/interface/target/@dev'],
    ["managed='no' without a name", "<interface type='ethernet'><target managed='no'/></interface>", '/interface/target'],
    ['a filter on direct', "<interface type='direct'><source dev='e'/><filterref filter='f'/></interface>", '/interface/filterref'],
    [
      'a TAP device file on direct',
      "<interface type='direct'><source dev='e'/><backend tap='/dev/t'/></interface>",
      '/interface/backend/@tap',
    ],
  ])('refuses %s, and lets it be defined', (_, xml, path) => {
    expect(read(xml).problems).toMatchObject([{ severity: 'unsupported', path }]);
  });
});

describe('NICs of one domain', () => {
  const domain = (nics: string, os = '') =>
    readDomain(
      parseXml(
        `<domain type='kvm'><name>d</name><memory>1024</memory><os><type arch='x86_64' machine='pc'>hvm</type>${os}</os><devices>${nics}</devices></domain>`,
      ),
    );

  it.each([
    [
      'the same boot order twice',
      "<interface><boot order='1'/></interface><interface><boot order='1'/></interface>",
      '',
      '/domain/devices/interface[2]/boot/@order',
    ],
    ['a boot order beside os/boot', "<interface><boot order='1'/></interface>", "<boot dev='hd'/>", '/domain/devices/interface/boot'],
    [
      'the same alias twice',
      "<interface><alias name='ua-a'/></interface><interface><alias name='ua-a'/></interface>",
      '',
      '/domain/devices/interface[2]/alias/@name',
    ],
    [
      'the same ACPI index twice',
      "<interface><acpi index='1'/></interface><interface><acpi index='1'/></interface>",
      '',
      '/domain/devices/interface[2]/acpi/@index',
    ],
    [
      'the same PCI address twice',
      "<interface><address type='pci' slot='3'/></interface><interface><address type='pci' slot='0x03'/></interface>",
      '',
      '/domain/devices/interface[2]/address',
    ],
    [
      'a partner that is not there',
      "<interface type='hostdev'><source><address type='pci' slot='1'/></source><teaming type='transient' persistent='ua-x'/></interface>",
      '',
      '/domain/devices/interface/teaming/@persistent',
    ],
  ])('refuses %s', (_, nics, os, path) => {
    expect(domain(nics, os).problems).toMatchObject([{ severity: 'error', path }]);
  });

  it('lets two NICs share a MAC, as libvirt does', () => {
    expect(
      domain("<interface><mac address='52:54:00:00:00:01'/></interface><interface><mac address='52:54:00:00:00:01'/></interface>").problems,
    ).toEqual([]);
  });
});
