import type { Amounts, ImageEntry, MediumEntry, OsEntry, TreeEntry } from './os-entry.types.ts';

/**
 * Systems that osinfo-db of a stable distribution doesn't know yet (Debian 12’s is of November 2022). Volume ids are what the makers’ ISO images
 * say; needs are those of the makers’ own release notes. Ids are those that osinfo-db has given them since, or would by its rules, so that a newer
 * database and what is written into a machine’s metadata speak of the same.
 */

const gib = 1024 ** 3;
const mib = 1024 ** 2;

/** What every Linux of these years has drivers for, and firmware that its media start with (ids of osinfo-db’s `device/`). */
const linuxDevices: OsEntry['devices'] = [
  ...['1041', '1042', '1043', '1044', '1045', '1048', '1050', '1052', '1053', '105a'].map(
    (product) => `http://pcisig.com/pci/1af4/${product}`,
  ),
  ...['1000', '1001', '1002', '1003', '1004', '1005'].map((product) => `http://pcisig.com/pci/1af4/${product}`),
  'http://pcisig.com/pci/8086/10d3',
  'http://pcisig.com/pci/8086/100e',
  'http://pcisig.com/pci/8086/293e',
  'http://usb.org/usb/80ee/0021',
  'http://qemu.org/chipset/x86/q35',
].map((id) => ({ id, supported: true }));

/** FreeBSD and OpenBSD: virtio, but for its GPU. */
const bsdDevices = linuxDevices.filter(({ id }) => !/1af4\/(?:1050|1053|105a)$/.test(id));

/** Windows brings no virtio. */
const windowsDevices = linuxDevices.filter(({ id }) => !id.includes('/1af4/'));

const x86Firmware = (bios = true): OsEntry['firmware'] => [
  { arch: 'x86_64', type: 'efi', supported: true },
  { arch: 'x86_64', type: 'bios', supported: bios },
];

interface Own {
  readonly id: string;
  readonly shortId: string;
  readonly name: string;
  readonly version: string;
  readonly distro: string;
  readonly from?: string;
  readonly released?: string;
  readonly ends?: string;
  readonly codename?: string;
  readonly minimum: Amounts;
  readonly recommended?: Amounts;
  readonly media: readonly MediumEntry[];
  readonly trees?: readonly TreeEntry[];
  readonly images?: readonly ImageEntry[];
}

const system = (own: Own, parts: Partial<OsEntry>): OsEntry => ({
  id: own.id,
  shortIds: [own.shortId],
  name: own.name,
  version: own.version,
  distro: own.distro,
  ...(own.released === undefined ? {} : { released: own.released }),
  ...(own.ends === undefined ? {} : { ends: own.ends }),
  ...(own.codename === undefined ? {} : { codename: own.codename }),
  derivesFrom: own.from === undefined ? [] : [own.from],
  clones: [],
  upgrades: [],
  devices: [],
  firmware: [],
  resources: [
    { arch: 'all', inherit: false, minimum: own.minimum, ...(own.recommended === undefined ? {} : { recommended: own.recommended }) },
  ],
  media: own.media,
  trees: own.trees ?? [],
  images: own.images ?? [],
  scripts: [],
  ...parts,
});

const linux = (own: Own): OsEntry => system(own, { family: 'linux', devices: linuxDevices, firmware: x86Firmware() });

const iso = (volumeId: string, more: Partial<MediumEntry> = {}): MediumEntry => ({
  arch: 'x86_64',
  live: false,
  installer: true,
  variants: [],
  ...more,
  patterns: { volumeId, ...more.patterns },
});

const cloud = (url: string, username: string): ImageEntry => ({
  arch: 'x86_64',
  format: 'qcow2',
  cloudInit: true,
  variants: [],
  url,
  username,
});

const debian = (version: string, codename: string, released: string): OsEntry =>
  linux({
    id: `http://debian.org/debian/${version}`,
    shortId: `debian${version}`,
    name: `Debian ${version}`,
    version,
    codename,
    distro: 'debian',
    from: 'http://debian.org/debian/11',
    released,
    minimum: { cpus: 1, memory: gib, disk: 10 * gib },
    recommended: { memory: 2 * gib, disk: 20 * gib },
    media: [
      ...(
        [
          ['amd64', 'x86_64', 'amd'],
          ['i386', 'i686', '386'],
          ['arm64', 'aarch64', 'a64'],
        ] as const
      ).map(([name, arch, folder]) =>
        iso(`^Debian ${version}\\.\\d+\\.\\d+ ${name} (n|\\d+)$`, {
          arch,
          kernel: `install.${folder}/vmlinuz`,
          initrd: `install.${folder}/initrd.gz`,
        }),
      ),
      iso(`^d-live ${version}\\.\\d+\\.\\d+ \\w+ amd64$`, { live: true }),
    ],
    trees: [
      {
        arch: 'x86_64',
        url: `http://deb.debian.org/debian/dists/${codename}/main/installer-amd64`,
        kernel: 'current/images/netboot/debian-installer/amd64/linux',
        initrd: 'current/images/netboot/debian-installer/amd64/initrd.gz',
      },
    ],
    images: [cloud(`https://cloud.debian.org/images/cloud/${codename}/latest/debian-${version}-genericcloud-amd64.qcow2`, 'debian')],
  });

const ubuntu = (version: string, codename: string, released: string, ends: string): OsEntry => {
  const longTerm = /^\d[02468]\.04$/.test(version);
  const dotted = version.replace('.', '\\.');
  const lts = longTerm ? ' LTS' : '';
  return linux({
    id: `http://ubuntu.com/ubuntu/${version}`,
    shortId: `ubuntu${version}`,
    name: `Ubuntu ${version}${lts}`,
    version,
    codename,
    distro: 'ubuntu',
    from: 'http://ubuntu.com/ubuntu/22.04',
    released,
    ends,
    minimum: { cpus: 1, memory: 1.5 * gib, disk: 5 * gib },
    recommended: { cpus: 2, memory: 4 * gib, disk: 25 * gib },
    media: (['amd64', 'arm64'] as const).flatMap((name) => {
      const arch = name === 'amd64' ? 'x86_64' : 'aarch64';
      return [
        iso(`^Ubuntu-Server ${dotted}(\\.\\d+)?${lts} ${name}$`, { arch, kernel: 'casper/vmlinuz', initrd: 'casper/initrd' }),
        // Ubuntu itself and its flavours: Kubuntu, Xubuntu, Ubuntu-MATE …
        iso(`^(Ubuntu|[KXL]ubuntu|Ubuntu-[A-Z][A-Za-z-]+|Edubuntu) ${dotted}(\\.\\d+)?${lts} ${name}$`, {
          arch,
          live: true,
          kernel: 'casper/vmlinuz',
          initrd: 'casper/initrd',
        }),
      ];
    }),
    images: [cloud(`https://cloud-images.ubuntu.com/releases/${codename}/release/ubuntu-${version}-server-cloudimg-amd64.img`, 'ubuntu')],
  });
};

const fedora = (version: string, released: string, ends?: string): OsEntry =>
  linux({
    id: `http://fedoraproject.org/fedora/${version}`,
    shortId: `fedora${version}`,
    name: `Fedora Linux ${version}`,
    version,
    distro: 'fedora',
    from: 'http://fedoraproject.org/fedora/37',
    released,
    ...(ends === undefined ? {} : { ends }),
    minimum: { cpus: 1, memory: 2 * gib, disk: 15 * gib },
    recommended: { cpus: 2, memory: 4 * gib, disk: 20 * gib },
    media: [
      iso(`^Fedora-[A-Za-z_]+-Live-(x86_64-)?${version}(-|$)`, {
        live: true,
        kernel: 'images/pxeboot/vmlinuz',
        initrd: 'images/pxeboot/initrd.img',
      }),
      iso(`^Fedora-(S|E|SB|Knt|IoT)-(dvd|ostree)-x86_64-${version}(-|$)`, {
        kernel: 'images/pxeboot/vmlinuz',
        initrd: 'images/pxeboot/initrd.img',
      }),
      iso(`^Fedora-(S|E|SB|Knt|IoT)-(dvd|ostree)-aarch64-${version}(-|$)`, { arch: 'aarch64' }),
    ],
    trees: ['x86_64', 'aarch64'].map((arch) => ({
      arch,
      url: `https://download.fedoraproject.org/pub/fedora/linux/releases/${version}/Everything/${arch}/os`,
      patterns: { family: '^Fedora$', version: `^${version}$`, arch: `^${arch}$` },
      kernel: 'images/pxeboot/vmlinuz',
      initrd: 'images/pxeboot/initrd.img',
    })),
  });

const alpine = (version: string, released: string, ends: string): OsEntry =>
  linux({
    id: `http://alpinelinux.org/alpinelinux/${version}`,
    shortId: `alpinelinux${version}`,
    name: `Alpine Linux ${version}`,
    version,
    distro: 'alpinelinux',
    from: 'http://alpinelinux.org/alpinelinux/3.17',
    released,
    ends,
    minimum: { cpus: 1, memory: 128 * mib, disk: 256 * mib },
    recommended: { memory: 512 * mib, disk: 4 * gib },
    media: ['x86_64', 'aarch64'].map((arch) => iso(`^alpine-[a-z]+ ${version.replace('.', '\\.')}\\.\\d+ ${arch}$`, { arch, live: true })),
  });

/** RHEL and those that are built of its sources: one pattern of names. */
const enterprise = (
  own: Pick<Own, 'id' | 'shortId' | 'name' | 'version' | 'distro' | 'released'> & {
    readonly from?: string;
    readonly volume: string;
    readonly family: string;
    readonly image?: ImageEntry;
  },
): OsEntry =>
  linux({
    ...own,
    minimum: { cpus: 1, memory: 1.5 * gib, disk: 10 * gib },
    recommended: { cpus: 2, memory: 4 * gib, disk: 20 * gib },
    media: [iso(own.volume, { kernel: 'images/pxeboot/vmlinuz', initrd: 'images/pxeboot/initrd.img' })],
    trees: ['x86_64', 'aarch64'].map((arch) => ({
      arch,
      patterns: { family: `^${own.family}$`, version: `^${own.version}(\\.\\d+)?$`, arch: `^${arch}$` },
      kernel: 'images/pxeboot/vmlinuz',
      initrd: 'images/pxeboot/initrd.img',
    })),
    images: own.image === undefined ? [] : [own.image],
  });

const rockyAnd = (version: '9' | '10', released: readonly [string, string, string]): readonly OsEntry[] => [
  enterprise({
    id: `http://rockylinux.org/rocky/${version}`,
    shortId: `rocky${version}`,
    name: `Rocky Linux ${version}`,
    version,
    distro: 'rocky',
    released: released[0],
    volume: `^Rocky-${version}-\\d+-x86_64-(dvd|boot|minimal)$`,
    family: 'Rocky Linux',
    image: cloud(
      `https://dl.rockylinux.org/pub/rocky/${version}/images/x86_64/Rocky-${version}-GenericCloud-Base.latest.x86_64.qcow2`,
      'rocky',
    ),
  }),
  enterprise({
    id: `http://almalinux.org/almalinux/${version}`,
    shortId: `almalinux${version}`,
    name: `AlmaLinux ${version}`,
    version,
    distro: 'almalinux',
    released: released[1],
    volume: `^AlmaLinux-${version}[-_]\\d+-x86_64-(dvd|boot|minimal|Live.*)$`,
    family: 'AlmaLinux',
    image: cloud(
      `https://repo.almalinux.org/almalinux/${version}/cloud/x86_64/images/AlmaLinux-${version}-GenericCloud-latest.x86_64.qcow2`,
      'almalinux',
    ),
  }),
  enterprise({
    id: `http://centos.org/centos-stream/${version}`,
    shortId: `centos-stream${version}`,
    name: `CentOS Stream ${version}`,
    version,
    distro: 'centos',
    released: released[2],
    volume: `^CentOS-Stream-${version}-(BaseOS-x86_64|x86_64-dvd)`,
    family: 'CentOS Stream',
    image: cloud(
      `https://cloud.centos.org/centos/${version}-stream/x86_64/images/CentOS-Stream-GenericCloud-${version}-latest.x86_64.qcow2`,
      'cloud-user',
    ),
  }),
];

const rhel = (version: '9' | '10', minor: number): OsEntry =>
  enterprise({
    id: `http://redhat.com/rhel/${version}.${String(minor)}`,
    shortId: `rhel${version}.${String(minor)}`,
    name: `Red Hat Enterprise Linux ${version}.${String(minor)}`,
    version: `${version}.${String(minor)}`,
    distro: 'rhel',
    ...(version === '9' ? { from: 'http://redhat.com/rhel/9.0' } : {}),
    volume: `^RHEL-${version}-${String(minor)}-\\d+-BaseOS-x86_64`,
    family: 'Red Hat Enterprise Linux',
  });

const suse = (version: string, shortId: string, name: string, volume: string, released?: string): OsEntry =>
  linux({
    id: `http://opensuse.org/opensuse/${version}`,
    shortId,
    name,
    version,
    distro: 'opensuse',
    ...(released === undefined ? {} : { released }),
    minimum: { cpus: 1, memory: gib, disk: 10 * gib },
    recommended: { cpus: 2, memory: 2 * gib, disk: 40 * gib },
    media: [iso(volume, { kernel: 'boot/x86_64/loader/linux', initrd: 'boot/x86_64/loader/initrd' })],
  });

const freebsd = (version: string, released: string): OsEntry =>
  system(
    {
      id: `http://freebsd.org/freebsd/${version}`,
      shortId: `freebsd${version}`,
      name: `FreeBSD ${version}`,
      version,
      distro: 'freebsd',
      from: 'http://freebsd.org/freebsd/13.1',
      released,
      minimum: { cpus: 1, memory: 512 * mib, disk: 4 * gib },
      recommended: { memory: 2 * gib, disk: 20 * gib },
      media: [iso(`^${version.replace('.', '_')}_RELEASE_AMD64_(CD|DVD|BO)`)],
    },
    { family: 'freebsd', devices: bsdDevices, firmware: x86Firmware() },
  );

const openbsd = (version: string, released: string): OsEntry =>
  system(
    {
      id: `http://openbsd.org/openbsd/${version}`,
      shortId: `openbsd${version}`,
      name: `OpenBSD ${version}`,
      version,
      distro: 'openbsd',
      from: 'http://openbsd.org/openbsd/7.0',
      released,
      minimum: { cpus: 1, memory: 256 * mib, disk: 4 * gib },
      recommended: { memory: gib, disk: 20 * gib },
      media: [iso(`^OpenBSD/amd64 +${version.replace('.', '\\.')} Install CD`)],
    },
    { family: 'openbsd', devices: bsdDevices, firmware: x86Firmware() },
  );

const windows = (
  own: Pick<Own, 'id' | 'shortId' | 'name' | 'version' | 'minimum' | 'recommended' | 'released' | 'ends' | 'from'>,
  volumes: readonly string[],
  needs: Partial<OsEntry> = {},
): OsEntry =>
  system(
    { ...own, distro: 'win', media: volumes.map((volume) => iso(volume, { patterns: { publisher: '^MICROSOFT CORPORATION' } })) },
    { family: 'winnt', devices: windowsDevices, firmware: x86Firmware(), ...needs },
  );

/** Media of Windows 10 and 11 have the same names: of the consumer’s editions, of a business’s, and those that are tried out. */
const clients = ['^(J_)?(CCSN?A|C?CCOMA)_X64FREE?_', '^(J_)?CPBA_X64FREE?_', '^(J_)?CENN?A_X64FREV_'];
/** So have those of the servers since 2016. */
const servers = ['^SSS_X64FREE?_', '^SERVER_EVAL_X64FRE_'];

export const ownSystems: readonly OsEntry[] = [
  debian('12', 'bookworm', '2023-06-10'),
  debian('13', 'trixie', '2025-08-09'),
  ubuntu('23.04', 'lunar', '2023-04-20', '2024-01-25'),
  ubuntu('23.10', 'mantic', '2023-10-12', '2024-07-11'),
  ubuntu('24.04', 'noble', '2024-04-25', '2029-05-31'),
  ubuntu('24.10', 'oracular', '2024-10-10', '2025-07-10'),
  ubuntu('25.04', 'plucky', '2025-04-17', '2026-01-15'),
  ubuntu('25.10', 'questing', '2025-10-09', '2026-07-09'),
  fedora('38', '2023-04-18', '2024-05-21'),
  fedora('39', '2023-11-07', '2024-11-26'),
  fedora('40', '2024-04-23', '2025-05-13'),
  fedora('41', '2024-10-29', '2025-12-15'),
  fedora('42', '2025-04-15'),
  fedora('43', '2025-10-28'),
  linux({
    id: 'http://archlinux.org/archlinux/rolling',
    shortId: 'archlinux',
    name: 'Arch Linux',
    version: 'rolling',
    distro: 'archlinux',
    minimum: { cpus: 1, memory: 512 * mib, disk: 2 * gib },
    recommended: { memory: 2 * gib, disk: 20 * gib },
    media: [
      iso('^ARCH_20\\d{4}$', {
        live: true,
        kernel: 'arch/boot/x86_64/vmlinuz-linux',
        initrd: 'arch/boot/x86_64/initramfs-linux.img',
      }),
    ],
    images: [cloud('https://geo.mirror.pkgbuild.com/images/latest/Arch-Linux-x86_64-cloudimg.qcow2', 'arch')],
  }),
  alpine('3.18', '2023-05-09', '2025-05-09'),
  alpine('3.19', '2023-12-07', '2025-11-01'),
  alpine('3.20', '2024-05-22', '2026-04-01'),
  alpine('3.21', '2024-12-05', '2026-11-01'),
  alpine('3.22', '2025-05-30', '2027-05-01'),
  ...rockyAnd('9', ['2022-07-14', '2022-05-26', '2021-12-03']),
  ...rockyAnd('10', ['2025-06-11', '2025-05-27', '2024-12-12']),
  ...[2, 3, 4, 5, 6].map((minor) => rhel('9', minor)),
  ...[0, 1].map((minor) => rhel('10', minor)),
  suse('15.5', 'opensuse15.5', 'openSUSE Leap 15.5', '^openSUSE-Leap-15\\.5-(DVD|NET)-x86_64', '2023-06-07'),
  suse('15.6', 'opensuse15.6', 'openSUSE Leap 15.6', '^openSUSE-Leap-15\\.6-(DVD|NET)-x86_64', '2024-06-12'),
  suse('tumbleweed', 'opensusetumbleweed', 'openSUSE Tumbleweed', '^openSUSE-Tumbleweed-(DVD|NET)-x86_64'),
  freebsd('13.2', '2023-04-11'),
  freebsd('13.3', '2024-03-05'),
  freebsd('14.0', '2023-11-20'),
  freebsd('14.1', '2024-06-04'),
  freebsd('14.2', '2024-12-03'),
  freebsd('14.3', '2025-06-10'),
  openbsd('7.3', '2023-04-10'),
  openbsd('7.4', '2023-10-16'),
  openbsd('7.5', '2024-04-05'),
  openbsd('7.6', '2024-10-08'),
  openbsd('7.7', '2025-04-28'),
  windows(
    {
      id: 'http://microsoft.com/win/10',
      shortId: 'win10',
      name: 'Microsoft Windows 10',
      version: '10.0',
      released: '2015-07-29',
      ends: '2025-10-14',
      minimum: { cpus: 1, memory: 2 * gib, disk: 20 * gib },
      recommended: { cpus: 2, memory: 4 * gib, disk: 40 * gib },
    },
    clients,
  ),
  windows(
    {
      id: 'http://microsoft.com/win/11',
      shortId: 'win11',
      name: 'Microsoft Windows 11',
      version: '11.0',
      from: 'http://microsoft.com/win/10',
      released: '2021-10-05',
      minimum: { cpus: 2, memory: 4 * gib, disk: 64 * gib },
      recommended: { cpus: 4, memory: 8 * gib, disk: 64 * gib },
    },
    clients,
    { firmware: x86Firmware(false), tpm: '2.0', secureBoot: true },
  ),
  ...(
    [
      ['2k16', '2016', '2016-10-12', '2027-01-12'],
      ['2k19', '2019', '2018-11-13', '2029-01-09'],
      ['2k22', '2022', '2021-08-18', '2031-10-14'],
      ['2k25', '2025', '2024-11-01', '2034-10-10'],
    ] as const
  ).map(([id, year, released, ends]) =>
    windows(
      {
        id: `http://microsoft.com/win/${id}`,
        shortId: `win${id}`,
        name: `Microsoft Windows Server ${year}`,
        version: '10.0',
        released,
        ends,
        minimum: { cpus: 1, memory: 2 * gib, disk: 32 * gib },
        recommended: { cpus: 2, memory: 4 * gib, disk: 64 * gib },
      },
      servers,
    ),
  ),
];
