// The house: which rooms (folders) there are, from the roof down. A file may import from the rooms below its own, never from one above,
// and that holds for imports of types too. So no two rooms stand in a circle, and a room can be read with only those under it in mind.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';
import { root } from './say.mjs';

/**
 * Each folder with what is in it, from the roof down; `.` is its own files. Rooms of one line don't know each other.
 * @type {Readonly<Record<string, readonly (readonly string[])[]>>}
 */
export const rooms = {
  electron: [
    ['cli'],
    ['.'],
    ['shell'],
    ['browser-host'],
    ['runtime'],
    ['api'],
    ['rpc', 'connections'],
    ['computer'],
    ['guest', 'osinfo'],
    ['storage', 'network', 'screens'],
    ['consoles', 'qemu'],
    ['processes'],
    ['files'],
  ],
  'electron/computer': [['autostart'], ['.'], ['doctor']],
  'electron/connections': [['embedded', 'test'], ['jobs'], ['.']],
  'electron/connections/embedded': [
    ['.'],
    ['operations'],
    ['machines'],
    ['undefine', 'recover', 'hotplug'],
    ['machine'],
    ['start'],
    ['run'],
    ['images', 'definitions'],
    ['ports', 'support'],
  ],
  'electron/connections/embedded/definitions': [['.'], ['store']],
  'electron/network': [['.'], ['nics'], ['view'], ['helper']],
  'electron/qemu': [
    ['guest-agent', 'description', '.'],
    ['prepare'],
    ['addresses', 'firmware', 'command-line'],
    ['plan'],
    ['capabilities'],
    ['qmp'],
  ],
  renderer: [
    ['.'],
    ['shell'],
    ['settings', 'new-machine', 'network', 'host', 'machines', 'jobs'],
    ['xml-page', 'console', 'details'],
    ['devices'],
    ['nic-live'],
    ['forms'],
    ['machine'],
    ['computer', 'nics'],
    ['xml', 'components'],
    ['state'],
    ['consoles', 'screens'],
    ['link', 'words', 'theme'],
  ],
  'renderer/devices': [
    ['.'],
    [
      'boot',
      'channel',
      'controller',
      'cpu',
      'crypto',
      'disk',
      'filesystem',
      'graphics',
      'input',
      'interface',
      'memballoon',
      'memory',
      'other',
    ].concat(['overview', 'panic', 'rng', 'serial', 'sound', 'tpm', 'video', 'watchdog']),
  ],
  'renderer/machines': [['.'], ['list']],
  shared: [['rpc', 'domain-xml', 'words'], ['contract'], ['domain', 'keyboard'], ['.']],
  'shared/domain-xml': [['.'], ['build'], ['write'], ['edit', 'read'], ['xml']],
  'shared/domain-xml/read': [['.'], ['checks'], ['sections'], ['devices'], ['reader']],
};

/** Tests, and what they share, stand outside: they may look at any room. @param {string} file */
const isTest = (file) => /\.(test|cases)\.tsx?$|(^|\/)testing\//.test(file);

/**
 * The source files of a folder, tests left out; paths from the root.
 * @param {string} folder @param {string} [at] @returns {string[]}
 */
const sourcesOf = (folder, at = root) =>
  readdirSync(path.join(at, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesOf(file, at);
    return /\.tsx?$/.test(entry.name) && !isTest(file) ? [file] : [];
  });

/**
 * What a source imports from files beside it, of values and of types, also by `import()` and `export … from`.
 * @param {string} file path from the root, for the language @param {string} text
 * @returns {{ line: number, to: string }[]} paths from the root
 */
export const importsOf = (file, text) => {
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module;
  const asked = [
    ...staticImports.map(({ moduleRequest }) => ({ start: moduleRequest.start, name: moduleRequest.value })),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => (moduleRequest ? [{ start: moduleRequest.start, name: moduleRequest.value }] : [])),
    ),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => ({ start, name: text.slice(start + 1, end - 1) })),
    // A type that is named by import() in the place of a type isn't an import to the parser.
    ...[...text.matchAll(/\bimport\(\s*(['"])(?<name>[^'"]+)\1\s*\)\s*\./g)].map(({ index, groups }) => ({
      start: index,
      name: groups?.['name'] ?? '',
    })),
  ];
  const seen = new Set();
  return asked
    .filter(({ start, name }) => name.startsWith('.') && !seen.has(`${start} ${name}`) && seen.add(`${start} ${name}`))
    .map(({ start, name }) => ({
      line: text.slice(0, start).split('\n').length,
      to: path.posix.join(path.posix.dirname(file), name),
    }));
};

/**
 * Why a file may not import another; undefined where it may.
 * @param {string} from @param {string} to paths from the root @param {typeof rooms} [house]
 * @returns {string | undefined}
 */
export const faultOf = (from, to, house = rooms) => {
  if (isTest(to)) return 'it belongs to the tests';
  const [a, b] = [from.split('/').slice(0, -1), to.split('/').slice(0, -1)];
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++;
  if (depth === a.length && depth === b.length) return undefined; // one room
  if (depth === 0) return undefined; // between the sides: oxlint's rules say who may
  const folder = a.slice(0, depth).join('/');
  const floors = house[folder];
  if (floors === undefined) return `the rooms of ${folder}/ have no order in scripts/lib/rooms.mjs`;
  const [mine, other] = [a[depth] ?? '.', b[depth] ?? '.'];
  const floorOf = (/** @type {string} */ room) => floors.findIndex((floor) => floor.includes(room));
  for (const room of [mine, other]) if (floorOf(room) === -1) return `${folder}/ has no room ${room} in scripts/lib/rooms.mjs`;
  if (floorOf(mine) < floorOf(other)) return undefined;
  const name = (/** @type {string} */ room) => (room === '.' ? `${folder}/ itself` : `${folder}/${room}/`);
  return `${name(other)} is ${floorOf(mine) === floorOf(other) ? 'beside' : 'above'} ${name(mine)}`;
};

/**
 * Every import that runs up or sideways, and every room without a place; empty for a house that is in order.
 * @returns {string[]} a line each: `file:line imports file: why`
 */
export const roomFaults = () =>
  ['electron', 'renderer', 'shared']
    .flatMap((side) => sourcesOf(side))
    .flatMap((file) =>
      importsOf(file, readFileSync(path.join(root, file), 'utf8')).flatMap(({ line, to }) => {
        const fault = faultOf(file, to);
        return fault === undefined ? [] : [`${file}:${line} imports ${to}: ${fault}`];
      }),
    );
