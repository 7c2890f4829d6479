import { describe, expect, test } from 'vitest';
import { findGenerated, isLibvirtPath, withoutGenerated } from './generated.ts';
import { parseXml } from './xml/parse.ts';

/** A running machine's XML as libvirt 9.0 dumps it, cut to what is of interest. */
const dumped = `<domain type='kvm' id='7'>
  <name>web</name>
  <uuid>a75aca4b-a02f-2bcb-4a91-c93cd848c34b</uuid>
  <memory unit='KiB'>1048576</memory>
  <vcpu placement='static'>2</vcpu>
  <resource>
    <partition>/machine</partition>
  </resource>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
  </os>
  <!-- kept -->
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/images/web.qcow2' index='2'>
        <seclabel model='selinux' labelskip='yes'/>
      </source>
      <backingStore type='file' index='3'>
        <format type='qcow2'/>
        <source file='/images/base.qcow2'/>
        <backingStore/>
      </backingStore>
      <target dev='vda' bus='virtio'/>
      <alias name='virtio-disk0'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
      <alias name='ua-cd'/>
    </disk>
    <interface type='bridge'>
      <mac address='52:54:00:00:00:01'/>
      <source bridge='br0'/>
      <target dev='vnet3'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
    <interface type='network'>
      <source network='default' portid='2ffd9b1c-6a4c-4a9e-a9a3-a8dd1a9d9c2a' bridge='virbr0'/>
      <target dev='mine0'/>
      <model type='virtio'/>
    </interface>
    <interface type='ethernet'>
      <target dev='vnet9' managed='no'/>
    </interface>
    <serial type='pty'>
      <source path='/dev/pts/5'/>
      <target type='isa-serial' port='0'/>
      <alias name='serial0'/>
    </serial>
    <console type='pty' tty='/dev/pts/5'>
      <source path='/dev/pts/5'/>
      <target type='serial' port='0'/>
      <alias name='serial0'/>
    </console>
    <channel type='unix'>
      <source mode='bind' path='/var/lib/libvirt/qemu/channel/target/domain-7-web/org.qemu.guest_agent.0'/>
      <target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>
      <alias name='channel0'/>
    </channel>
    <channel type='unix'>
      <source mode='bind' path='/srv/agents/web.sock'/>
      <target type='virtio' name='org.example.agent'/>
    </channel>
    <graphics type='vnc' port='5903' autoport='yes' listen='127.0.0.1'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <graphics type='spice' socket='/var/lib/libvirt/qemu/domain-7-web/spice.sock'>
      <listen type='socket' socket='/var/lib/libvirt/qemu/domain-7-web/spice.sock'/>
    </graphics>
    <vsock model='virtio'>
      <cid auto='yes' address='3'/>
    </vsock>
  </devices>
  <seclabel type='dynamic' model='dac' relabel='yes'>
    <label>+64055:+64055</label>
    <imagelabel>+64055:+64055</imagelabel>
  </seclabel>
</domain>
`;

/** The same as an inactive definition. */
const inactive = dumped
  .replace(" id='7'", '')
  .replace(/\n {2}<resource>[^]*?<\/resource>/, '')
  .replace(" index='2'", '')
  .replace(/\n *<seclabel model='selinux' labelskip='yes'\/>/, '')
  .replace(/\n *<backingStore type[^]*?\n {6}<\/backingStore>/, '')
  .replaceAll(/\n *<alias name='(?!ua-)[^']*'\/>/g, '')
  .replace(/\n *<target dev='vnet3'\/>/, '')
  .replace(" portid='2ffd9b1c-6a4c-4a9e-a9a3-a8dd1a9d9c2a' bridge='virbr0'", '')
  .replaceAll(/\n *<source path='\/dev\/pts\/5'\/>/g, '')
  .replace(" tty='/dev/pts/5'", '')
  .replace(/\n *<source mode='bind' path='\/var\/lib\/[^>]*>/, '')
  .replace("port='5903'", "port='-1'")
  .replaceAll(/ socket='\/var\/lib\/libvirt\/qemu\/domain-7-web\/spice.sock'/g, '')
  .replace(" address='3'", '')
  .replace(/\n {2}<seclabel type='dynamic'[^]*?<\/seclabel>/, '');

describe('what a daemon generated', () => {
  test('is left out of a running machine’s XML, and nothing else is touched', () => {
    expect(withoutGenerated(parseXml(dumped)).text).toBe(inactive);
    const again = parseXml(inactive);
    expect(withoutGenerated(again)).toBe(again);
    expect(findGenerated(again).notes).toEqual([]);
  });

  test('is told: by its path where one would look for it, and once for all that only describes the run', () => {
    const { notes } = findGenerated(parseXml(dumped));
    expect(notes.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      'note /domain/@id',
      'note /domain/resource',
      'note /domain/devices/channel[1]/source/@path',
      'note /domain/devices/graphics[2]/@socket',
      'note /domain/devices/graphics[2]/listen/@socket',
      'note /domain/seclabel',
    ]);
    expect(notes.every(({ line }) => line !== undefined)).toBe(true);
  });

  test('what a person chose stays', () => {
    for (const own of [
      "<seclabel type='dynamic' model='selinux'><baselabel>system_u:object_r:svirt_image_t:s0</baselabel></seclabel>",
      "<seclabel type='static' model='dac'><label>+0:+0</label></seclabel>",
      "<seclabel type='none'/>",
      '<resource><partition>/production</partition></resource>',
      "<devices><disk type='file'><source file='/a'/><backingStore type='file'><source file='/b'/></backingStore></disk></devices>",
      "<devices><disk type='file'><source file='/a'><seclabel model='dac' relabel='no'/></source></disk></devices>",
      "<devices><graphics type='vnc' port='5901' autoport='no'/><graphics type='vnc' port='5902'/></devices>",
      "<devices><interface type='bridge'><target dev='tap-web'/><alias name='ua-net'/></interface></devices>",
      "<devices><serial type='dev'><source path='/dev/pts/3'/></serial><serial type='unix'><source mode='bind' path='/tmp/s'/></serial></devices>",
      "<devices><vsock><cid auto='no' address='5'/></vsock></devices>",
    ]) {
      const document = parseXml(`<domain type='kvm'>${own}</domain>`);
      expect(withoutGenerated(document).text, own).toBe(document.text);
    }
  });

  test('a resource element keeps what isn’t the default partition', () => {
    const document = parseXml("<domain><resource><partition>/machine</partition><fibrechannel appid='a'/></resource></domain>");
    expect(withoutGenerated(document).text).toBe("<domain><resource><fibrechannel appid='a'/></resource></domain>");
  });

  test('one device is looked at as in a domain', () => {
    const nic = parseXml("<interface type='bridge'><source bridge='br0'/><target dev='vt0123abcd'/><alias name='net1'/></interface>");
    expect(withoutGenerated(nic).text).toBe("<interface type='bridge'><source bridge='br0'/></interface>");
  });

  test.each([
    ['/var/lib/libvirt/qemu/channel/target/domain-12-a/org.qemu.guest_agent.0', true],
    ['/run/libvirt/qemu/channel/7-a/org.qemu.guest_agent.0', true],
    ['/var/run/libvirt/qemu/channel/7-a/org.qemu.guest_agent.0', true],
    ['/run/user/1000/libvirt/qemu/run/channel/7-a/org.qemu.guest_agent.0', true],
    ['/home/anna/.config/libvirt/qemu/lib/domain-1-a/monitor.sock', true],
    ['/home/anna/.cache/libvirt/qemu/run/channel/3-a/org.qemu.guest_agent.0', true],
    ['/var/lib/libvirt/qemu/channel/target/web.org.qemu.guest_agent.0', true],
    ['/var/lib/libvirt/qemu/channel/target/my-own.sock', false],
    ['/var/lib/libvirt/images/domain-1-a/x', false],
    ['/srv/domain-1-a/org.qemu.guest_agent.0', false],
    ['/var/lib/libvirt/qemu/nvram/a_VARS.fd', false],
  ])('%s is libvirt’s: %s', (path, expected) => {
    expect(isLibvirtPath(path, 'org.qemu.guest_agent.0')).toBe(expected);
  });
});
