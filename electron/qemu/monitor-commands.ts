import type { Disk, SpiceGraphics, VncGraphics } from '../../shared/domain/index.ts';
import { blockDeviceId } from './plan/block-device-id.ts';
import { isEmpty } from './command-line/storage.ts';
import { unsupported, type Draft, type DraftDomain } from './plan/draft.ts';
import type { MonitorCommand } from './plan/launch-plan.types.ts';

type Commands = readonly MonitorCommand[];

/** What the XML asks for that QEMU takes by its monitor only (QAPI: block_set_io_throttle, set_password, qom-set). */
export function monitorCommandsOf(draft: DraftDomain): Commands {
  const { devices: d } = draft;
  const period = d.memballoon?.statsPeriod ?? 0;
  return [
    ...d.disks.flatMap(throttle),
    ...d.graphics.flatMap((device) => (device.type === 'vnc' || device.type === 'spice' ? displayPassword(device) : [])),
    ...balloon(draft),
    ...(period > 0 && d.memballoon?.alias !== undefined
      ? [
          {
            command: 'qom-set',
            of: d.memballoon.alias,
            arguments: { path: `/machine/peripheral/${d.memballoon.alias}`, property: 'guest-stats-polling-interval', value: period },
          },
        ]
      : []),
  ];
}

/** `<currentMemory>` below `<memory>`: the balloon is told at once, and takes its size as soon as the guest's driver is there. */
const balloon = ({ domain, devices }: DraftDomain): Commands => {
  const { current, size } = domain.memory;
  const isThere = devices.memballoon !== undefined && devices.memballoon.model !== 'none';
  return current < size && isThere ? [{ command: 'balloon', arguments: { value: current * 1024 } }] : [];
};

/**
 * The command that sets a disk's `<iotune>`, or takes every limit away where it has none (QAPI BlockIOThrottle: the six basic
 * limits must be there, and 0 is no limit). A drive without a medium takes no limit: it is for the medium that comes.
 */
export function throttleCommand(disk: Pick<Disk, 'bus' | 'iotune'>, alias: string): MonitorCommand {
  const t = disk.iotune ?? {};
  const limits = {
    bps_max: t.totalBytesSecMax,
    bps_rd_max: t.readBytesSecMax,
    bps_wr_max: t.writeBytesSecMax,
    iops_max: t.totalIopsSecMax,
    iops_rd_max: t.readIopsSecMax,
    iops_wr_max: t.writeIopsSecMax,
    bps_max_length: t.totalBytesSecMaxLength,
    bps_rd_max_length: t.readBytesSecMaxLength,
    bps_wr_max_length: t.writeBytesSecMaxLength,
    iops_max_length: t.totalIopsSecMaxLength,
    iops_rd_max_length: t.readIopsSecMaxLength,
    iops_wr_max_length: t.writeIopsSecMaxLength,
    iops_size: t.sizeIopsSec,
    group: t.groupName,
  };
  return {
    command: 'block_set_io_throttle',
    of: alias,
    arguments: {
      id: blockDeviceId(disk.bus, alias),
      bps: t.totalBytesSec ?? 0,
      bps_rd: t.readBytesSec ?? 0,
      bps_wr: t.writeBytesSec ?? 0,
      iops: t.totalIopsSec ?? 0,
      iops_rd: t.readIopsSec ?? 0,
      iops_wr: t.writeIopsSec ?? 0,
      ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
    },
  };
}

const throttle = (disk: Draft<Disk>): Commands => {
  if (disk.iotune === undefined || disk.alias === undefined) return [];
  if (disk.source.type === 'vhostuser') throw unsupported(`${disk.path}/iotune`, 'A vhost-user disk can not be limited.');
  return isEmpty(disk.source) ? [] : [throttleCommand(disk, disk.alias)];
};

const displayPassword = (device: Draft<VncGraphics> | Draft<SpiceGraphics>): Commands => {
  const { type: protocol, password, passwordValidTo, connected } = device;
  if (password === undefined) return [];
  const expiry =
    passwordValidTo === undefined ? [] : [{ command: 'expire_password', arguments: { protocol, time: expiryOf(passwordValidTo) } }];
  return [{ command: 'set_password', arguments: { protocol, password, ...(connected === undefined ? {} : { connected }) } }, ...expiry];
};

/** Seconds since the epoch, as text; the XML's time is UTC. */
const expiryOf = (time: string): string =>
  String(Math.floor(Date.parse(/[zZ]|[+-][0-9]{2}:[0-9]{2}$/.test(time) ? time : `${time}Z`) / 1000));
