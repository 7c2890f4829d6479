import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../shared/errors.ts';
import { parseXml, readDomain } from '../../shared/domain-xml/index.ts';
import { planLaunch, readingProblems } from './launch-plan.ts';
import { unknownHost } from './plan/plan-input.ts';
import { findingsOf } from './plan/refusals.ts';
import { domainXml } from './testing/plan-of.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';

/** Paths at which a start of this machine is refused, by reading it and by planning it. */
const refusedAt = (xml: string): readonly string[] => {
  const document = parseXml(xml);
  const reading = readDomain(document);
  const read = readingProblems(document, reading).filter(({ severity }) => severity === 'error' || severity === 'unsupported');
  try {
    planLaunch({
      document,
      domain: reading.domain,
      capabilities: syntheticCapabilities(),
      purpose: 'start',
      paths: { runtime: '/run/tapestry/demo', nvram: '/var/lib/tapestry/nvram' },
      host: unknownHost,
    });
    return read.map(({ path }) => path);
  } catch (error) {
    if (error instanceof TapestryError) return [...read, ...findingsOf(error)].map(({ path }) => path);
    throw error;
  }
};

interface Device {
  /** The device with these attributes and this content. */
  readonly whole: (attributes: string, content: string) => string;
  readonly path: string;
  /** What is refused of it, by the path below it; `@…`: an attribute of the device. */
  readonly parts: Readonly<Record<string, string>>;
  readonly machine?: string;
}

const devices: Readonly<Record<string, Device>> = {
  'a NIC': {
    whole: (attributes, content) => `<interface type='bridge'${attributes}><source bridge='br0'/>${content}</interface>`,
    path: '/domain/devices/interface',
    parts: {
      'model/@type': "<model type='netfront'/>",
      filterref: "<filterref filter='clean-traffic'/>",
      vlan: "<vlan><tag id='42'/></vlan>",
      virtualport: "<virtualport type='openvswitch'/>",
      script: "<script path='/etc/qemu-ifup'/>",
    },
  },
  'a NIC of user networking': {
    whole: (attributes, content) => `<interface type='user'${attributes}>${content}</interface>`,
    path: '/domain/devices/interface',
    parts: {
      'driver/@queues': "<model type='virtio'/><driver queues='4'/>",
      'portForward[1]/@dev': "<portForward proto='tcp' dev='eth0'><range start='22'/></portForward>",
      'portForward[2]/@address': "<portForward proto='tcp' address='::1'><range start='23'/></portForward>",
      filterref: "<filterref filter='clean-traffic'/>",
    },
  },
  'a disk': {
    whole: (attributes, content) =>
      `<disk type='file' device='disk'${attributes}><source file='/x'/><target dev='vda' bus='virtio'/>${content}</disk>`,
    path: '/domain/devices/disk',
    parts: {
      transient: '<transient/>',
      encryption: "<encryption format='luks'><secret type='passphrase' uuid='00000000-0000-4000-8000-000000000001'/></encryption>",
      product: '<product>x</product>',
      'address/@type': "<address type='usb' bus='0' port='1'/>",
    },
  },
  'a SPICE display': {
    whole: (attributes, content) => `<graphics type='spice' autoport='yes'${attributes}>${content}</graphics>`,
    path: '/domain/devices/graphics',
    parts: {
      'channel[1]/@mode': "<channel name='main' mode='secure'/>",
      'channel[2]/@mode': "<channel name='display' mode='secure'/>",
    },
  },
  'a TPM': {
    whole: (_, content) => `<tpm model='tpm-crb'><backend type='emulator' version='2.0'>${content}</backend></tpm>`,
    path: '/domain/devices/tpm/backend',
    parts: {
      encryption: "<encryption secret='00000000-0000-4000-8000-000000000001'/>",
      active_pcr_banks: '<active_pcr_banks><sha256/></active_pcr_banks>',
      'profile/@source': "<profile source='local:x'/>",
    },
    machine: 'q35',
  },
  'a USB controller': {
    whole: (attributes, content) => `<controller type='usb' index='1'${attributes}>${content}</controller>`,
    path: '/domain/devices/controller[2]',
    parts: { '@model': " model='vt82c686b-uhci'", '@ports': " ports='4'" },
  },
};

describe('what is refused of one device is told at once', () => {
  it.each(Object.entries(devices))('%s', (_, { whole, path, parts, machine = 'pc' }) => {
    const written = (which: readonly string[]) => {
      const of = (isAttribute: boolean) =>
        which
          .filter((at) => at.startsWith('@') === isAttribute)
          .map((at) => parts[at])
          .join('');
      return domainXml(whole(of(true), of(false)), { machine });
    };
    const all = Object.keys(parts).map((at) => `${path}/${at}`);
    expect(refusedAt(written(Object.keys(parts)))).toEqual(expect.arrayContaining(all));
    // Two of them, too: whichever comes first hides nothing.
    for (const one of Object.keys(parts)) {
      for (const other of Object.keys(parts)) {
        if (one === other || one.includes('[') || other.includes('[')) continue;
        expect(refusedAt(written([one, other]))).toEqual(expect.arrayContaining([`${path}/${one}`, `${path}/${other}`]));
      }
    }
  });

  it('and a clock whose timers are each refused', () => {
    const clock = "<clock offset='variable' basis='localtime'><timer name='platform'/><timer name='tsc' mode='native'/></clock>";
    expect(refusedAt(domainXml('', { top: clock }))).toEqual([
      '/domain/clock/@basis',
      '/domain/clock/timer[1]/@name',
      '/domain/clock/timer[2]/@mode',
    ]);
  });
});
