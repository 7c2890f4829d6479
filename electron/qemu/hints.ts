import type { Domain } from '../../shared/domain/index.ts';
import { isUnder } from '../../shared/domain-xml/set-aside.ts';
import type { ErrorFix, XmlProblem } from '../../shared/errors.ts';

/**
 * A part of a domain that the guest doesn't see: where it runs, how much of the host it gets, how it is labelled. A daemon with root's rights
 * applies these; a start of ours can't. The machine is the same without, so the user may say that it starts without.
 */
interface Hint {
  /** Path of the element or attribute, without numbers. */
  readonly path: string;
  /** Where it is in this domain, if it asks for something. */
  readonly asked: (domain: Domain) => string | undefined;
  /** What it is, for a sentence: "… can't be applied here". */
  readonly what: string;
  /** The domain without it. */
  readonly without: (domain: Domain) => Domain;
}

/** A copy without some of its properties. */
const omit = <T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(from).filter(([key]) => !(keys as readonly PropertyKey[]).includes(key))) as Omit<T, K>;

const there = (path: string, value: unknown): string | undefined => (value === undefined || value === false ? undefined : path);

/** Elements and attributes of libvirt's formatdomain that its daemon applies outside of QEMU (qemu_cgroup.c, qemu_process.c, security drivers). */
const hints: readonly Hint[] = [
  {
    path: '/domain/cputune',
    asked: ({ cpuTune }) => cpuTune?.path,
    what: 'Tuning of CPU time and affinity',
    without: (domain) => omit(domain, 'cpuTune'),
  },
  {
    path: '/domain/blkiotune',
    asked: ({ blkioTune }) => blkioTune?.path,
    what: 'Weights of block I/O',
    without: (domain) => omit(domain, 'blkioTune'),
  },
  {
    path: '/domain/memtune',
    asked: ({ memory }) => there('/domain/memtune', memory.tune),
    what: 'Limits on memory',
    without: (domain) => ({ ...domain, memory: omit(domain.memory, 'tune') }),
  },
  {
    path: '/domain/vcpu/@cpuset',
    asked: ({ vcpus }) => there('/domain/vcpu/@cpuset', vcpus.cpuset),
    what: 'Pinning vCPUs to CPUs of the host',
    without: (domain) => ({ ...domain, vcpus: omit(domain.vcpus, 'cpuset') }),
  },
  {
    path: '/domain/vcpu/@placement',
    asked: ({ vcpus }) => there('/domain/vcpu/@placement', vcpus.placement === 'auto'),
    what: 'Automatic placement of vCPUs (numad)',
    without: (domain) => ({ ...domain, vcpus: omit(domain.vcpus, 'placement') }),
  },
  {
    path: '/domain/resource',
    asked: ({ resourcePartition }) => there('/domain/resource', resourcePartition),
    what: 'A resource partition',
    without: (domain) => omit(domain, 'resourcePartition'),
  },
  {
    path: '/domain/perf',
    asked: ({ perfEvents }) =>
      there(
        '/domain/perf',
        perfEvents.some((event) => event.enabled),
      ),
    what: 'Counting performance events',
    without: (domain) => ({ ...domain, perfEvents: [] }),
  },
  {
    path: '/domain/on_lockfailure',
    asked: ({ lifecycle }) => there('/domain/on_lockfailure', lifecycle.onLockFailure),
    what: 'What happens when a lock manager loses its locks',
    without: (domain) => ({ ...domain, lifecycle: omit(domain.lifecycle, 'onLockFailure') }),
  },
  {
    path: '/domain/seclabel',
    asked: ({ securityLabels }) => securityLabels.find((label) => label.type !== 'none')?.path,
    what: 'A security label',
    without: (domain) => ({ ...domain, securityLabels: [] }),
  },
];

/** Others that can be left out; whether this host has what they ask for, only planning tells. */
const others: readonly Pick<Hint, 'path' | 'without'>[] = [
  { path: '/domain/numatune', without: (domain) => omit(domain, 'numaTune') },
  {
    path: '/domain/memoryBacking/hugepages',
    without: (domain) => ({ ...domain, memory: { ...domain.memory, backing: omit(domain.memory.backing, 'hugePages') } }),
  },
];

/** A hint that this domain gives, and nothing here follows. */
export interface GivenHint {
  /** Where it is in the XML. */
  readonly path: string;
  readonly what: string;
}

/** The hints that a domain gives and a start can't follow. Pure. */
export const hintsOf = (domain: Domain): readonly GivenHint[] =>
  hints.flatMap(({ asked, what }) => {
    const path = asked(domain);
    return path === undefined ? [] : [{ path, what }];
  });

/** The part that can be set aside in which this path lies; undefined: what is there is the guest's business, or this host's to have. */
export const settablePart = (path: string): string | undefined => [...hints, ...others].find((hint) => isUnder(path, hint.path))?.path;

/** The fix that lets a machine start without what is at a path, where that is the user's to say. */
export const setAsideFix = (path: string): ErrorFix[] => {
  const part = settablePart(path);
  return part === undefined ? [] : [{ kind: 'set-aside', label: 'Start without it', path: part }];
};

/** The domain as it is planned when these parts (paths without numbers) are set aside by the user's word. Pure. */
export const withoutParts = (domain: Domain, parts: readonly string[]): Domain =>
  [...hints, ...others].filter(({ path }) => parts.includes(path)).reduce((rest, hint) => hint.without(rest), domain);

/** What was set aside, as notes beside the other findings. */
export const setAsideNotes = (domain: Domain, parts: readonly string[]): XmlProblem[] => [
  ...hints.flatMap(({ path, asked, what }): XmlProblem[] => {
    const at = parts.includes(path) ? asked(domain) : undefined;
    return at === undefined ? [] : [{ severity: 'note', path: at, message: `${what}: set aside, the machine starts without.` }];
  }),
  ...(parts.includes('/domain/memoryBacking/hugepages') && domain.memory.backing.hugePages !== undefined
    ? [
        {
          severity: 'note' as const,
          path: '/domain/memoryBacking/hugepages',
          message: 'Huge pages: set aside, the machine starts with pages of the usual size.',
        },
      ]
    : []),
  ...(parts.includes('/domain/numatune') && domain.numaTune !== undefined
    ? [{ severity: 'note' as const, path: '/domain/numatune', message: 'Placement on NUMA nodes: set aside, the machine starts without.' }]
    : []),
  ...(domain.qemu.capabilitiesAdd.length + domain.qemu.capabilitiesDel.length === 0
    ? []
    : [
        {
          severity: 'note' as const,
          path: '/domain/qemu:capabilities',
          message: "What libvirt's own code is to believe of QEMU: left aside, it says nothing of the machine.",
        },
      ]),
];
