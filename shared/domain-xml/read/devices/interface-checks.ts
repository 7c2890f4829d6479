import type { Interface, InterfaceDriver } from '../../../domain/interface.ts';
import type { Reader } from '../reader/reader.ts';
import { isVirtioNicModel } from './interface-names.ts';
import { mostQueues } from './interface-parts.ts';

const tapTypes: readonly Interface['type'][] = ['bridge', 'network', 'ethernet'];
/** Those whose queues are another process's or a card's, not a TAP's. */
const vhost: readonly Interface['type'][] = ['vhostuser', 'vdpa'];

/** Longest name of a network interface, bytes (IFNAMSIZ without the final NUL). */
export const maxInterfaceName = 15;

/** What is wrong with a name for a TAP, one sentence; undefined when it can be used. `%d` once is a template. */
export function tapNameFault(name: string): string | undefined {
  if (new TextEncoder().encode(name).length > maxInterfaceName)
    return `'${name}' is longer than ${maxInterfaceName} characters, the most that the kernel allows.`;
  if (name === '.' || name === '..' || /[/\s:]/.test(name))
    return `'${name}' is no name for a network interface: no blanks, no / and no colon.`;
  if (name.replace('%d', '').includes('%')) return `'${name}' may hold %d once, and no other %.`;
  return undefined;
}

/** Rules that libvirt applies when a NIC is defined: errors. */
const checkDefinition = (reader: Reader, nic: Interface, driver: InterfaceDriver, model: string): void => {
  const { type } = nic;
  const at = (name: string): Reader => reader.child(name) ?? reader;
  const virtio = isVirtioNicModel(model);
  const passt = nic.backend?.type === 'passt';

  if (nic.targetManaged === false && type !== 'ethernet') {
    at('target').error(`Only an interface of type 'ethernet' can use a TAP of your own (managed='no'), not '${type}'.`, 'managed');
  }
  if (type !== 'ethernet') {
    const source = reader.child('source');
    if (source?.has('ip') === true || source?.has('route') === true)
      source.error("Addresses of the host's side go with type='ethernet' only.");
  }
  if (type !== 'user' && !(type === 'vhostuser' && passt)) {
    const wrong = nic.ips[0] ?? nic.routes[0];
    if (wrong !== undefined) reader.findings.add('error', wrong.path, "Addresses of the guest's side go with type='user' only.");
  } else {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const second = nic.ips.filter((ip) => ip.family === family)[1];
      if (second !== undefined) reader.findings.add('error', second.path, `A user interface takes one ${family} address.`);
    }
    for (const ip of nic.ips) {
      if (ip.peer !== undefined) reader.findings.add('error', `${ip.path}/@peer`, "A user interface's address has no peer.");
      if (passt || ip.prefix === undefined) continue;
      // slirp's own limits (libvirt: virDomainNetDefValidate).
      if (ip.family === 'ipv4' && (ip.prefix < 4 || ip.prefix > 27))
        reader.findings.add('error', `${ip.path}/@prefix`, 'The prefix must be 4 to 27.');
      if (ip.family === 'ipv6' && ip.prefix !== 0 && ip.prefix !== 64)
        reader.findings.add('error', `${ip.path}/@prefix`, 'The prefix must be 64.');
    }
    const route = nic.routes[0];
    if (route !== undefined) reader.findings.add('error', route.path, 'A user interface takes no routes.');
  }
  if (passt && type !== 'user' && type !== 'vhostuser') at('backend').error("The backend 'passt' goes with type='user' only.", 'type');
  if (nic.backend?.logFile !== undefined && !passt) at('backend').error("A log file needs the backend 'passt'.", 'logFile');
  // libvirt takes them with passt only; QEMU's own user network (slirp) has them as well, so here they may be stored without passt.
  if (nic.portForwards.length > 0 && !(type === 'user' || (passt && type === 'vhostuser'))) {
    reader.findings.add('error', nic.portForwards[0]?.path ?? reader.path, "Port forwards need type='user'.");
  }
  if (nic.mtu !== undefined && !['bridge', 'network', 'ethernet', 'vhostuser'].includes(type) && !(type === 'user' && passt)) {
    at('mtu').error(`The MTU of an interface of type '${type}' cannot be set.`);
  }
  if (reader.child('coalesce') !== undefined && type !== 'bridge' && type !== 'network') {
    at('coalesce').error(`An interface of type '${type}' has no coalesce settings.`);
  }
  if (nic.portIsolated !== undefined && ((type !== 'bridge' && type !== 'network') || nic.virtualPort !== undefined)) {
    at('port').error('Port isolation needs a Linux bridge or a network, without <virtualport>.', 'isolated');
  }
  if (!virtio && type !== 'hostdev') {
    for (const [key, name] of [
      ['iommu', 'iommu'],
      ['ats', 'ats'],
      ['packed', 'packed'],
      ['pagePerVq', 'page_per_vq'],
    ] as const) {
      if (driver[key] !== undefined) at('driver').error(`The driver option "${name}" is for virtio models only.`, name);
    }
  }
  if (nic.teaming?.type === 'transient') {
    if (nic.teaming.persistent === undefined) at('teaming').error('A transient NIC of a team names its persistent one.', 'persistent');
    if (type !== 'hostdev' && type !== 'network') at('teaming').error("A transient NIC of a team must be of type 'hostdev'.", 'type');
  }
  if (nic.teaming?.type === 'persistent') {
    if (nic.teaming.persistent !== undefined) at('teaming').error('Only a transient NIC names a persistent one.', 'persistent');
    if (!virtio) at('teaming').error('The persistent NIC of a team must be of a virtio model.', 'type');
  }
  if (type === 'vhostuser' && !virtio) at('model').error("An interface of type 'vhostuser' needs a virtio model.", 'type');
  if (type === 'vdpa' && !virtio) at('model').error("An interface of type 'vdpa' needs a virtio model.", 'type');
  if (nic.source.type === 'vhostuser' && nic.source.mode === 'server' && nic.source.reconnect !== undefined) {
    at('source').error('Only a client reconnects.');
  }
};

/** Rules that libvirt applies when the machine starts, as far as the XML alone tells. */
const checkStart = (reader: Reader, nic: Interface): void => {
  const { type } = nic;
  const refuse = (path: string, message: string): void => reader.findings.add('unsupported', path, message);
  const at = (name: string): string => (reader.child(name) ?? reader).path;
  if (nic.script !== undefined && type !== 'ethernet')
    refuse(`${at('script')}/@path`, `Scripts run for interfaces of type 'ethernet' only, not '${type}'.`);
  if ((nic.driver.queues ?? 1) > 1 && ![...tapTypes, 'direct', ...vhost].includes(type)) {
    refuse(`${at('driver')}/@queues`, `An interface of type '${type}' cannot have several queues.`);
  } else {
    const most = vhost.includes(type) ? mostQueues.virtio : mostQueues.tap;
    const whose = vhost.includes(type) ? 'QEMU' : 'the kernel';
    if ((nic.driver.queues ?? 1) > most)
      refuse(`${at('driver')}/@queues`, `An interface of type '${type}' has at most ${most} queues: ${whose} can’t have more.`);
  }
  if (nic.filter !== undefined && type !== 'user' && (!tapTypes.includes(type) || nic.virtualPort !== undefined)) {
    refuse(nic.filter.path, `An interface of type '${type}' cannot be filtered.`);
  }
  if (nic.backend?.tap !== undefined && !tapTypes.includes(type)) {
    refuse(`${at('backend')}/@tap`, `An interface of type '${type}' has no TAP to open.`);
  }
  if (
    nic.vlan !== undefined &&
    !(type === 'hostdev' || type === 'network' || (type === 'direct' && nic.source.type === 'direct' && nic.source.mode === 'passthrough'))
  ) {
    if (nic.virtualPort?.type !== 'openvswitch' && nic.virtualPort?.type !== 'midonet') {
      refuse(nic.vlan.path, `VLAN tags are not supported on an interface of type '${type}' without Open vSwitch.`);
    }
  }
  if (nic.target !== undefined && (tapTypes.includes(type) || type === 'direct')) {
    const fault = tapNameFault(nic.target);
    if (fault !== undefined) refuse(`${at('target')}/@dev`, fault);
  }
  if (nic.targetManaged === false && nic.target === undefined)
    refuse(at('target'), "With managed='no' the TAP must be named: <target dev=…/>.");
};

/**
 * Checks one NIC by itself.
 *
 * @param driver the `<driver>` as written, also where the model makes libvirt drop it
 * @param model the model it has or will get
 */
export function checkInterface(reader: Reader, nic: Interface, driver: InterfaceDriver, model: string): void {
  checkDefinition(reader, nic, driver, model);
  checkStart(reader, nic);
}
