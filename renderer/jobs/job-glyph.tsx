import { IconAlertTriangle, IconCircleCheck, IconCircleMinus, IconLoader2 } from '@tabler/icons-react';
import type { JobState } from '../../shared/contract/jobs.ts';

const glyphs = {
  running: { Glyph: IconLoader2, words: 'Going on' },
  done: { Glyph: IconCircleCheck, words: 'Done' },
  failed: { Glyph: IconAlertTriangle, words: 'Failed' },
  cancelled: { Glyph: IconCircleMinus, words: 'Cancelled' },
} as const;

/** The state of a job by its shape: a turning arc goes on, a check is done, a minus was cancelled, a triangle failed. */
export function JobGlyph({ state }: { readonly state: JobState }) {
  const { Glyph, words } = glyphs[state];
  return (
    <span className="job-glyph" data-state={state}>
      <Glyph size={15} aria-hidden className={state === 'running' ? 'turning' : undefined} />
      <span className="visually-hidden">{words}:</span>
    </span>
  );
}
