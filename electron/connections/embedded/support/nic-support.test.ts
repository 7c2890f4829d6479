import { describe, expect, it } from 'vitest';
import { nicParts, type NicPart } from '../../../../shared/contract/operations.ts';
import { interfaceTypes, type InterfaceType } from '../../../../shared/domain/interface.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { findingsOf } from '../../../qemu/plan/refusals.ts';
import { domainXml, planOf } from '../../../qemu/testing/plan-of.ts';
import { embeddedSupport } from './embedded-support.ts';

/** A NIC of each type, as little as libvirt takes for one. */
const sources: Readonly<Record<InterfaceType, string>> = {
  bridge: "<source bridge='br0'/>",
  ethernet: "<target dev='tap9'/>",
  network: "<source network='default'/>",
  user: '',
  direct: "<source dev='eth0' mode='bridge'/>",
  hostdev: "<source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source>",
  vhostuser: "<source type='unix' path='/run/switch' mode='server'/>",
  vdpa: "<source dev='/dev/vhost-vdpa-0'/>",
  udp: "<source address='127.0.0.1' port='5000'><local address='127.0.0.1' port='5001'/></source>",
  mcast: "<source address='230.0.0.1' port='5000'/>",
  server: "<source address='127.0.0.1' port='5000'/>",
  client: "<source address='127.0.0.1' port='5000'/>",
  internal: "<source name='lan'/>",
  null: '',
  vds: "<source switchid='00000000-0000-4000-8000-000000000000' portid='1' portgroupid='g' connectionid='1'/>",
};

/** A NIC that says each part, in a way that is right by itself; undefined: what a NIC without it hasn't either, or what isn't said in XML. */
const saying: Readonly<Record<NicPart, string | undefined>> = {
  type: undefined,
  source: undefined,
  bridge: undefined,
  mac: "<mac address='52:54:00:00:00:01'/>",
  macType: "<mac address='52:54:00:00:00:01' type='static'/>",
  macCheck: undefined, // VMware alone
  model: undefined,
  driver: "<driver name='qemu'/>",
  backend: "<backend tap='/dev/net/tun'/>",
  backendDomain: undefined, // Xen alone
  mtu: "<mtu size='9000'/>",
  target: "<target dev='lan0'/>",
  targetManaged: undefined, // of a TAP that the user has made
  script: undefined, // of the type ethernet
  downscript: undefined,
  guestDev: undefined, // containers alone
  guestActual: undefined,
  vlan: "<vlan><tag id='42'/></vlan>",
  virtualPort: "<virtualport type='openvswitch'/>",
  trustGuestRxFilters: undefined, // an attribute of the NIC
  bandwidth: "<bandwidth><inbound average='100'/></bandwidth>",
  portIsolated: "<port isolated='yes'/>",
  ips: undefined, // of the type ethernet
  routes: undefined,
  portForwards: undefined, // of passt
  filter: "<filterref filter='clean-traffic'/>",
  sndbuf: '<tune><sndbuf>1600</sndbuf></tune>',
  teaming: "<teaming type='persistent'/><alias name='ua-team'/>",
  link: "<link state='down'/>",
  coalesceRxFrames: "<coalesce><rx><frames max='7'/></rx></coalesce>",
  bootOrder: "<boot order='1'/>",
  rom: "<rom bar='off'/>",
  acpiIndex: undefined, // needs a machine that has it
  loadparm: undefined, // s390x alone
  address: "<address type='pci' domain='0' bus='0' slot='9' function='0'/>",
  alias: "<alias name='ua-lan'/>",
};

/** Where a start of a machine with this NIC is refused. */
const refusedAt = (type: InterfaceType, content: string): readonly string[] => {
  try {
    planOf(domainXml(`<interface type='${type}'>${sources[type]}<model type='virtio'/>${content}</interface>`));
    return [];
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return findingsOf(error).map(({ path }) => path);
  }
};

describe('what support says of a start with a NIC is what a plan does', () => {
  it.each(interfaceTypes)('of the type %s', (type) => {
    const refused = refusedAt(type, '');
    if (embeddedSupport[`start-nic-${type}`] === 'yes') expect(refused).toEqual([]);
    else expect(refused).toContain('/domain/devices/interface/@type');
  });

  it.each(nicParts.filter((part) => saying[part] !== undefined))('that says %s', (part) => {
    const isRefused = refusedAt('bridge', saying[part] ?? '').length > 0;
    expect(isRefused).toBe(embeddedSupport[`start-nic-part-${part}`] !== 'yes');
  });

  it('of parts that no bridge NIC says, refuses none that others may', () => {
    for (const part of nicParts.filter((one) => saying[one] === undefined)) expect(embeddedSupport[`start-nic-part-${part}`]).toBe('yes');
  });
});
