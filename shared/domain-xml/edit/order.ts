import { elementOrder } from '../../domain/device-kinds.ts';
import { childElements, type XmlElement } from '../xml/nodes.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Order of children in libvirt's own output (src/conf/domain_conf.c), by their parent: a new one goes where it belongs. Parents that aren't
 * named are devices of the other kinds, and what lies in devices.
 */
const orders: Readonly<Record<string, readonly string[]>> = {
  domain: words(
    `name uuid genid title description metadata maxMemory memory currentMemory blkiotune memtune memoryBacking vcpu vcpus iothreads
     iothreadids defaultiothread cputune numatune resource sysinfo bootloader os idmap features cpu clock on_poweroff on_reboot on_crash
     on_lockfailure pm perf devices seclabel keywrap launchSecurity`,
  ),
  devices: elementOrder,
  interface: words(
    `mac source vlan virtualport bandwidth port ip route portForward script downscript backenddomain target guest model driver backend
     filterref tune teaming link mtu coalesce boot alias rom acpi address`,
  ),
};

const ofDevice = words('listen driver source target readonly mac model codec rate backend stats acceleration boot alias rom acpi address');

/**
 * The child behind which a new one of this name belongs: the last of its name, else the last that libvirt puts before it.
 * @returns undefined for the front
 */
export function predecessor(parent: XmlElement, name: string): XmlElement | undefined {
  const children = childElements(parent);
  const same = children.findLast((child) => child.name === name);
  if (same) return same;
  const order = (Object.hasOwn(orders, parent.name) ? orders[parent.name] : undefined) ?? ofDevice;
  const rank = order.indexOf(name);
  if (rank < 0) return children.at(-1);
  const before = children.findLast((child) => order.includes(child.name) && order.indexOf(child.name) < rank);
  if (before) return before;
  // Without a known predecessor: in front of the first known successor.
  const successor = children.findIndex((child) => order.indexOf(child.name) > rank);
  return successor < 0 ? children.at(-1) : children[successor - 1];
}
