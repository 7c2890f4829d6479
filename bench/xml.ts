import type { openHost } from './host.ts';
import { peakOf } from './idle.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** Bytes of a text that is just not too large to be read. */
const large = 4 * 1024 * 1024 - 1024;

const repeated = (piece: string, room = large): string => piece.repeat(Math.floor(room / piece.length));

/** A machine with something in its `<metadata>`. */
const withMetadata = (inside: string): string => machineXml('bench-xml').replace('</name>', `</name><metadata>${inside}</metadata>`);

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
  'many disks': () => machineXml('bench-xml').replace('<memballoon', `${repeated(disk)}<memballoon`),
  // Just few enough to be read: 125,000 nodes, 6 of them a disk.
  'as many disks as are read': () => machineXml('bench-xml').replace('<memballoon', `${disk.repeat(20_000)}<memballoon`),
  'as many attributes as are read': () =>
    withMetadata(`<x ${Array.from({ length: 124_000 }, (_one, index) => `a${index}='1'`).join(' ')}/>`),
  'one long text': () => withMetadata(`<x>${repeated('all of it is text ')}</x>`),
  'many references': () => withMetadata(`<x>${repeated('&amp;')}</x>`),
  'one long comment': () => withMetadata(`<!--${repeated('all of it is a comment ')}-->`),
};

/** Definitions of 4 MiB: what each costs a host of its own, in time and in memory at its peak. */
export const measureXml = async (open: typeof openHost): Promise<Comparison[]> => {
  const comparisons: Comparison[] = [];
  for (const [what, text] of Object.entries(cases)) {
    const xml = text();
    await using host = await open();
    await host.api['machines.list']({});
    const before = await peakOf(host.pid);
    let answer = 'accepted';
    const took = await timed(async () => {
      try {
        await host.api['machines.define']({ xml });
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
};
