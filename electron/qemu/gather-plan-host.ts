import { once } from 'node:events';
import { constants, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Domain } from '../../shared/domain/index.ts';
import { parseNumberSet } from '../../shared/domain-xml/index.ts';
import { choosesPort } from './plan/display-port.ts';
import { firmwareDescriptor, type FirmwareDescriptor } from './plan/firmware-descriptor.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { findProgram } from '../processes/find-program.ts';
import { mayAccess } from '../files/if-there.ts';
import type { PlanHost } from './plan/plan-input.ts';

/** Where firmware descriptors are, the administrator's first (QEMU's docs/interop/firmware.json). */
const firmwareFolders = ['/etc/qemu/firmware', '/usr/share/qemu/firmware'];

/** What of a host a plan may have to know, and this computer has to be asked for. */
type Asked = 'firmwares' | 'hugePages' | 'numaNodes' | 'vhostNet' | 'passt' | 'renderNode' | 'displayPort';

/**
 * What the plan of this domain may ask of the host: more than it does in the end, never less. A start is spared the rest,
 * which is most of it. Pure.
 */
export function factsFor(domain: Domain): ReadonlySet<Asked> {
  const { os, memory, devices } = domain;
  const asked: (Asked | false)[] = [
    (os.firmware !== undefined || os.loader !== undefined) && 'firmwares',
    (memory.backing.hugePages !== undefined || devices.memories.length > 0) && 'hugePages',
    (domain.numaTune !== undefined || devices.memories.length > 0) && 'numaNodes',
    devices.interfaces.length > 0 && 'vhostNet',
    devices.interfaces.some((nic) => nic.backend?.type === 'passt') && 'passt',
    devices.graphics.some(({ type }) => type === 'spice' || type === 'egl-headless') && 'renderNode',
    devices.graphics.some(choosesPort) && 'displayPort',
  ];
  return new Set(asked.filter((fact) => fact !== false));
}

const everything: ReadonlySet<Asked> = new Set(['firmwares', 'hugePages', 'numaNodes', 'vhostNet', 'passt', 'renderNode']);

/**
 * Asks this computer what a launch plan must know of it. All of it takes some milliseconds; nothing is kept, since mounts
 * and rights change.
 *
 * @param emulator the QEMU for machines whose XML names none
 * @param asked what to ask for ({@link factsFor}); the rest is as on a host that has none of it
 * @param firmwareFiles files whose presence matters (firmwareFilesOf); undefined: not known, they are taken to be there
 */
export async function gatherPlanHost(
  emulator: string,
  asked: ReadonlySet<Asked> = everything,
  folders: readonly string[] = firmwareFolders,
  firmwareFiles?: readonly string[],
): Promise<PlanHost> {
  const [firmwares, hugePages, numaNodes, vhostNet, passt, renderNode, displayPort, files] = await Promise.all([
    asked.has('firmwares') ? readFirmwares(folders) : [],
    asked.has('hugePages') ? readHugePages() : [],
    asked.has('numaNodes') ? readNumaNodes() : undefined,
    asked.has('vhostNet') && isUsable('/dev/vhost-net'),
    asked.has('passt') ? findProgram('passt') : undefined,
    asked.has('renderNode') ? findRenderNode() : undefined,
    asked.has('displayPort') ? findDisplayPort() : undefined,
    firmwareFiles === undefined ? undefined : filesThere(firmwareFiles),
  ]);
  return {
    emulator,
    firmwares,
    hugePages,
    cdromDevices: ['/dev/cdrom', '/dev/cdrw', '/dev/dvd', '/dev/dvdrw', ...Array.from({ length: 8 }, (_, n) => `/dev/sr${n}`)],
    vhostNet,
    passt: passt !== undefined,
    now: Math.floor(Date.now() / 1000),
    ...(numaNodes === undefined ? {} : { numaNodes }),
    ...(renderNode === undefined ? {} : { renderNode }),
    ...(displayPort === undefined ? {} : { displayPort }),
    ...(files === undefined ? {} : { firmwareFiles: files }),
  };
}

/** Those of some files that are there, in their order. */
export async function filesThere(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map((file) => mayAccess(file)));
  return files.filter((_, n) => there[n] === true);
}

const isUsable = (path: string): Promise<boolean> => mayAccess(path, constants.R_OK | constants.W_OK);

const names = async (folder: string): Promise<string[]> => (await readdir(folder).catch((): string[] => [])).toSorted();

/** Descriptors in order of their names over all folders; a name in an earlier folder hides the same one in a later. */
const readFirmwares = async (folders: readonly string[]): Promise<FirmwareDescriptor[]> => {
  const files = new Map<string, string>();
  for (const folder of folders)
    for (const name of await names(folder)) if (name.endsWith('.json') && !files.has(name)) files.set(name, join(folder, name));
  const inOrder = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  // An empty or broken descriptor hides a firmware; that is the distribution's or the administrator's business.
  const parsed = await Promise.all(
    inOrder.map(async ([, file]) => firmwareDescriptor.safeParse(jsonOrUndefined(await readFile(file, 'utf8').catch(() => '')))),
  );
  return parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
};

/** The NUMA nodes that are there (Linux, Documentation/ABI/stable/sysfs-devices-node); undefined on a kernel without them. */
const readNumaNodes = async (): Promise<readonly number[] | undefined> => {
  const text = await readFile('/sys/devices/system/node/online', 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseNumberSet(text.trim());
};

/** hugetlbfs mounts that this user can write to (proc(5), /proc/self/mounts), with the page size of each. */
const readHugePages = async (): Promise<PlanHost['hugePages']> => {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const usual = Number(/^Hugepagesize:\s+([0-9]+) kB$/m.exec(info)?.[1] ?? '2048');
  const found = [];
  for (const line of mounts.split('\n')) {
    const [, directory, type, options] = line.split(' ');
    if (type !== 'hugetlbfs' || directory === undefined || !(await isUsable(directory))) continue;
    const size = /(?:^|,)pagesize=([0-9]+)([KMG]?)/.exec(options ?? '');
    const unit = { K: 1, M: 1024, G: 1024 * 1024 }[size?.[2] ?? ''] ?? 1 / 1024;
    const sizeKiB = size === null ? usual : Number(size[1]) * unit;
    found.push({ sizeKiB, directory, isDefault: sizeKiB === usual });
  }
  return found;
};

/** The ports that libvirt gives displays by itself (qemu.conf, remote_display_port_min and _max), as far as they are looked through. */
const displayPorts = { from: 5900, to: 6100 };

/**
 * A TCP port that nobody listens on, at any address: a display that is to be seen from other computers gets its port by it. Somebody else
 * may take it until QEMU does; then the start says so.
 */
const findDisplayPort = async (): Promise<number | undefined> => {
  for (let port = displayPorts.from; port < displayPorts.to; port++) {
    const server = createServer();
    try {
      server.listen({ port, host: '::', exclusive: true });
      await once(server, 'listening');
      return port;
    } catch {
      // Taken, or no IPv6 here: the next one tells, and without any QEMU does.
    } finally {
      server.close();
    }
  }
  return undefined;
};

const findRenderNode = async (): Promise<string | undefined> => {
  for (const name of await names('/dev/dri'))
    if (name.startsWith('renderD') && (await isUsable(`/dev/dri/${name}`))) return `/dev/dri/${name}`;
  return undefined;
};
