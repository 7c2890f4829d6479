import { z } from 'zod';
import { call } from './kinds.ts';
import { connectionId } from './references.ts';

/** Where something that is said of an operating system comes from. */
export const osSources = ['own list', 'osinfo-db'] as const;
export type OsSource = (typeof osSources)[number];

/** An operating system, by osinfo’s names. Dates are `2023-06-10`. */
export const osSummary = z.object({
  /** osinfo's URI, as `<libosinfo:os id>` has it. */
  id: z.string(),
  /** What virt-install's `--osinfo` takes; the first one counts. */
  shortIds: z.array(z.string()),
  name: z.string(),
  version: z.string().nullable(),
  /** osinfo's words: `linux`, `winnt`, `freebsd` …, and `debian`, `ubuntu`, `win` … */
  family: z.string().nullable(),
  distro: z.string().nullable(),
  codename: z.string().nullable(),
  released: z.string().nullable(),
  /** When its maker stops looking after it. */
  ends: z.string().nullable(),
  /** There is something to download for the processor of the connection's host. */
  hasMedia: z.boolean(),
  hasImages: z.boolean(),
  source: z.enum(osSources),
});
export type OsSummary = z.output<typeof osSummary>;

/** Where the database of operating systems is, or what brings it. */
export const osDatabase = z.object({
  state: z.enum(['there', 'missing']),
  /** The Debian package that brings it where it is missing. */
  package: z.string(),
  /** Files that were left out, and why. */
  faults: z.array(z.object({ file: z.string(), message: z.string() })),
});

const amounts = z.object({
  cpus: z.number().int().positive().optional(),
  /** Bytes. */
  memory: z.number().int().nonnegative().optional(),
  /** Bytes. */
  disk: z.number().int().nonnegative().optional(),
});

const place = z.object({
  arch: z.string(),
  variants: z.array(z.string()),
  url: z.string().optional(),
});

/**
 * What an operating system needs and what it knows, for one processor. null: nothing is said of it. Names of models are those of libvirt's XML.
 */
export const osFacts = osSummary.extend({
  /** The processor that these facts are for, as QEMU and osinfo name it. */
  arch: z.string(),
  minimum: amounts,
  recommended: amounts,
  /** What its installer starts with: false where it is known not to. */
  bios: z.boolean().nullable(),
  uefi: z.boolean().nullable(),
  secureBoot: z.enum(['needed']).nullable(),
  tpm: z.enum(['2.0']).nullable(),
  /** The best of each that its own drivers know. */
  machine: z.enum(['q35', 'pc']).nullable(),
  diskBus: z.enum(['virtio', 'scsi', 'sata', 'ide']).nullable(),
  nicModel: z.enum(['virtio', 'e1000e', 'e1000', 'rtl8139', 'pcnet', 'ne2k_pci']).nullable(),
  video: z.enum(['virtio', 'vga']).nullable(),
  sound: z.enum(['ich9', 'ich6', 'ac97']).nullable(),
  tablet: z.boolean().nullable(),
  rng: z.boolean().nullable(),
  balloon: z.boolean().nullable(),
  /** It has virtio-serial, which the guest agent's channel needs. */
  agentChannel: z.boolean().nullable(),
  /** What its clock takes the computer's for. */
  clock: z.enum(['utc', 'localtime']),
  /** Hyper-V's enlightenments make it faster. */
  hyperv: z.boolean(),
  media: z.array(place.extend({ live: z.boolean(), installer: z.boolean(), kernel: z.string().optional(), initrd: z.string().optional() })),
  trees: z.array(place.extend({ kernel: z.string().optional(), initrd: z.string().optional() })),
  images: z.array(place.extend({ format: z.string().optional(), cloudInit: z.boolean(), username: z.string().optional() })),
  /** osinfo's ids of the scripts for an unattended install. */
  scripts: z.array(z.string()),
});
export type OsFacts = z.output<typeof osFacts>;

/** What an ISO 9660 image says of itself. */
export const isoHeader = z.object({
  volumeId: z.string(),
  systemId: z.string(),
  publisher: z.string(),
  application: z.string(),
  /** Bytes that its file system takes, as it says itself. */
  volumeSize: z.number(),
  /** What its boot catalogue (El Torito) has something for. */
  boots: z.array(z.enum(['bios', 'uefi'])),
  /** It also starts from a disk or a stick: it has a partition table. */
  hybrid: z.boolean(),
  /** The file has all that its file system takes: one that was cut short while it was fetched hasn't. */
  complete: z.boolean(),
});

/** What a file is, by its content. */
export const fileKinds = [
  'iso',
  'disk',
  'compressed',
  'ova',
  'ovf',
  'domain-xml',
  'archive',
  'install-tree',
  'folder',
  'empty',
  'unknown',
] as const;

export const identified = z.object({
  path: z.string(),
  kind: z.enum(fileKinds),
  /** Bytes; null for a folder. */
  size: z.number().nullable(),
  /** QEMU's name of the format of a disk image. */
  format: z.string().nullable(),
  /** The table that a raw disk has; null where it has none. */
  partitions: z.enum(['mbr', 'gpt']).nullable(),
  compression: z.enum(['gzip', 'xz', 'zstd', 'bzip2']).nullable(),
  iso: isoHeader.nullable(),
  /**
   * The operating systems that it may be, equals beside each other (Windows 10 and 11 have media of one name). None: nobody knows it, which is
   * ordinary.
   */
  systems: z.array(
    z.object({
      id: z.string(),
      shortId: z.string(),
      name: z.string(),
      arch: z.string(),
      live: z.boolean(),
      installer: z.boolean(),
      variants: z.array(z.string()),
      /** Whose pattern it was, and what of the file it is known by. */
      source: z.enum(osSources),
      by: z.array(z.enum(['volume-id', 'system-id', 'publisher-id', 'application-id', 'volume-size', 'treeinfo'])),
    }),
  ),
  /** Where the database is missing, no system may only mean that. */
  database: z.enum(['there', 'missing']),
});
export type Identified = z.output<typeof identified>;

/**
 * Operating systems, and what files are. A path is of the connection's host, and what is found in it is looked up in the list that the same
 * connection has: so both are the connection's.
 */
export const os = {
  'os.list': call(z.object({ connection: connectionId }), z.object({ systems: z.array(osSummary), database: osDatabase }), {
    repeatable: true,
    needs: ['operating-systems'],
  }),
  /** Facts of one, by its id or a short id. @throws `not-found` */
  'os.facts': call(z.object({ connection: connectionId, os: z.string().max(512), arch: z.string().max(32).optional() }), osFacts, {
    repeatable: true,
    needs: ['operating-systems'],
  }),
  /** What a file or folder of the connection's host is, by its content and never by its name. */
  'os.identify': call(z.object({ connection: connectionId, path: z.string().max(4096) }), identified, {
    repeatable: true,
    needs: ['identify'],
  }),
};
