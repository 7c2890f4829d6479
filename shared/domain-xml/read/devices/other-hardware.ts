import type { Filesystem } from '../../../domain/filesystem.ts';
import { made } from '../../../domain/made.ts';
import type { MemoryDevice } from '../../../domain/memory-device.ts';
import type { Redirdev, RedirFilter } from '../../../domain/redirdev.ts';
import type { Reader } from '../reader/reader.ts';
import { readChardev } from './chardev.ts';
import { readInfo, readVirtioOptions, virtioModels } from './info.ts';

/** Reads a `<redirdev>`. */
export function readRedirdev(reader: Reader): Redirdev {
  return {
    ...readInfo(reader),
    kind: 'redirdev',
    bus: reader.oneOf('bus', ['usb']) ?? 'usb',
    source: readChardev(reader),
  };
}

/** Reads the `<redirfilter>`. */
export function readRedirFilter(reader: Reader | undefined): RedirFilter | undefined {
  if (reader === undefined) return undefined;
  const number = (rule: Reader, name: string, max: number): number | undefined => {
    // -1 is libvirt's word for "any".
    if (rule.attribute(name) === '-1') return undefined;
    return rule.integer(name, { max, hex: true });
  };
  return {
    path: reader.path,
    rules: reader.children('usbdev').map((rule) => {
      const version = rule.filled('version');
      if (version !== undefined && version !== '-1' && !/^[0-9]{1,2}\.[0-9]{1,2}$/.test(version)) {
        rule.error(`'${version}' is not a USB version, as 1.10.`, 'version');
      }
      return made<RedirFilter['rules'][number]>({
        class: number(rule, 'class', 0xff),
        vendor: number(rule, 'vendor', 0xffff),
        product: number(rule, 'product', 0xffff),
        version: version === '-1' ? undefined : version,
        allow: rule.requiredOneOf('allow', ['yes', 'no'], 'no') === 'yes',
      });
    }),
  };
}

/** Reads a `<filesystem>`. */
export function readFilesystem(reader: Reader): Filesystem {
  const driver = reader.child('driver');
  const binary = reader.child('binary');
  const lock = binary?.child('lock');
  const source = reader.child('source');
  const type = reader.oneOf('type', ['mount', 'template', 'file', 'block', 'ram', 'bind', 'volume']) ?? 'mount';
  const driverType = driver?.oneOf('type', ['path', 'handle', 'virtiofs', 'loop', 'nbd', 'ploop', 'mtp']);
  const target = reader.child('target')?.filled('dir');
  const sourceSocket = source?.filled('socket');
  const sourceDir = source?.filled('dir');
  if (target === undefined && sourceSocket === undefined) reader.error('<filesystem> needs <target dir=…/>.');
  if (type === 'mount' && sourceDir === undefined && sourceSocket === undefined) reader.error('<filesystem> needs <source dir=…/>.');
  const readonly = reader.child('readonly');
  if (readonly !== undefined && driverType === 'virtiofs') readonly.error('virtiofs cannot be read-only yet.');
  // Other types' sources are kept for the plan to refuse.
  if (type !== 'mount') source?.ignore('file', 'dev', 'name', 'usage', 'units', 'pool', 'volume');
  return made<Filesystem>({
    ...readInfo(reader),
    kind: 'filesystem',
    type,
    accessMode: reader.oneOf('accessmode', ['passthrough', 'mapped', 'squash']),
    fmode: reader.filled('fmode'),
    dmode: reader.filled('dmode'),
    multidevs: reader.oneOf('multidevs', ['default', 'remap', 'forbid', 'warn']),
    model: reader.oneOf('model', virtioModels),
    driver: made<Filesystem['driver']>({
      ...readVirtioOptions(driver),
      type: driverType,
      writePolicy: driver?.oneOf('wrpolicy', ['immediate']),
      queue: driver?.integer('queue', { max: 0xffffffff }),
      format: driver?.filled('format'),
      name: driver?.filled('name'),
    }),
    sourceDir,
    sourceSocket,
    target,
    readOnly: readonly !== undefined,
    binary:
      binary === undefined
        ? undefined
        : made({
            path: binary.filled('path'),
            xattr: binary.onOff('xattr'),
            cache: binary.child('cache')?.oneOf('mode', ['none', 'always']),
            posixLock: lock?.onOff('posix'),
            flock: lock?.onOff('flock'),
            sandbox: binary.child('sandbox')?.oneOf('mode', ['namespace', 'chroot']),
            threadPoolSize: binary.child('thread_pool')?.integer('size', { max: 0x7fffffff }),
          }),
  });
}

/** Reads a `<memory>` among the devices. */
export function readMemoryDevice(reader: Reader): MemoryDevice {
  const target = reader.child('target');
  const source = reader.child('source');
  if (target === undefined) reader.error('A memory device needs a <target>.');
  const model = reader.requiredOneOf('model', ['dimm', 'nvdimm', 'virtio-pmem', 'virtio-mem', 'sgx-epc'], 'dimm');
  const size = target?.child('size');
  if (target !== undefined && size === undefined) target.error('A memory device needs a <size>.');
  return made<MemoryDevice>({
    ...readInfo(reader),
    kind: 'memory',
    model,
    access: reader.oneOf('access', ['shared', 'private']),
    discard: reader.yesNo('discard'),
    uuid: reader.child('uuid')?.textUuid(),
    size: size?.textKiB() ?? 0,
    node: target?.child('node')?.textInteger({ max: 0xffff }),
    labelSize: target?.child('label')?.child('size')?.textKiB(),
    readOnly: target?.has('readonly') === true ? true : undefined,
    blockSize: target?.child('block')?.textKiB(),
    requestedSize: target?.child('requested')?.textKiB(),
    sourcePath: source?.childText('path'),
    sourcePageSize: source?.child('pagesize')?.textKiB(),
    sourceNodes: source?.childText('nodemask'),
    alignSize: source?.child('alignsize')?.textKiB(),
    pmem: source?.has('pmem') === true ? true : undefined,
  });
}
