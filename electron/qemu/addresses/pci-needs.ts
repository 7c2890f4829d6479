import { connect, pciModels, type PciModel } from './pci-buses.ts';
import { draftsOf, type DraftDomain, type DraftOf, type Placed, type PlannedKind } from '../plan/draft.ts';

/** What a device needs of the PCI bus it is plugged into: bits of {@link connect}, 0 where it is no PCI device. */
type PciRule<K extends PlannedKind> = (device: DraftOf<K>, buses: Buses) => number;

/** What a machine's buses take: `virtio` by the flavour, `pcie` devices go to a port where there is PCIe. */
interface Buses {
  readonly pci: number;
  readonly pcie: number;
  readonly virtio: (model: string | undefined) => number;
  /** A place on the root bus that nothing is plugged into. */
  readonly integrated: number;
}

const none = (): number => 0;

/**
 * What each kind of device needs, in the order in which libvirt gives out slots (src/qemu/qemu_domain_address.c,
 * qemuDomainAssignDevicePCISlots); what never has one stands behind. The rules are libvirt 9.0's: on a machine with PCIe, modern virtio
 * devices, e1000e, xHCI and passed-through devices go to PCIe ports, everything else to conventional slots.
 */
const pciRules: { readonly [K in PlannedKind]: PciRule<K> } = {
  filesystem: ({ model }, { virtio }) => virtio(model),
  interface: (nic, { pci, pcie }) => {
    if (nic.type === 'hostdev') return pcie;
    const model = nic.model ?? 'rtl8139';
    if (model === 'usb-net') return 0;
    if (model === 'virtio-transitional') return pci;
    return conventionalNics.has(model) ? pci : pcie;
  },
  sound: ({ model }, { pci }) => (['ich6', 'ich7', 'ich9', 'ac97', 'es1370', 'virtio'].includes(model) ? pci : 0),
  controller: (controller, { pci, pcie, virtio }) => {
    switch (controller.type) {
      case 'scsi':
        if (controller.model?.startsWith('virtio')) return virtio(controller.model);
        return controller.model === 'lsisas1078' ? pcie : pci;
      case 'usb':
        return controller.model === 'nec-xhci' || controller.model === 'qemu-xhci' ? pcie : pci;
      case 'virtio-serial':
        return virtio(controller.model);
      case 'ide':
      case 'sata':
        return pci;
      case 'pci':
        return controller.model === undefined ? 0 : pciModels[controller.model as PciModel].needs;
      case 'ccid':
      case 'fdc':
      case 'isa':
      case 'xenbus':
        return 0;
    }
  },
  disk: ({ bus, model }, { virtio }) => (bus === 'virtio' ? virtio(model) : 0),
  hostdev: ({ source, model }, { pcie, virtio }) => {
    if (source.type === 'pci' || (source.type === 'mdev' && source.model === 'vfio-pci')) return pcie;
    return source.type === 'scsi_host' ? virtio(model) : 0;
  },
  memballoon: ({ model }, { virtio }) => (model === 'none' || model === 'xen' ? 0 : virtio(model)),
  rng: ({ model }, { virtio }) => virtio(model),
  watchdog: ({ model }, { pci }) => (model === 'i6300esb' ? pci : 0),
  video: ({ model }, { pci, pcie }) => {
    if (model === 'none' || model === 'ramfb') return 0;
    return model === 'virtio' || model === 'bochs' ? pcie : pci;
  },
  shmem: (_shmem, { pci }) => pci,
  input: ({ bus, model }, { virtio }) => (bus === 'virtio' ? virtio(model) : 0),
  serial: ({ targetType }, { pci }) => (targetType === 'pci-serial' ? pci : 0),
  iommu: ({ model }, { integrated }) => (model === 'virtio' ? integrated : 0),
  vsock: ({ model }, { virtio }) => virtio(model),
  memory: ({ model }, { pcie }) => (model === 'virtio-mem' || model === 'virtio-pmem' ? pcie : 0),
  // A conventional slot, although it is a virtio device: so libvirt has it.
  crypto: (_crypto, { pci }) => pci,
  panic: none,
  smartcard: none,
  parallel: none,
  console: none,
  channel: none,
  tpm: none,
  graphics: none,
  audio: none,
  redirdev: none,
  hub: none,
};

/** A device that may be plugged into a PCI bus, with what it needs there: bits of {@link connect}, 0 for one that isn't a PCI device. */
export interface Flagged {
  readonly device: Placed;
  readonly needs: number;
}

const busesOf = ({ chipset }: DraftDomain): Buses => {
  const isPcie = chipset === 'q35';
  const pci = connect.pciDevice | connect.autoAssign;
  const pcie = isPcie ? connect.pcieDevice | connect.autoAssign : pci;
  return {
    pci,
    pcie,
    virtio: (model) => (model === 'virtio-transitional' ? pci : pcie),
    integrated: (isPcie ? connect.pcieDevice : connect.pciDevice) | connect.integrated,
  };
};

/** What a device of a kind needs in this machine. */
export function pciNeeds<K extends PlannedKind>(draft: DraftDomain, kind: K, device: DraftOf<K>): number {
  const rule: PciRule<K> = pciRules[kind];
  return rule(device, busesOf(draft));
}

/** All devices with what they need of a PCI bus, in the order in which libvirt gives out slots. */
export function flaggedDevices(draft: DraftDomain): Flagged[] {
  const buses = busesOf(draft);
  const of = <K extends PlannedKind>(kind: K, wanted: (device: DraftOf<K>) => boolean = () => true): Flagged[] => {
    const rule: PciRule<K> = pciRules[kind];
    return draftsOf(draft.devices, kind).flatMap((device) => (wanted(device) ? [{ device, needs: rule(device, buses) }] : []));
  };
  const isHostdev = (nic: DraftOf<'interface'>): boolean => nic.type === 'hostdev';
  // Out of their kind's turn: PCI controllers come before everything, NICs that are devices of the host behind disks.
  return [
    ...of('controller', ({ type, model }) => type === 'pci' && model !== 'pci-root' && model !== 'pcie-root'),
    ...(Object.keys(pciRules) as PlannedKind[]).flatMap((kind) => {
      if (kind === 'interface') return of('interface', (nic) => !isHostdev(nic));
      if (kind === 'controller') return of('controller', ({ type, model }) => type !== 'pci' && !(type === 'usb' && model === 'none'));
      return kind === 'disk' ? [...of('disk'), ...of('interface', isHostdev)] : of(kind);
    }),
  ];
}

/** NIC models that QEMU has as conventional PCI devices; unknown ones are taken for PCIe, as libvirt does. */
const conventionalNics = new Set([
  'netfront',
  'rtl8139',
  'e1000',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'smc91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
]);
