import type { FileHandle } from 'node:fs/promises';
import type { MachineSummary, XmlProblem } from '../../../../shared/contract/machines.ts';
import type {
  acquireDescriptors,
  AcquiredDescriptors,
  DescriptorContext,
  NicDescriptorRequest,
  NicRecord,
} from '../../../network/nics/descriptors.ts';
import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import type { NetworkHelper } from '../../../network/helper/helper.ts';
import type { Recorder, RecorderOptions } from '../../../consoles/console-source.types.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';

/** Where the embedded connection keeps things; all absolute (electron/computer/paths.ts makes them). */
export interface EmbeddedDirectories {
  /** Definitions: `<name>.xml`. */
  readonly machines: string;
  /** Records and sockets of what runs: `<sockets>/<uuid>/`. Short: a socket's whole path has 107 bytes. */
  readonly sockets: string;
  /** Where earlier versions kept them, or another environment of the same user does: looked at, never written to. */
  readonly formerSockets?: readonly string[];
  /** What machines keep between their runs. */
  readonly state: string;
  readonly logs: string;
  readonly recordings: string;
  /** Where new disk images go. */
  readonly images: string;
  readonly cache: string;
}

/** What the connection itself needs to know of a definition; all else stays in the XML. */
export interface DefinitionFacts extends Pick<
  MachineSummary,
  | 'uuid'
  | 'name'
  | 'title'
  | 'description'
  | 'vcpus'
  | 'memoryKiB'
  | 'maxMemoryKiB'
  | 'type'
  | 'arch'
  | 'machine'
  | 'os'
  | 'macs'
  | 'networks'
  | 'consoles'
> {
  readonly lifecycle: {
    readonly onPoweroff: string;
    readonly onReboot: string;
    readonly onCrash: string;
  };
}

/** What the network layer wants to know of a domain's NICs. */
export type PlannedNics = Parameters<typeof acquireDescriptors>[1];

/** A start, decided. */
export interface PreparedStart {
  readonly plan: LaunchPlan;
  /** The domain's NICs, in domain order. */
  readonly nics: PlannedNics;
  /** What the start goes on without, one sentence each. */
  readonly notes?: readonly string[];
}

/** Where a machine's files are; made from {@link EmbeddedDirectories} by `machinePaths`. */
export interface MachinePaths {
  /** Sockets and pipes of a run, mostly `<sockets>/<uuid>`: exists only while the machine runs. */
  readonly runtime: string;
  /** `<sockets>/<uuid>/record.json`. */
  readonly record: string;
  readonly recorderSocket: string;
  /** `<logs>/<uuid>.log`: QEMU's own words, appended. */
  readonly log: string;
  /** `<recordings>/<uuid>`. */
  readonly recordings: string;
  /** `<state>/machines/<uuid>`: what a machine keeps between its runs (firmware variables, TPM). */
  readonly persistent: string;
}

/** Is KVM usable on this computer? `untested`: nothing speaks against it. */
export interface KvmFacts {
  readonly usable: 'yes' | 'no' | 'untested';
  readonly message: string;
}

/**
 * What machines use from the layers below, so that a fault of each can be had in a test. The real ones are put together
 * in `backend.ts`.
 */
export interface Backend {
  /** Reads a definition. @throws TapestryError `xml-syntax`, `xml-forbidden`, `xml-invalid` */
  facts(xml: string): DefinitionFacts;
  /** Name and UUID only: works for definitions that break other rules too. @throws TapestryError `xml-*` */
  identify(xml: string): { readonly uuid: string; readonly name: string };
  /** Fills in what a definition gets when it is defined: UUID, MACs. Equal text when nothing is missing. @throws TapestryError `xml-*` */
  complete(xml: string): string;
  /** Writes the addresses and models that libvirt writes at a define, so that they stay; the text as it is where that can't be decided. */
  place(xml: string): Promise<string>;
  /** Paths of the disk images that a definition names; none for one that can't be read. */
  images(xml: string): readonly string[];
  /** Gives a definition another name. */
  withName(xml: string, name: string): string;
  /** All problems that are known without a start; never throws for bad XML. */
  problems(xml: string): Promise<readonly XmlProblem[]>;
  /** Decides a start. @throws TapestryError `xml-unsupported`, `xml-invalid`, `qemu-missing`, `qemu-invalid` */
  prepare(xml: string, paths: MachinePaths): Promise<PreparedStart>;
  /**
   * The plan of a running machine as if it was started anew, with the aliases that its XML has.
   * @param xml the running machine's, perhaps with devices that it is to get
   * @throws TapestryError as {@link Backend.prepare}
   */
  prepareRunning(xml: string, paths: MachinePaths): Promise<LaunchPlan>;
  acquire(requests: readonly NicDescriptorRequest[], nics: PlannedNics, context: DescriptorContext): Promise<AcquiredDescriptors>;
  releaseNics(records: readonly NicRecord[]): Promise<readonly NicStep[]>;
  startRecorder(options: RecorderOptions): Promise<Recorder>;
  attachRecorder(directory: string): Promise<Recorder | undefined>;
  prepareLogPort(path: string, end: 'write' | 'read'): Promise<FileHandle>;
  /** Configures host devices; see electron/network. */
  readonly helper: NetworkHelper;
  kvm(): Promise<KvmFacts>;
  /**
   * The plan as a command line, descriptors as numbers, as `domxml-to-native` prints it.
   * @param paths of the machine; those that libvirt would have where it is of none
   * @param capabilities text of a recorded QMP conversation
   */
  native(
    xml: string,
    paths: MachinePaths | undefined,
    capabilities: string | undefined,
  ): Promise<Pick<LaunchPlan, 'environment' | 'emulator'> & { readonly argv: readonly string[] }>;
}
