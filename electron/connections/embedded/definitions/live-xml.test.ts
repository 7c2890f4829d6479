import { describe, expect, it } from 'vitest';
import { withLiveFacts } from './live-xml.ts';

const xml = `<domain type='qemu'>
  <name>a</name>
  <devices>
    <interface type='bridge'>
      <mac address='52:54:00:00:00:01'/>
      <source bridge='br0'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
    <interface type='ethernet'>
      <target dev='mine'/>
      <alias name='net1'/>
    </interface>
    <serial type='pty'>
      <target port='0'/>
      <alias name='serial0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
      <alias name='serial0'/>
    </console>
    <serial type='unix'>
      <source mode='bind' path='/x'/>
      <alias name='serial1'/>
    </serial>
  </devices>
</domain>
`;

describe('withLiveFacts', () => {
  it('writes id, pty paths and host devices where libvirt has them, and nothing else', () => {
    const live = withLiveFacts(xml, {
      id: 3,
      ttys: new Map([
        ['serial0', '/dev/pts/7'],
        ['serial1', '/dev/pts/8'],
      ]),
      hostDevices: new Map([
        ['net0', 'tp0a1b2c3d'],
        ['net1', 'mine'],
      ]),
    });
    const expected = xml
      .replace("type='qemu'", "type='qemu' id='3'")
      .replace("<source bridge='br0'/>", "<source bridge='br0'/>\n      <target dev='tp0a1b2c3d'/>")
      .replace("<serial type='pty'>", "<serial type='pty'>\n      <source path='/dev/pts/7'/>")
      .replace("<console type='pty'>", "<console type='pty' tty='/dev/pts/7'>\n      <source path='/dev/pts/7'/>");
    expect(live).toBe(expected);
  });
});
