/** NIC models that libvirt knows, as it stores them; it finds them in any case of letters. */
export const knownNicModels = [
  'netfront',
  'rtl8139',
  'virtio',
  'e1000',
  'e1000e',
  'igb',
  'virtio-transitional',
  'virtio-non-transitional',
  'usb-net',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
] as const;

/** The stored spelling of a NIC model: canonical where libvirt knows it, else as it is. */
export function canonicalNicModel(model: string): string {
  return knownNicModels.find((known) => known.toLowerCase() === model.toLowerCase()) ?? model;
}

/** Is this one of the three virtio flavours? (`virtio-net-pci` is not: libvirt takes it as a model it doesn't know.) */
export function isVirtioNicModel(model: string): boolean {
  return model === 'virtio' || model === 'virtio-transitional' || model === 'virtio-non-transitional';
}

/** Does QEMU's device of this model take the virtio-net header on a TAP? */
export function takesVnetHeader(model: string): boolean {
  return isVirtioNicModel(model) || model === 'e1000e' || model === 'igb' || model === 'vmxnet3';
}

/**
 * The model that a NIC without `<model>` gets when it is defined.
 *
 * @param type the interface's type: some types fix it; undefined for `hostdev`, which has none
 * @param arch of `<os><type>`; absent means x86_64 here, the only case where the answer doesn't change
 * @param machine of `<os><type>`
 */
export function defaultNicModel(type: string, arch = 'x86_64', machine = ''): string | undefined {
  if (type === 'hostdev') return undefined;
  if (type === 'vdpa' || type === 'vhostuser') return 'virtio';
  if (arch.startsWith('s390') || arch.startsWith('loongarch')) return 'virtio';
  const virt = machine === 'virt' || machine.startsWith('virt-');
  if (arch.startsWith('riscv') && virt) return 'virtio';
  if (arch.startsWith('aarch64') || arch.startsWith('arm')) return virt ? 'virtio' : machine === 'versatilepb' ? 'smc91c111' : 'lan9118';
  return 'rtl8139';
}

/**
 * Is this a name that starts give to TAPs by themselves (libvirt's and ours)? Such a name in a stored definition is a
 * left-over of a running one and means "choose one".
 */
export function isReservedTapName(name: string): boolean {
  return /^(?:vnet|macvtap|macvlan)/.test(name) || /^vt[0-9a-f]{8}$/.test(name);
}
