import type { z } from 'zod';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import type { TapestryContract } from '../../shared/contract/index.ts';
import type { Job, JobBeginner, JobEvent, JobRef } from '../../shared/contract/jobs.ts';

type In<K extends keyof TapestryContract> = z.output<TapestryContract[K]['input']>;
type Out<K extends keyof TapestryContract> = TapestryContract[K] extends { output: infer O extends z.ZodType } ? z.output<O> : never;
/** What begins a job is told by whom. */
type Begins<K extends keyof TapestryContract> = In<K> & { readonly begunBy: JobBeginner };
type Item<K extends keyof TapestryContract> = TapestryContract[K] extends { item: infer T extends z.ZodType } ? z.output<T> : never;

/** Whether a connection can do an operation: the window disables controls by it and shows the reason. */
export type Support = { readonly supported: true } | { readonly supported: false; readonly reason: string };

/** Machines of a connection. The unit of exchange is libvirt domain XML; identity is the UUID. Methods throw TapestryError. */
export interface Domains {
  list(): readonly Out<'machines.list'>[number][];
  watch(signal: AbortSignal): AsyncIterable<Item<'machines.watch'>>;
  get(ref: string): Out<'machines.get'>;
  xml(ref: string): Promise<Out<'machines.xml'>>;
  define(input: In<'machines.define'>): Promise<Out<'machines.define'>>;
  undefine(input: In<'machines.undefine'>): Promise<Out<'machines.undefine'>>;
  rename(ref: string, name: string): Promise<void>;
  act(ref: string, action: In<'machines.act'>['action'], signal: AbortSignal, setAside?: In<'machines.act'>['setAside']): Promise<void>;
  setAutostart(ref: string, autostart: boolean): Promise<Out<'machines.autostart'>>;
  startMarked(): Promise<Out<'machines.startMarked'>['started']>;
  device(input: In<'machines.device'>, signal: AbortSignal): Promise<Out<'machines.device'>>;
  check(input: In<'machines.check'>): Promise<Out<'machines.check'>['problems']>;
  native(input: In<'machines.native'>): Promise<Out<'machines.native'>>;
  /** CPU time used since power-on, ms; null when it doesn't run. */
  cpuTime(ref: string): Promise<number | null>;
  monitor(ref: string, command: string): Promise<unknown>;
  stats(ref: string | undefined, signal: AbortSignal): AsyncIterable<Item<'machines.stats'>>;
  log(ref: string, lines: number): Promise<Out<'machines.log'>>;
  createDemo(input: Begins<'machines.createDemo'>): Promise<Job>;
}

/** Serial ports of a connection's machines. */
export interface Consoles {
  watch(ref: string, alias: string, signal: AbortSignal): AsyncIterable<Item<'consoles.watch'>>;
  open(input: In<'consoles.open'>, channel: ByteChannel, context: CallContext): Promise<void>;
  recording(input: In<'consoles.recording'>, channel: ByteChannel, context: CallContext): Promise<void>;
  clear(input: In<'consoles.clear'>): Promise<void>;
}

/** Disk images that a connection's machines can use. */
export interface Storage {
  defaults(): Promise<Out<'storage.defaults'>>;
  imageInfo(path: string): Promise<Out<'storage.imageInfo'>>;
  createImage(input: Begins<'storage.createImage'>): Promise<Job>;
  deleteImage(path: string): Promise<void>;
  browse(input: In<'storage.browse'>): Promise<Out<'storage.browse'>>;
}

/** Networks of a connection's host, and the NICs of its machines as they are plugged. */
export interface Networks {
  interfaces(): Promise<Out<'networks.interfaces'>>;
  watch(signal: AbortSignal): AsyncIterable<Item<'networks.watch'>>;
  nics(ref: string, signal: AbortSignal): AsyncIterable<Item<'networks.nics'>>;
  nic(ref: string): Promise<Out<'networks.nic'>>;
  guestInterfaces(ref: string): Promise<Out<'networks.guestInterfaces'>>;
  createBridge(input: In<'networks.createBridge'>): Promise<void>;
  deleteBridge(name: string, uplink?: string): Promise<void>;
  addUplink(input: In<'networks.addUplink'>): Promise<Out<'networks.addUplink'>>;
  confirmUplink(token: string): Promise<void>;
  cancelUplink(token: string): Promise<void>;
  /** The uplinks on trial, at once and at each change. */
  trials(signal: AbortSignal): AsyncIterable<Item<'networks.trials'>>;
  removeUplink(input: In<'networks.removeUplink'>): Promise<void>;
  /** Forgets that the cable of this NIC was moved: it stays where it is. */
  keepMove(ref: string, alias: string): Promise<void>;
  forward(input: In<'networks.forward'>): Promise<void>;
}

/** Facts about the computer that a connection's machines run on. */
export interface Host {
  facts(): Promise<Omit<Out<'host.facts'>, 'host'>>;
  doctor(input: Begins<'host.doctor'>): Promise<Job>;
  checks(signal: AbortSignal): AsyncIterable<Item<'host.checks'>>;
  activity(signal: AbortSignal): AsyncIterable<Item<'host.activity'>>;
  capabilities(): Promise<string>;
  domainCapabilities(input: In<'host.domainCapabilities'>): Promise<string>;
}

/** Work of a connection that outlives the call that began it. */
export interface Jobs {
  /** Those that go on, and the last that ended; by number. */
  list(): Promise<Job[]>;
  watch(signal: AbortSignal): AsyncIterable<JobEvent>;
  /** @returns it when it has ended @throws TapestryError `not-found`, `wrong-state` */
  cancel(ref: JobRef): Promise<Job>;
  forget(input: In<'jobs.forget'>): Promise<void>;
  /** Resolves when none goes on that ends with this process. */
  idle(): Promise<void>;
}

/**
 * One place where machines live: ours (`tapestry:///`) or, later, a libvirt daemon. Nothing above this interface
 * knows which one it has; it asks `support`.
 */
export interface Connection {
  readonly uri: string;
  readonly domains: Domains;
  readonly consoles: Consoles;
  readonly host: Host;
  readonly jobs: Jobs;
  readonly storage?: Storage;
  readonly networks?: Networks;
  /** Can this be done here (for this machine)? */
  support(method: keyof TapestryContract, ref?: string): Support;
  /** Lets go of everything without touching running machines. Jobs that go on are cancelled. */
  close(): Promise<void>;
}
