import { maxXmlNodes } from '../shared/domain-xml/xml/parse.ts';
import type { openHost } from './host.ts';
import { peakOf } from './idle.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** Bytes of a text that is just not too large to be read. */
const large = 4 * 1024 * 1024 - 1024;

const repeated = (piece: string, room = large): string => piece.repeat(Math.floor(room / piece.length));

/** A machine with something in its `<metadata>`. */
const withMetadata = (inside: string): string => machineXml('bench-xml').replace('</name>', `</name><metadata>${inside}</metadata>`);

const withDevices = (devices: string): string => machineXml('bench-xml').replace('<memballoon', `${devices}<memballoon`);

const numbered = (count: number, piece: (index: number) => string): string =>
  Array.from({ length: count }, (_one, index) => piece(index)).join('');

/** How many pieces of so many nodes each are few enough to be read, beside a machine's own. */
const asMany = (nodes: number): number => Math.floor((maxXmlNodes - 200) / nodes);

/** As the names of disks go on: a, …, z, aa, … */
const letters = (index: number): string => (index < 26 ? '' : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(97 + (index % 26));

const disk = "<disk type='file'><target dev='vda'/></disk>";

/** Texts at the limit, each of which costs somewhere else in the reader. Most are refused; that must cost little, too. */
const cases: Readonly<Record<string, () => string>> = {
  'many small elements': () => withMetadata(repeated('<x/>')),
  'nested namespaces': () => {
    const count = Math.floor(large / "<a xmlns:a='u0000'></a>".length);
    const open = Array.from({ length: count }, (_one, index) => `<a xmlns:a='u${index % 10_000}'>`).join('');
    return withMetadata(`${open}${'</a>'.repeat(count)}`.slice(0, large));
  },
  'many attributes': () => withMetadata(`<x ${Array.from({ length: 250_000 }, (_one, index) => `a${index}='1'`).join(' ')}/>`),
  'many disks': () => withDevices(repeated(disk)),
  'as many disks as are read': () => withDevices(disk.repeat(asMany(6))),
  'as many NICs as are read': () => withDevices("<interface type='user'><model type='virtio'/></interface>".repeat(asMany(5))),
  'as many controllers as are read': () => withDevices(numbered(asMany(3), (index) => `<controller type='scsi' index='${index}'/>`)),
  'as many empty devices as are read': () => withDevices('<disk/>'.repeat(asMany(1))),
  'as many elements that nobody knows as are read': () => withDevices("<what is='this'/>".repeat(asMany(2))),
  'as many disks with a place each as a start takes': () =>
    withDevices(
      numbered(
        2000,
        (index) =>
          `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/none/${index}'/><target dev='vd${letters(index)}' bus='virtio'/></disk>`,
      ),
    ),
  'as many attributes as are read': () => withMetadata(`<x ${numbered(asMany(1), (index) => `a${index}='1' `)}/>`),
  'as many comments as are read': () => withMetadata('<!--c-->'.repeat(asMany(1))),
  'many comments': () => withMetadata(repeated('<!--c-->')),
  'as many levels as are read, side by side': () => withMetadata(`${'<a>'.repeat(250)}${'</a>'.repeat(250)}`.repeat(asMany(500))),
  'one long text': () => withMetadata(`<x>${repeated('all of it is text ')}</x>`),
  'many references': () => withMetadata(`<x>${repeated('&amp;')}</x>`),
  'one long comment': () => withMetadata(`<!--${repeated('all of it is a comment ')}-->`),
};

/** Definitions of 4 MiB: what each costs a host of its own, in time and in memory at its peak. */
export async function measureXml(open: typeof openHost): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [what, text] of Object.entries(cases)) {
    const xml = text();
    await using host = await open();
    await host.api['machines.list']({ connection: 'embedded' });
    const before = await peakOf(host.pid);
    let answer = 'accepted';
    const took = await timed(async () => {
      try {
        await host.api['machines.define']({ connection: 'embedded', xml });
      } catch (error) {
        answer = `refused: ${error instanceof Error ? error.message : String(error)}`;
      }
    });
    const title = `XML of 4 MiB, ${what}`;
    const notes = [answer.length > 120 ? `${answer.slice(0, 120)}…` : answer];
    comparisons.push(
      { title: `${title}: time to the answer`, unit: 'ms', ours: { name: 'define', samples: [took] }, others: [], atMost: 1000, notes },
      {
        title: `${title}: memory of the host at its peak`,
        unit: 'MB',
        ours: { name: 'define', samples: [await peakOf(host.pid)] },
        others: [{ name: 'before', samples: [before] }],
        atMost: 315, // 300 MiB
      },
    );
  }
  return comparisons;
}
