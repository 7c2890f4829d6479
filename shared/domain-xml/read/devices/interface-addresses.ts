import type { InterfaceIp, InterfaceRoute } from '../../../domain/interface.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';
import { ipFamily, prefixOfNetmask } from './ip.ts';

/**
 * Reads `<ip>` children: a host's TAP's or the guest's (formatdomain "IP configuration"). Prefix 0–32 or 0–128 by the family, which the
 * address says where it isn't given; wrong values are findings of the reader.
 */
export function readIps(reader: Reader | undefined): InterfaceIp[] {
  return (reader?.children('ip') ?? []).map((ip) => {
    const address = ip.required('address');
    const actual = ipFamily(address);
    if (address !== '' && actual === undefined) ip.error(`'${address}' is not an IP address.`, 'address');
    const said = ip.oneOf('family', ['ipv4', 'ipv6']);
    const family = said ?? actual ?? 'ipv4';
    if (actual !== undefined && said !== undefined && said !== actual)
      ip.error(`${address} is an address of ${actual}, not ${said}.`, 'family');
    const peer = ip.attribute('peer');
    if (peer !== undefined && ipFamily(peer) !== family) ip.error(`'${peer}' is not an ${family} address.`, 'peer');
    return made<InterfaceIp>({ path: ip.path, address, family, prefix: ip.integer('prefix', { max: family === 'ipv4' ? 32 : 128 }), peer });
  });
}

/** Reads `<route>` children (formatdomain "IP configuration"): prefix or net mask, metric 1–2³²−1; wrong values are findings of the reader. */
export function readRoutes(reader: Reader | undefined): InterfaceRoute[] {
  return (reader?.children('route') ?? []).map((route) => {
    const family = route.oneOf('family', ['ipv4', 'ipv6']) ?? 'ipv4';
    const any = family === 'ipv4' ? '0.0.0.0' : '::';
    const address = route.attribute('address') ?? any;
    const gateway = route.required('gateway');
    if (ipFamily(address) !== family) route.error(`'${address}' is not an ${family} address.`, 'address');
    if (gateway !== '' && ipFamily(gateway) !== family) route.error(`'${gateway}' is not an ${family} address.`, 'gateway');
    const netmask = route.attribute('netmask');
    if (netmask !== undefined && prefixOfNetmask(netmask) === undefined) route.error(`'${netmask}' is not a net mask.`, 'netmask');
    const prefix = route.integer('prefix', { max: family === 'ipv4' ? 32 : 128 });
    if (prefix !== undefined && netmask !== undefined) route.error('A route takes a prefix or a net mask, not both.', 'prefix');
    return made<InterfaceRoute>({
      path: route.path,
      family,
      address,
      netmask,
      prefix,
      gateway,
      metric: route.integer('metric', { min: 1, max: 0xffffffff }),
    });
  });
}
