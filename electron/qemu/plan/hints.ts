import type { Domain } from '../../../shared/domain/index.ts';
import { isUnder } from '../../../shared/domain-xml/set-aside.ts';
import type { ErrorFix, XmlProblem } from '../../../shared/errors.ts';

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
  /** Whether this host has what it asks for, only planning tells; else nothing here follows it. */
  readonly byHost?: true;
  /** How the machine starts when it is set aside; absent: "without". */
  readonly instead?: string;
  /** The domain without it. */
  readonly without: (domain: Domain) => Domain;
}

/** A copy without some of its properties. */
const omit = <T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(from).filter(([key]) => !(keys as readonly PropertyKey[]).includes(key))) as Omit<T, K>;

const there = (path: string, value: unknown): string | undefined => (value === undefined || value === false ? undefined : path);

/** Elements and attributes of libvirt's formatdomain that its daemon applies outside of QEMU (qemu_cgroup.c, qemu_process.c, security drivers), or as root. */
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
  {
    path: '/domain/numatune',
    asked: ({ numaTune }) => there('/domain/numatune', numaTune),
    what: 'Placement on NUMA nodes',
    byHost: true,
    without: (domain) => omit(domain, 'numaTune'),
  },
  {
    path: '/domain/memoryBacking/hugepages',
    asked: ({ memory }) => there('/domain/memoryBacking/hugepages', memory.backing.hugePages),
    what: 'Huge pages',
    byHost: true,
    instead: 'with pages of the usual size',
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
export function hintsOf(domain: Domain): readonly GivenHint[] {
  return hints.flatMap(({ asked, what, byHost = false }) => {
    const path = byHost ? undefined : asked(domain);
    return path === undefined ? [] : [{ path, what }];
  });
}

/** The part that can be set aside in which this path lies; undefined: what is there is the guest's business, or this host's to have. */
const settablePart = (path: string): string | undefined => hints.find((hint) => isUnder(path, hint.path))?.path;

/** The fix that lets a machine start without what is at a path, where that is the user's to say. */
export function setAsideFix(path: string): ErrorFix[] {
  const part = settablePart(path);
  return part === undefined ? [] : [{ kind: 'set-aside', label: 'Start without it', path: part }];
}

/** The domain as it is planned when these parts (paths without numbers) are set aside by the user's word. Pure. */
export function withoutParts(domain: Domain, parts: readonly string[]): Domain {
  return hints.filter(({ path }) => parts.includes(path)).reduce((rest, hint) => hint.without(rest), domain);
}

/** What was set aside, as notes beside the other findings. */
export function setAsideNotes(domain: Domain, parts: readonly string[]): XmlProblem[] {
  return [
    ...hints.flatMap(({ path, asked, what, instead = 'without' }): XmlProblem[] => {
      const at = parts.includes(path) ? asked(domain) : undefined;
      return at === undefined ? [] : [{ severity: 'note', path: at, message: `${what}: set aside, the machine starts ${instead}.` }];
    }),
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
}
