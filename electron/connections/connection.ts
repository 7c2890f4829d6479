import type { TapestryContract } from '../../shared/contract/index.ts';
import type { z } from 'zod';
import type { Activity, HostCheck } from '../../shared/contract/computer.ts';
import type { Job, JobBeginner, JobEvent, JobRef } from '../../shared/contract/jobs.ts';
import type { Handler } from '../../shared/contract/kinds.ts';
import type { MachineTarget } from '../../shared/contract/references.ts';
import type { SupportDifferences, SupportTable } from '../../shared/contract/support.ts';
import type { TapestryError } from '../../shared/errors.ts';

/** The methods of one area of the contract by their own names: they take and give what the contract says, and nothing is unpacked between. */
export type Area<Name extends string> = {
  readonly [Method in keyof TapestryContract as Method extends `${Name}.${infer Own}` ? Own : never]: Handler<TapestryContract[Method]>;
};

/** What begins a job is told by whom. */
type Begins<Method extends keyof TapestryContract> = (
  input: z.output<TapestryContract[Method]['input']> & { readonly begunBy: JobBeginner },
) => Promise<Job>;

/** Machines of a connection. The unit of exchange is libvirt domain XML; identity is the UUID. Methods throw TapestryError. */
export type Domains = Omit<Area<'machines'>, 'createDemo'> & { readonly createDemo: Begins<'machines.createDemo'> };
/** Serial ports of a connection's machines. */
export type Consoles = Area<'consoles'>;
/** Disk images that a connection's machines can use. */
export type Storage = Omit<Area<'storage'>, 'createImage'> & { readonly createImage: Begins<'storage.createImage'> };
/** The machines' pictures, and keys for them. */
export type Screens = Area<'screens'>;
/** Operating systems that can be made machines of, and what files of a connection's host are. */
export type Systems = Area<'os'>;
/** Networks of a connection's host, and the NICs of its machines as they are plugged. MACs are dealt out over all connections. */
export type Networks = Omit<Area<'networks'>, 'generateMac'>;
/** The computer that a connection's machines run on. */
export type Host = Area<'host'>;

/** Work of a connection that outlives the call that began it. */
export interface Jobs {
  /** Those that go on, and the last that ended; by number. */
  list(): Promise<Job[]>;
  watch(signal: AbortSignal): AsyncIterable<JobEvent>;
  /** @returns it when it has ended @throws TapestryError `not-found`, `wrong-state` */
  cancel(ref: JobRef): Promise<Job>;
  forget(input: z.output<TapestryContract['jobs.forget']['input']>): Promise<void>;
  /** Resolves when none goes on that ends with this process. */
  idle(): Promise<void>;
}

/** What is looked at of the computer that Tapestry runs on, as jobs of its own connection. */
export interface Doctor {
  begin(begunBy: JobBeginner): Promise<Job>;
  /** The checks that take no time. */
  checks(signal: AbortSignal): AsyncIterable<HostCheck[]>;
}

/**
 * One place where machines live: ours (`tapestry:///`) or another. Nothing above this interface knows which one it has; it asks `support`.
 * What `support` refuses is never asked of it. Whatever a method is in the middle of when the connection is gone is ended by the registry.
 */
export interface Connection {
  readonly machines: Domains;
  readonly consoles: Consoles;
  readonly host: Host;
  /** Absent where `support` refuses all that it does. */
  readonly screens?: Screens;
  /** Absent where `support` refuses all that it does. */
  readonly storage?: Storage;
  /** Absent where `support` refuses all that it does. */
  readonly os?: Systems;
  /** Absent where `support` refuses all that it does. */
  readonly networks?: Networks;
  /** Absent for one that begins none. */
  readonly jobs?: Jobs;
  /** Of the connection that is this computer's own. */
  readonly doctor?: Doctor;
  /** What was done lately, then what is done. */
  activity(signal: AbortSignal): AsyncIterable<Activity>;
  /** What is otherwise with this machine than with the connection; nothing for a machine that isn't there. */
  differences(machine: MachineTarget): SupportDifferences;
  /** Settles when the connection is gone by itself, with why; never while it stands. */
  readonly gone?: Promise<TapestryError>;
  /** Lets go of everything without touching running machines. Jobs that go on are cancelled. */
  close(): Promise<void>;
}

/** A connection that can be opened, and what is known of it before it is. */
export interface ConnectionSource {
  /** Short, and no other's; see `connectionId` of the contract. */
  readonly id: string;
  readonly uri: string;
  readonly title: string;
  readonly support: SupportTable;
  /** Opens it. @throws TapestryError why it can't be opened now; `unauthorized` and `host-missing` say what it needs */
  open(): Promise<Connection>;
  /** Calls back when it is worth being opened again by itself after it was gone; absent where only the user connects again. */
  readonly back?: (wake: () => void) => void;
}
