import type { Api } from '../../shared/contract/index.ts';
import type { Identified, OsFacts } from '../../shared/contract/os.ts';

const gib = 1024 ** 3;

/** A system that the fake knows. */
export const fakeOsFacts: OsFacts = {
  id: 'http://debian.org/debian/13',
  shortIds: ['debian13'],
  name: 'Debian 13',
  version: '13',
  family: 'linux',
  distro: 'debian',
  codename: 'trixie',
  released: '2025-08-09',
  ends: null,
  hasMedia: true,
  hasImages: true,
  source: 'own list',
  arch: 'x86_64',
  minimum: { cpus: 1, memory: gib, disk: 10 * gib },
  recommended: { memory: 2 * gib, disk: 25 * gib },
  bios: true,
  uefi: true,
  secureBoot: null,
  tpm: null,
  machine: 'q35',
  diskBus: 'virtio',
  nicModel: 'virtio',
  video: 'virtio',
  sound: 'ich9',
  tablet: true,
  rng: true,
  balloon: true,
  agentChannel: true,
  clock: 'utc',
  hyperv: false,
  media: [],
  trees: [],
  images: [],
  scripts: [],
};

/** What the fake says of a file that it knows nothing of. */
export const fakeIdentified: Identified = {
  path: '/x',
  kind: 'unknown',
  size: 0,
  format: null,
  partitions: null,
  compression: null,
  iso: null,
  systems: [],
  database: 'there',
};

/** An ISO of {@link fakeOsFacts}. */
export const fakeMedium: Identified = {
  ...fakeIdentified,
  kind: 'iso',
  format: 'raw',
  iso: {
    volumeId: 'Debian 13.2.0 amd64 n',
    systemId: '',
    publisher: '',
    application: '',
    volumeSize: 0,
    boots: ['bios', 'uefi'],
    hybrid: true,
    complete: true,
  },
  systems: [
    {
      id: fakeOsFacts.id,
      shortId: 'debian13',
      name: 'Debian 13',
      arch: 'x86_64',
      live: false,
      installer: true,
      variants: [],
      source: 'own list',
      by: ['volume-id'],
    },
  ],
};

/** Operating systems: one, and files that nobody knows. */
export const fakeOs: Pick<Api, 'os.list' | 'os.facts' | 'os.identify'> = {
  'os.list': () => Promise.resolve({ systems: [fakeOsFacts], database: { state: 'there', package: 'osinfo-db', faults: [] } }),
  'os.facts': () => Promise.resolve(fakeOsFacts),
  'os.identify': ({ path }) => Promise.resolve({ ...fakeIdentified, path }),
};
