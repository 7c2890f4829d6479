import { connect, pciModels, type PciModel } from './pci-buses.ts';
import type { DraftController, DraftDevices, DraftDomain } from '../plan/draft.ts';

/** Kinds of the drafts, for looking up what a device needs. */
type Drafts = { [K in keyof DraftDevices]-?: NonNullable<DraftDevices[K]> extends readonly (infer T)[] ? T : NonNullable<DraftDevices[K]> };

/**
 * What each kind of device needs of the PCI bus it is plugged into: bits of {@link connect}, 0 for devices that
 * aren't PCI devices. The rules are libvirt 9.0's: on a machine with PCIe, modern virtio devices, e1000e, xHCI and
 * passed-through devices go to PCIe ports, everything else to conventional slots.
 */
export function connectFlags(draft: DraftDomain) {
  const pci = connect.pciDevice | connect.autoAssign;
  const pcie = draft.chipset === 'q35' ? connect.pcieDevice | connect.autoAssign : pci;
  const virtio = (model: string | undefined) => (model === 'virtio-transitional' ? pci : pcie);
  return {
    controller: (controller: DraftController): number => {
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
    filesystem: (f: Drafts['filesystems']): number => virtio(f.model),
    interface: (i: Drafts['interfaces']): number => {
      if (i.type === 'hostdev') return pcie;
      const model = i.model ?? 'rtl8139';
      if (model === 'usb-net') return 0;
      if (model === 'virtio-transitional') return pci;
      if (conventionalNics.has(model)) return pci;
      return pcie;
    },
    sound: (s: Drafts['sounds']): number => (['ich6', 'ich7', 'ich9', 'ac97', 'es1370', 'virtio'].includes(s.model) ? pci : 0),
    disk: (d: Drafts['disks']): number => (d.bus === 'virtio' ? virtio(d.model) : 0),
    hostdev: (h: Drafts['hostdevs']): number => {
      if (h.source.type === 'pci' || (h.source.type === 'mdev' && h.source.model === 'vfio-pci')) return pcie;
      if (h.source.type === 'scsi_host') return virtio(h.model);
      return 0;
    },
    memballoon: (b: Drafts['memballoon']): number => (b.model === 'none' || b.model === 'xen' ? 0 : virtio(b.model)),
    rng: (r: Drafts['rngs']): number => virtio(r.model),
    watchdog: (w: Drafts['watchdogs']): number => (w.model === 'i6300esb' ? pci : 0),
    video: (v: Drafts['videos']): number => {
      if (v.model === 'none' || v.model === 'ramfb') return 0;
      return v.model === 'virtio' || v.model === 'bochs' ? pcie : pci;
    },
    shmem: pci,
    input: (i: Drafts['inputs']): number => (i.bus === 'virtio' ? virtio(i.model) : 0),
    serial: (s: Drafts['serials']): number => (s.targetType === 'pci-serial' ? pci : 0),
    iommu: (i: Drafts['iommu']): number =>
      i.model === 'virtio' ? (draft.chipset === 'q35' ? connect.pcieDevice : connect.pciDevice) | connect.integrated : 0,
    vsock: (v: Drafts['vsock']): number => virtio(v.model),
    memory: (m: Drafts['memories']): number => (m.model === 'virtio-mem' || m.model === 'virtio-pmem' ? pcie : 0),
  };
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
