import type { Job } from '../../shared/contract/jobs.ts';
import { asksBeforeCancel, cancelCost, jobTitle } from '../../shared/words/job-words.ts';
import { errorDataOf } from '../words/errors.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useApi } from '../state/services.ts';

/** Cancels a job; asks first where enough would go. */
export function useCancelJob(): (job: Job) => void {
  const api = useApi();
  const cancel = async ({ connection, id }: Job) => {
    try {
      await api['jobs.cancel']({ connection, id });
    } catch (thrown) {
      // One that ended meanwhile tells so itself.
      if (errorDataOf(thrown).code !== 'wrong-state') throw thrown;
    }
  };
  return (job) => {
    if (!asksBeforeCancel(job, Date.now())) return void cancel(job).catch(reportError);
    useDialogs.getState().open({
      kind: 'confirm',
      title: `Cancel “${jobTitle(job)}”?`,
      text: cancelCost(job) ?? '',
      confirm: 'Cancel the Job',
      stay: 'Go On',
      run: () => cancel(job),
    });
  };
}
