import { describe, expect, it } from 'vitest';
import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { domainXml } from '../../../qemu/testing/plan-of.ts';
import { checkedBackend } from '../testing/checked-backend.ts';

type Case = readonly [devices: string, more?: Parameters<typeof domainXml>[1]];

const backend = checkedBackend({ numaNodes: [0, 1] });
const stops = async ([devices, more]: Case): Promise<readonly string[]> =>
  (await backend.problems(domainXml(devices, more)))
    .filter(({ severity }) => severity === 'error' || severity === 'unsupported')
    .map(({ path }) => path);

const top = (text: string): Case => ['', { top: text }];
const bios = (date: string) => top(`<sysinfo type='smbios'><bios><entry name='date'>${date}</entry></bios></sysinfo>`);
const cells = (sibling: number) =>
  `<cpu><numa>${[0, 1].map((id) => `<cell id='${id}' cpus='${id}' memory='128' unit='MiB'>${id === 0 ? `<distances><sibling id='${sibling}' value='21'/></distances>` : ''}</cell>`).join('')}</numa></cpu>`;
const vnc = (socket: string, listen: string): Case => [`<graphics type='vnc' socket='${socket}'>${listen}</graphics>`];
const tcp = (mode: string, more: string): Case => [
  `<serial type='tcp'><source mode='${mode}' host='127.0.0.1' service='99'>${more}</source></serial>`,
];

/** What libvirt refuses since it can't be, and its nearest neighbour that can. */
const rules: Readonly<Record<string, { readonly no: readonly Case[]; readonly at: string; readonly yes: readonly Case[] }>> = {
  'a date of the SMBIOS that is none': {
    no: ['999/999/123', '13/01/2020', '01/32/2020', '01/01/1899', '2020-01-01', 'x'].map(bios),
    at: '/domain/sysinfo/bios',
    yes: ['04/01/2014', '4/1/14', '12/31/1999'].map(bios),
  },
  'a distance to a NUMA cell that isn’t there': {
    no: [top(cells(7))],
    at: '/domain/cpu/numa/cell[1]/distances/sibling/@id',
    yes: [],
  },
  'memory from NUMA nodes that this computer hasn’t': {
    no: ['0-2', '5', '0,3'].map((nodes) => top(`<numatune><memory mode='strict' nodeset='${nodes}'/></numatune>`)),
    at: '/domain/numatune/memory/@nodeset',
    yes: ['0', '0-1', '0-2,^2'].map((nodes) => top(`<numatune><memory mode='strict' nodeset='${nodes}'/></numatune>`)),
  },
  'a PCI expander near a NUMA cell that isn’t there': {
    no: [
      [
        "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='254'><node>3</node></target></controller>",
        { machine: 'pc' },
      ],
    ],
    at: '/domain/devices/controller[2]/target/node',
    yes: [["<controller type='pci' index='1' model='pci-expander-bus'><target busNr='254'/></controller>", { machine: 'pc' }]],
  },
  'a socket of VNC that its first <listen> contradicts': {
    no: [
      vnc('/tmp/a', "<listen type='address' address='127.0.0.1'/>"),
      vnc('/tmp/a', "<listen type='socket' socket='/tmp/b'/>"),
      vnc('/tmp/a', "<listen type='none'/>"),
    ],
    at: '/domain/devices/graphics/@socket',
    yes: [vnc('/tmp/a', "<listen type='socket' socket='/tmp/a'/>"), vnc('/tmp/a', "<listen type='socket'/>"), vnc('/tmp/a', '')],
  },
  'a listening socket that is to reconnect': {
    no: [tcp('bind', "<reconnect enabled='yes' timeout='3'/>")],
    at: '/domain/devices/serial/source/reconnect',
    yes: [tcp('connect', "<reconnect enabled='yes' timeout='3'/>"), tcp('bind', '')],
  },
  'protocols of a character device that QEMU has not': {
    no: ['tls', 'telnets'].map((type): Case => [
      `<serial type='tcp'><source mode='bind' host='127.0.0.1' service='99'/><protocol type='${type}'/></serial>`,
    ]),
    at: '/domain/devices/serial/protocol/@type',
    yes: ['raw', 'telnet'].map((type): Case => [
      `<serial type='tcp'><source mode='bind' host='127.0.0.1' service='99'/><protocol type='${type}'/></serial>`,
    ]),
  },
  'input devices of virtio’s transitional kinds, which don’t exist': {
    no: ['virtio-transitional', 'virtio-non-transitional'].map((model): Case => [`<input type='keyboard' bus='virtio' model='${model}'/>`]),
    at: '/domain/devices/input/@model',
    yes: [["<input type='keyboard' bus='virtio' model='virtio'/>"]],
  },
  'interrupts of shared memory that has none': {
    no: [["<shmem name='a'><model type='ivshmem-plain'/><size unit='M'>4</size><msi vectors='3'/></shmem>"]],
    at: '/domain/devices/shmem/msi',
    yes: [["<shmem name='a'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"]],
  },
};

describe('what libvirt refuses is refused at its place, and its neighbour is not', () => {
  it.each(Object.entries(rules))('%s', async (_, { no, at, yes }) => {
    for (const one of no) expect(await stops(one), JSON.stringify(one)).toContain(at);
    for (const one of yes) expect(await stops(one), JSON.stringify(one)).toEqual([]);
  });

  it('more memory than can be rounded up to a whole MiB', async () => {
    const xml = domainXml('').replace("unit='MiB'>256<", "unit='KiB'>9007199254740991<");
    expect(await backend.problems(xml)).toContainEqual(expect.objectContaining({ severity: 'error', path: '/domain/memory' }));
  });
});

describe('what libvirt knows is no error here, though a start may not have it', () => {
  const severities = (xml: string) => readDomain(parseXml(xml)).problems.filter(({ severity }) => severity === 'error');

  it.each([
    ['SMBIOS left alone', domainXml('').replace('</os>', "<smbios mode='none'/></os>")],
    ['an asynchronous teardown that is off', domainXml('').replace('<acpi/>', "<acpi/><async-teardown enabled='no'/>")],
    ['an asynchronous teardown', domainXml('').replace('<acpi/>', '<acpi/><async-teardown/>')],
    [
      'SEV-SNP',
      domainXml('', {
        top: "<launchSecurity type='sev-snp'><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits><policy>0x30000</policy></launchSecurity>",
      }),
    ],
    [
      'TDX',
      domainXml('', {
        top: "<launchSecurity type='tdx'><policy>0x10000001</policy><quoteGenerationService path='/run/x'/></launchSecurity>",
      }),
    ],
    ['MTP', domainXml("<filesystem type='mount'><driver type='mtp'/><source dir='/x'/><target dir='y'/></filesystem>")],
    [
      'a console at the PCI address of its serial port',
      domainXml(
        ['serial', 'console']
          .map(
            (name) =>
              `<${name} type='pty'><target type='${name === 'serial' ? 'pci-serial' : 'serial'}' port='0'/><address type='pci' domain='0' bus='0' slot='4' function='0'/></${name}>`,
          )
          .join(''),
      ),
    ],
  ])('%s', (_, xml) => {
    expect(severities(xml)).toEqual([]);
  });

  it('and SEV-SNP, TDX and a teardown that is wanted are refused by their own names', async () => {
    for (const type of ['sev-snp', 'tdx']) {
      const [found] = await backend.problems(
        domainXml('', { top: `<launchSecurity type='${type}'><policy>0x30000</policy></launchSecurity>` }),
      );
      expect(found).toMatchObject({
        severity: 'unsupported',
        path: '/domain/launchSecurity/@type',
        message: expect.stringContaining(type) as string,
      });
    }
    const teardown = domainXml('').replace('<acpi/>', "<acpi/><async-teardown enabled='yes'/>");
    expect(await backend.problems(teardown)).toMatchObject([{ severity: 'unsupported', path: '/domain/features/async-teardown' }]);
  });
});
