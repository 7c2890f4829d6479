import type { HeldImages } from '../images/image-use.ts';
import type { Backend, DefinitionFacts, MachinePaths } from '../ports/ports.ts';
import type { Run } from '../run/run.ts';
import type { RunHooks } from '../run/run.types.ts';

/** What a start needs. */
export interface StartRequest {
  readonly xml: string;
  readonly facts: DefinitionFacts;
  readonly id: number;
  readonly paused: boolean;
  readonly paths: MachinePaths;
  readonly backend: Backend;
  readonly hooks: RunHooks;
  /** Images of the machines that run now. */
  readonly held: readonly HeldImages[];
  readonly signal: AbortSignal;
  /** Told of the run as soon as there is one, so that its state shows while the start goes on. */
  readonly adopt?: (run: Run) => void;
  /** Called with the name of each step before it is made: tests cut a start short there. */
  readonly step?: (name: StartStep) => void | Promise<void>;
}

/** The moments of a start, in order. */
export const startSteps = ['prepared', 'recorded', 'acquired', 'spawned', 'identified', 'connected', 'recording', 'continued'] as const;

/** One of {@link startSteps}. */
export type StartStep = (typeof startSteps)[number];
