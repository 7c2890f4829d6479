import { unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { numbersOf } from './ranges.ts';

/**
 * Refuses NUMA nodes that this host hasn't (libvirt: virDomainNumatuneNodesetIsAvailable): QEMU ends in the middle of its start, with the words of
 * mbind(2). They are a hint, which can be set aside.
 */
export function checkHostNodes(line: CommandLine): void {
  const { numaNodes } = line.host;
  const { numaTune } = line.draft.domain;
  if (!line.starts || numaNodes === undefined) return;
  const named = [
    ...(numaTune?.memory?.nodeset === undefined ? [] : [{ at: `${numaTune.path}/memory/@nodeset`, nodeset: numaTune.memory.nodeset }]),
    ...(numaTune?.nodes ?? []).map(({ path, nodeset }) => ({ at: `${path}/@nodeset`, nodeset })),
    ...line.draft.devices.memories.flatMap(({ path, sourceNodes }) =>
      sourceNodes === undefined ? [] : [{ at: `${path}/source/nodemask`, nodeset: sourceNodes }],
    ),
  ];
  line.each(named, ({ at, nodeset }) => {
    const missing = numbersOf(nodeset, at).find((node) => !numaNodes.includes(node));
    if (missing !== undefined) throw unsupported(at, `This computer has no NUMA node ${missing}.`, 'Name nodes that it has, or none.');
  });
}
