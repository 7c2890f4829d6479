import { bridgeFault } from '../view/bridges-here.ts';
import type { NicDriver } from './nic-driver.ts';
import { openTap } from './tap.ts';
import { releaseTap } from './release-tap.ts';

/** A TAP of ours on a bridge of this host (formatdomain, "Bridge to LAN"). */
export const bridgeNic: NicDriver<'bridge'> = {
  device: 'tap',
  network: 'host',
  handsOver: true,
  source: ({ source }) => source.bridge,
  bridge: ({ source }) => source.bridge,
  validate: ({ source, path }) => bridgeFault(source.bridge, path),
  openTap: (nic, context) => openTap(nic, { ...context, bridge: nic.source.bridge }),
  release: (record) => Promise.resolve(releaseTap(record)),
  fault: ({ source: { bridge } }, record, interfaces) => {
    if (!record.created || record.device === null) return undefined;
    const device = interfaces.find(({ name }) => name === record.device);
    if (device === undefined)
      return {
        loss: { how: 'device-deleted', device: record.device },
        error: {
          code: 'interface-missing',
          message: `The TAP “${record.device}” of this NIC is gone: another program deleted it.`,
          next: 'Detach the NIC and attach it anew, or start the machine again.',
        },
      };
    if (device.master === bridge) return undefined;
    const putBack = { kind: 'put-back', label: `Put back on ${bridge}`, value: bridge } as const;
    if (device.master !== null)
      return {
        loss: { how: 'put-elsewhere', bridge, to: device.master },
        error: {
          code: 'wrong-state',
          message: `Another program put this NIC on “${device.master}”; its definition says “${bridge}”.`,
          next: `Put it back, or move it to “${device.master}” here, so that both say the same.`,
          fixes: [putBack],
        },
      };
    if (!interfaces.some(({ name }) => name === bridge))
      return {
        loss: { how: 'bridge-gone', bridge },
        error: {
          code: 'bridge-missing',
          message: `The bridge “${bridge}” is gone, so this NIC is on none.`,
          next: 'Create the bridge anew and put the NIC back, or move it to another bridge.',
          fixes: [{ ...putBack, label: `Create ${bridge} and put back` }],
        },
      };
    return {
      loss: { how: 'taken-off', bridge },
      error: {
        code: 'wrong-state',
        message: `Another program took this NIC off the bridge “${bridge}”.`,
        next: 'Put it back, or move it to another bridge.',
        fixes: [putBack],
      },
    };
  },
};
