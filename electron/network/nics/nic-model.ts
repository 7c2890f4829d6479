/** Models whose TAP carries a virtio network header (libvirt: qemuDomainNet… vnet-capable). */
const vnetModels: ReadonlySet<string> = new Set(['virtio', 'virtio-transitional', 'virtio-non-transitional', 'e1000e', 'vmxnet3', 'igb']);

/** Does the TAP of a NIC of this model take IFF_VNET_HDR? Names as libvirt stores them (lower case); absent is the default model, which doesn't. */
export function takesVnetHeader(model: string | undefined): boolean {
  return model !== undefined && vnetModels.has(model);
}
