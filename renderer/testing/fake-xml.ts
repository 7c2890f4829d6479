import { newDomain } from '../../shared/domain-xml/index.ts';

/**
 * A machine's definition as the New VM dialog writes it, with a NIC on br0 and an installer; beyond that a comment that edits must keep.
 */
export function xmlNamed(name: string, uuid: string, type: 'kvm' | 'qemu' = 'kvm'): string {
  return newDomain({
    name,
    uuid,
    type,
    memoryKiB: 2 * 1024 ** 2,
    vcpus: 2,
    emulator: '/usr/bin/qemu-system-x86_64',
    disks: [{ file: `/home/user/.local/share/tapestry/images/${name}.qcow2`, format: 'qcow2' }],
    media: [{ file: '/home/user/iso/debian-13.iso' }],
    interfaces: [{ source: { type: 'bridge', bridge: 'br0' }, mac: '52:54:00:7a:1c:12' }],
    guestAgent: false,
  })
    .replace('    <interface', '    <!-- the LAN -->\n    <interface')
    .replace(/ *<boot dev='cdrom'\/>\n/, '');
}

/** The definition of web-01. */
export const runningXml = xmlNamed('web-01', '11111111-2222-4333-8444-555555555501');
