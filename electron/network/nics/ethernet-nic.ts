import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { now } from '../helper/clock.ts';
import type { NicDriver } from './nic-driver.ts';
import { releaseTap } from './release-tap.ts';
import { runUpScript } from './scripts.ts';
import { byHelper } from './step-authors.ts';
import { openOwnTap, openTap } from './tap.ts';

/** Length of a dotted netmask; undefined when absent. */
const prefixOf = (netmask: string | undefined): number | undefined =>
  netmask === undefined
    ? undefined
    : netmask
        .split('.')
        .map((part) => Number(part).toString(2).replaceAll('0', '').length)
        .reduce((sum, bits) => sum + bits, 0);

/** A TAP by itself, ours or the user's own (formatdomain, "Generic ethernet connection"). */
export const ethernetNic: NicDriver<'ethernet'> = {
  device: 'tap',
  network: 'host',
  hostBeside: true,
  handsOver: true,
  source: () => null,
  openTap: (nic, context) => (nic.targetManaged === false ? openOwnTap(nic, context) : openTap(nic, { ...context, mayBeForeign: true })),
  remembers: ({ downscript }) => ({ downscript: downscript ?? null }),
  prepare: async (nic, tap, helper, deadline) => {
    const steps: NicStep[] = [];
    const about = { name: tap.device, path: nic.path };
    for (const ip of tap.created ? nic.source.ips : []) {
      const prefix = ip.prefix ?? (ip.family === 'ipv4' ? 24 : 64);
      const { at, pid } = await helper.run('address', { name: tap.device, ip: `${ip.address}/${prefix}`, peer: ip.peer }, { about });
      steps.push({ at, kind: 'host-address', address: ip.address, prefix, by: byHelper(pid) });
    }
    for (const route of tap.created ? nic.source.routes : []) {
      const prefix = route.prefix ?? prefixOf(route.netmask) ?? (route.family === 'ipv4' ? 32 : 128);
      const { at, pid } = await helper.run(
        'route',
        { name: tap.device, ip: `${route.address}/${prefix}`, via: route.gateway, metric: route.metric },
        { about },
      );
      steps.push({ at, kind: 'host-route', address: route.address, prefix, gateway: route.gateway, by: byHelper(pid) });
    }
    if (nic.script !== undefined) {
      await runUpScript(nic.script, tap.device, nic.path, deadline);
      steps.push({ at: now(), kind: 'script', script: nic.script, device: tap.device });
    }
    return steps;
  },
  release: (record) => Promise.resolve(releaseTap(record)),
};
