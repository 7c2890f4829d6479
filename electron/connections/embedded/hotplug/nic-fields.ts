/** What a person calls a part of a NIC’s model, and where in its XML the part is (below `/interface`). */
const fields: Readonly<Record<string, readonly [words: string, place: string]>> = {
  type: ['the type', '@type'],
  mac: ['the MAC address', 'mac/@address'],
  source: ['the source', 'source'],
  model: ['the model', 'model/@type'],
  driver: ['the driver options', 'driver'],
  backend: ['the backend', 'backend'],
  mtu: ['the MTU', 'mtu/@size'],
  target: ['the TAP’s name', 'target/@dev'],
  targetManaged: ['who makes the TAP (managed)', 'target/@managed'],
  script: ['the up script', 'script/@path'],
  downscript: ['the down script', 'downscript/@path'],
  vlan: ['the VLAN', 'vlan'],
  virtualPort: ['the virtual port', 'virtualport'],
  trustGuestRxFilters: ['the trust in the guest’s filters', '@trustGuestRxFilters'],
  ips: ['the IP addresses', 'ip'],
  routes: ['the routes', 'route'],
  portForwards: ['the port forwards', 'portForward'],
  filter: ['the filter', 'filterref'],
  sndbuf: ['the send buffer', 'tune/sndbuf'],
  teaming: ['the teaming', 'teaming'],
  bootOrder: ['the boot order', 'boot/@order'],
  rom: ['the ROM', 'rom'],
  acpiIndex: ['the ACPI index', 'acpi/@index'],
  address: ['the address', 'address'],
  alias: ['the alias', 'alias/@name'],
};

/** A field of a NIC’s model as a sentence’s subject, and its element path. */
export function nicField(name: string): { readonly words: string; readonly path: string } {
  const [words, place] = fields[name] ?? [`“${name}”`, ''];
  return { words, path: place === '' ? '/interface' : `/interface/${place}` };
}
