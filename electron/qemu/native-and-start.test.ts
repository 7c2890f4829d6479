import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../shared/errors.ts';
import { domainXml, planOf, valuesOf } from './testing/plan-of.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';
import type { PlanPurpose } from './plan/plan-input.ts';

const folder = join(import.meta.dirname, 'testing/pairs');
const recorded = readdirSync(folder)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);

const sources: Readonly<Record<string, string>> = {
  bridge: "<source bridge='br0'/>",
  ethernet: "<target dev='tap0'/>",
  direct: "<source dev='eth0' mode='bridge'/>",
  user: "<ip family='ipv4' address='172.17.2.0' prefix='24'/>",
  server: "<source address='127.0.0.1' port='5558'/>",
  client: "<source address='127.0.0.1' port='5558'/>",
  mcast: "<source address='230.0.0.1' port='5558'/>",
  udp: "<source address='127.0.0.1' port='5558'><local address='127.0.0.1' port='5559'/></source>",
};
const mac = "<mac address='52:54:00:00:00:01'/>";
const extras: Readonly<Record<string, string>> = {
  plain: '',
  'link, MTU, boot and ROM': "<link state='down'/><mtu size='1400'/><boot order='1'/><rom bar='off'/>",
  'bandwidth and tuning': "<bandwidth><inbound average='100'/></bandwidth><tune><sndbuf>1600</sndbuf></tune>",
  driver:
    "<driver name='qemu' txmode='timer' ioeventfd='off' event_idx='off' rx_queue_size='512'><host csum='off'/><guest tso4='off'/></driver>",
  queues: "<driver queues='4'/>",
};
const written = Object.entries(sources).flatMap(([type, source]) =>
  ['virtio', 'e1000', 'rtl8139'].flatMap((model) =>
    Object.entries(extras).flatMap(([extra, more]) =>
      (['pc', 'q35'] as const).map((machine) => {
        const nic = `<interface type='${type}'>${mac}${source}<model type='${model}'/>${more}</interface>`;
        return [
          `${type}, ${model}, ${extra}, ${machine}`,
          domainXml(nic + nic.replace(':01', ':02').replace("<boot order='1'/>", ''), { machine, type: 'kvm' }),
        ] as const;
      }),
    ),
  ),
);

/** What the two command lines say of the NICs, without the numbers of descriptors, which other devices shift; undefined where it is refused. */
const nicsOf = (xml: string, purpose: PlanPurpose): readonly string[] | undefined => {
  try {
    const plan = planOf(xml, { capabilities: syntheticCapabilities(), purpose, host: { vhostNet: true, passt: true, recorded: false } });
    const netdevs = valuesOf(plan, '-netdev');
    const devices = valuesOf(plan, '-device').filter((text) => /"netdev":|[,]netdev=/.test(text));
    const folded = [...netdevs, ...devices].map((text) => text.replaceAll(/("(?:vhost)?fds?":)"[\d:]+"/g, '$1"…"'));
    // An emulated machine has no vhost here, whatever libvirt's own command line has (wantsVhost).
    return /<domain type='qemu'/.test(xml) ? folded.map((text) => text.replaceAll(/"vhost(?:fds?)?":(?:true|"…"),/g, '')) : folded;
  } catch (error) {
    if (error instanceof TapestryError && error.code.startsWith('xml-')) return undefined;
    throw error;
  }
};

describe('the NICs that domxml-to-native shows are those of a start', () => {
  it('in every recorded machine, and for every kind with every model', () => {
    let compared = 0;
    for (const [name, xml] of [...recorded, ...written]) {
      const start = nicsOf(xml, 'start');
      const native = nicsOf(xml, 'native');
      if (start === undefined || native === undefined) {
        // What one of them refuses can't be compared; a start refuses more.
        expect(start, name).toBeUndefined();
        continue;
      }
      expect(start, name).toEqual(native);
      compared += native.length > 0 ? 1 : 0;
    }
    expect(compared).toBeGreaterThan(130);
  });
});
