import type { Domain } from '../../../domain/domain.ts';
import type { Reader } from '../reader/reader.ts';
import { parseNumberSet } from '../sections/cpu-set.ts';
import { checkDuplicates } from './duplicates.ts';
import { checkNuma } from './numa.ts';
import { checkUsb } from './usb.ts';

const isQ35 = (machine: string | undefined): boolean => machine === 'q35' || machine?.startsWith('pc-q35') === true;
const isI440fx = (machine: string | undefined): boolean =>
  machine === 'pc' || machine?.startsWith('pc-i440fx') === true || /^pc-[01]\./.test(machine ?? '');

/** Rules between memory, NUMA and huge pages. */
const checkMemory = (add: (path: string, message: string) => void, { memory, cpu, devices, path }: Domain & { path: string }): void => {
  const cells = cpu?.numa ?? [];
  const pages = memory.backing.hugePages ?? [];
  const general = pages.filter(({ nodeset }) => nodeset === undefined);
  if (general.length > 1) {
    add(general[1]?.path ?? path, `Two sizes of huge pages for the whole machine: ${general[0]?.size} and ${general[1]?.size} KiB.`);
  }
  const master = general[0];
  const other = pages.find(({ nodeset }) => nodeset !== undefined);
  if (master !== undefined && other !== undefined && cells.length === 0) {
    add(other.path, `Two sizes of huge pages for the whole machine: ${master.size} and ${other.size} KiB.`);
  }
  const seen = new Set<number>();
  const ids = new Set(cells.length === 0 ? [0] : cells.map(({ id }) => id));
  for (const page of pages) {
    if (page.nodeset === undefined) continue;
    const nodes = parseNumberSet(page.nodeset);
    if (nodes === undefined) add(`${page.path}/@nodeset`, `'${page.nodeset}' is not a set of numbers.`);
    // Without cells the machine is one node, 0.
    const missing = nodes?.find((node) => !ids.has(node));
    if (missing !== undefined) add(`${page.path}/@nodeset`, `There is no NUMA node ${missing} in the guest.`);
    const twice = nodes?.find((node) => seen.has(node));
    if (twice !== undefined) add(`${page.path}/@nodeset`, `Two sizes of huge pages for the NUMA node ${twice}.`);
    for (const node of nodes ?? []) seen.add(node);
  }
  for (const device of devices.memories) {
    if (device.model === 'virtio-pmem' || device.model === 'sgx-epc') continue;
    if (cells.length === 0 && memory.max === undefined && device.model !== 'nvdimm')
      add(device.path, 'Memory that can be plugged needs <maxMemory> and a NUMA cell.');
    if (device.node !== undefined && cells.length > 0 && !cells.some(({ id }) => id === device.node)) {
      add(`${device.path}/target/node`, `There is no NUMA node ${device.node}: the guest has ${cells.length}.`);
    }
  }
};

/** Highest index of a PCI controller: a bus number has 8 bits (libvirt: qemu_domain_address.c). */
export const maxPciIndex = 255;

/** Rules that tie devices to the machine type. */
const checkMachine = (add: (path: string, message: string) => void, { os, devices, features }: Domain): void => {
  const { arch = 'x86_64', machine } = os;
  const x86 = arch === 'x86_64' || arch === 'i686';
  for (const { type, index = 0, path } of devices.controllers) {
    if (type === 'pci' && index > maxPciIndex)
      add(`${path}/@index`, `A PCI controller has an index of at most ${maxPciIndex}, not ${index}.`);
  }
  const root = devices.controllers.find((controller) => controller.type === 'pci' && controller.index === 0);
  const wanted = isQ35(machine) ? 'pcie-root' : isI440fx(machine) || arch.startsWith('ppc64') ? 'pci-root' : undefined;
  if (root?.model !== undefined && wanted !== undefined && root.model !== wanted) {
    add(`${root.path}/@model`, `The PCI controller with the index 0 is a '${wanted}' on this machine type, not a '${root.model}'.`);
  }
  if (isI440fx(machine) && x86) {
    const express = devices.controllers.find(({ model }) => model === 'pcie-expander-bus');
    if (express !== undefined) add(`${express.path}/@model`, 'A PCI Express expander bus needs a q35 machine.');
  }
  for (const { model, index, path } of arch.startsWith('ppc64') ? [] : devices.controllers) {
    // pSeries machines have several PCI host bridges, each a root.
    if ((model === 'pci-root' || model === 'pcie-root') && (index ?? 0) !== 0) add(`${path}/@index`, 'The root bus has the index 0.');
  }
  if (arch.startsWith('ppc64')) {
    for (const controller of devices.controllers.filter(({ model }) => model === 'pci-root')) {
      const target = controller.target?.index;
      if (target !== undefined && (target === 0) !== ((controller.index ?? 0) === 0)) {
        add(`${controller.path}/target/@index`, 'Only the PCI controller with the index 0 has the target index 0.');
      }
    }
  }
  if (devices.iommu?.model === 'intel' && x86 && !isQ35(machine))
    add(devices.iommu.path, "An IOMMU of the model 'intel' needs a q35 machine.");
  if (devices.iommu?.model === 'smmuv3' && !/^(?:arm|aarch64)/.test(arch))
    add(devices.iommu.path, "An IOMMU of the model 'smmuv3' needs an ARM virt machine.");
  for (const parallel of arch.startsWith('s390') || arch.startsWith('ppc64') ? devices.parallels : [])
    add(parallel.path, 'A machine of this architecture has no parallel ports.');
  for (const serial of devices.serials) {
    const wrong =
      (serial.targetType === 'spapr-vio-serial' && !arch.startsWith('ppc64')) ||
      (serial.targetType === 'sclp-serial' && !arch.startsWith('s390')) ||
      (serial.targetType === 'isa-debug' && !x86) ||
      (serial.targetType === 'system-serial' && !/^(?:arm|aarch64|riscv|loongarch)/.test(arch));
    if (wrong) add(`${serial.path}/target/@type`, `A serial port of the type '${serial.targetType}' does not exist on this machine type.`);
  }
  const pflash = os.loader?.type === 'pflash' || os.firmware === 'efi';
  if (x86 && pflash && !features.acpi) add(features.path, 'UEFI needs ACPI on this architecture: add <acpi/> to <features>.');
  if (arch === 'aarch64' && !pflash && features.acpi) add(features.path, 'ACPI needs UEFI on this architecture.');
  if (arch.startsWith('s390') && devices.panics.some(({ model, address }) => model === undefined && address !== undefined)) {
    add(devices.panics[0]?.path ?? features.path, 'A panic device has no address on this architecture.');
  }
};

/** Rules about screens. */
const checkDisplays = (add: (path: string, message: string) => void, { devices }: Domain): void => {
  const primaries = devices.videos.filter(({ primary }) => primary);
  if (primaries[1] !== undefined) add(`${primaries[1].path}/model/@primary`, 'There can be one primary video device only.');
  for (const video of devices.videos) {
    if (video.model === 'ramfb' && video.address !== undefined) {
      add(`${video.path}/address`, `Video of the model 'ramfb' has no address.`);
    }
  }
  const gl = devices.graphics.filter((graphics) => graphics.type === 'egl-headless' || ('gl' in graphics && graphics.gl === true));
  if (gl[1] !== undefined) add(gl[1].path, 'QEMU can have one OpenGL display only.');
  for (const hostdev of devices.hostdevs) {
    const { source } = hostdev;
    if (source.type === 'mdev' && source.display === true && devices.graphics.length === 0) {
      add(`${hostdev.path}/@display`, 'display="on" needs a <graphics> device.');
    }
    if (source.type === 'mdev' && source.ramfb === true && source.display !== true)
      add(`${hostdev.path}/@ramfb`, 'ramfb="on" needs display="on".');
  }
};

/** Rules between the parts of a domain that libvirt applies when it is defined. */
export function checkDomain(reader: Reader, domain: Domain): void {
  const add = (path: string, message: string): void => reader.findings.add('error', path, message);
  checkDuplicates(reader, domain);
  checkUsb(reader, domain.devices);
  checkMemory(add, { ...domain, path: reader.path });
  checkNuma(add, domain);
  checkMachine(add, domain);
  checkDisplays(add, domain);
  if (domain.type === 'qemu' && domain.cpu?.mode === 'host-passthrough') {
    const message = "The host's own CPU needs KVM; emulation (type='qemu') takes another CPU mode, as 'maximum'.";
    reader.findings.add('unsupported', `${domain.cpu.path}/@mode`, message);
  }
  const tpms = domain.devices.tpms.filter(({ model }) => model !== 'spapr-tpm-proxy');
  if (tpms[1] !== undefined) add(tpms[1].path, 'There can be one TPM only.');
  for (const { source, path, teaming } of domain.devices.interfaces) {
    const persistent = teaming?.type === 'transient' ? teaming.persistent : undefined;
    if (persistent !== undefined && !domain.devices.interfaces.some(({ alias }) => alias === persistent)) {
      add(`${path}/teaming/@persistent`, `No interface has the alias '${persistent}' (${source.type}).`);
    }
  }
  for (const disk of domain.devices.disks) {
    const id = disk.driver.iothread;
    if (id !== undefined && !domain.ioThreads.threads.some((thread) => thread.id === id)) {
      add(`${disk.path}/driver/@iothread`, `There is no I/O thread ${id}.`);
    }
  }
}
