/** A domain with a bit of everything that an edit must leave alone: comments, CDATA, PIs, foreign namespaces, odd quotes. */
export const sampleDomain = `<?xml version="1.0" encoding="UTF-8"?>
<!-- my favourite machine -->
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>sample</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <metadata>
    <my:notes xmlns:my="urn:my" when='today'><![CDATA[1 < 2 & so on]]></my:notes>
  </metadata>
  <memory unit='MiB'>512</memory>
  <currentMemory unit='MiB'>512</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev="hd"/>
  </os>
  <features>
    <acpi/>
    <!-- for old Windows -->
    <pae/>
  </features>
  <clock offset='utc'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'   cache="none"/>
      <source file='/images/a &amp; b.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <!-- the house's network -->
      <mac address='52:54:00:E4:2E:C1'/>
      <source bridge='br200'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
      <future feature='yes'/>
    </interface>
    <interface type="ethernet">
      <mac address="f6:19:e0:6c:84:c3"/>
      <script path=""/>
      <target dev="tap10"/>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x04" function="0x0"/>
    </interface>
    <serial type='pty'><target port='0'/></serial>
    <?keep this?>
    <memballoon model='virtio'/>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-foo'/>
  </qemu:commandline>
</domain>
`;
