import { create } from 'zustand';
import type { JobRef } from '../../shared/contract/jobs.ts';

const storedSince = 'tapestry.jobs-cleared';

const readCleared = (): number => {
  const at = Number(localStorage.getItem(storedSince));
  return Number.isFinite(at) ? at : 0;
};

/** The drawer of jobs: of this window alone. */
interface JobsDrawer {
  readonly open: boolean;
  /** The job whose details are shown; undefined: the list. */
  readonly shown: JobRef | undefined;
  readonly view: 'jobs' | 'happened';
  /** What ended up to then is out of sight, ms since the epoch; the host still remembers it. */
  readonly clearedAt: number;
  readonly toggle: () => void;
  readonly close: () => void;
  readonly show: (job: JobRef | undefined) => void;
  readonly setView: (view: JobsDrawer['view']) => void;
  readonly clear: (at: number) => void;
}

/** See {@link JobsDrawer}. */
export const useJobsDrawer = create<JobsDrawer>()((set) => ({
  open: false,
  shown: undefined,
  view: 'jobs',
  clearedAt: readCleared(),
  toggle: () => set(({ open }) => ({ open: !open, shown: undefined })),
  close: () => set({ open: false, shown: undefined }),
  show: (shown) => set({ open: true, shown, view: 'jobs' }),
  setView: (view) => set({ view, shown: undefined }),
  clear: (clearedAt) => {
    localStorage.setItem(storedSince, String(clearedAt));
    set({ clearedAt });
  },
}));
