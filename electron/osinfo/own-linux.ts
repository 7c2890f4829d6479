import type { ImageEntry, OsEntry } from './os-entry.types.ts';
import { cloud, gib, iso, linux, mib, type Own } from './own-builders.ts';

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

/** Linux distributions. */
export const ownLinuxes: readonly OsEntry[] = [
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
];
