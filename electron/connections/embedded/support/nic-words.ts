import type { NicPart } from '../../../../shared/contract/operations.ts';

/** What a person calls a part of a NIC, as a sentence's subject, and where in its XML the part is (below `/interface`). */
const parts: Readonly<Record<NicPart, readonly [words: string, place: string]>> = {
  type: ['The type', '@type'],
  mac: ['The MAC address', 'mac/@address'],
  macType: ['Who chose the MAC address', 'mac/@type'],
  macCheck: ['The check of the MAC address', 'mac/@check'],
  source: ['The source', 'source'],
  bridge: ['The bridge', 'source/@bridge'],
  model: ['The model', 'model/@type'],
  driver: ['The driver options', 'driver'],
  backend: ['The backend', 'backend'],
  backendDomain: ['The backend domain', 'backenddomain/@name'],
  mtu: ['The MTU', 'mtu/@size'],
  target: ['The TAP’s name', 'target/@dev'],
  targetManaged: ['Who makes the TAP (managed)', 'target/@managed'],
  script: ['The up script', 'script/@path'],
  downscript: ['The down script', 'downscript/@path'],
  guestDev: ['The guest’s name', 'guest/@dev'],
  guestActual: ['The guest’s name', 'guest/@actual'],
  vlan: ['The VLAN', 'vlan'],
  virtualPort: ['The virtual port', 'virtualport'],
  trustGuestRxFilters: ['The trust in the guest’s filters', '@trustGuestRxFilters'],
  bandwidth: ['The bandwidth', 'bandwidth'],
  portIsolated: ['The isolation', 'port/@isolated'],
  ips: ['The IP addresses', 'ip'],
  routes: ['The routes', 'route'],
  portForwards: ['The port forwards', 'portForward'],
  filter: ['The filter', 'filterref'],
  sndbuf: ['The send buffer', 'tune/sndbuf'],
  teaming: ['The teaming', 'teaming'],
  link: ['The link', 'link/@state'],
  coalesceRxFrames: ['The coalescing', 'coalesce'],
  bootOrder: ['The boot order', 'boot/@order'],
  rom: ['The ROM', 'rom'],
  acpiIndex: ['The ACPI index', 'acpi/@index'],
  loadparm: ['The load parameter', 'boot/@loadparm'],
  address: ['The address', 'address'],
  alias: ['The alias', 'alias/@name'],
};

/** A part of a NIC as a sentence's subject, and its element path. */
export function nicPart(part: NicPart): { readonly words: string; readonly path: string } {
  const [words, place] = parts[part];
  return { words, path: `/interface/${place}` };
}
