import type { TapestryContract } from '../../shared/contract/index.ts';
import type { JobBeginner } from '../../shared/contract/jobs.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { Connection, Networks, Storage } from '../connections/connection.ts';

/** What the handlers of every area share. */
export interface ApiContext {
  readonly connection: Connection;
  /** Which host serves: `host.facts` says so. */
  readonly host: 'desktop' | 'browser' | 'cli';
  readonly settings: Settings;
}

/** Small settings of the user by name. */
export interface Settings {
  get(): Promise<Record<string, unknown>>;
  set(key: string, value: unknown): Promise<void>;
}

/** Who begins a job: who says so, else the host that serves. */
export function beginner({ host }: ApiContext, begunBy: JobBeginner | undefined): JobBeginner {
  return begunBy ?? { host };
}

/** Throws `unsupported-operation` with the connection's reason when it can't do `method` (for this machine). */
export function assertSupported({ connection }: ApiContext, method: keyof TapestryContract, ref?: string): void {
  const support = connection.support(method, ref);
  if (!support.supported) throw unsupported(support.reason);
}

/** The connection's storage, or `unsupported-operation`. */
export function storageOf(context: ApiContext, method: keyof TapestryContract): Storage {
  assertSupported(context, method);
  if (context.connection.storage === undefined) throw unsupported('This connection offers no storage.');
  return context.connection.storage;
}

/** The connection's networks, or `unsupported-operation`. */
export function networksOf(context: ApiContext, method: keyof TapestryContract, ref?: string): Networks {
  assertSupported(context, method, ref);
  if (context.connection.networks === undefined) throw unsupported('This connection offers no networks.');
  return context.connection.networks;
}

function unsupported(reason: string): TapestryError {
  return new TapestryError('unsupported-operation', reason);
}
