import type { Job, JobState, JobStep } from '../contract/jobs.ts';

/** The words for jobs, the same in the window and on the command line. All are pure. */

/** What a job does, as one line: `Creating /vm/a.qcow2`. */
export function jobTitle({ kind, subject }: Pick<Job, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'demo-machine':
      return `Making the machine ${subject}`;
    case 'image':
      return `Creating ${fileName(subject)}`;
    case 'doctor':
      return 'Checking this computer';
  }
}

const endWords: Record<Exclude<JobState, 'running'>, string> = { done: 'is done', failed: 'failed', cancelled: 'was cancelled' };

/** As {@link jobTitle} of one that ended, with how: `Creating a.qcow2 was cancelled`. */
export function endedTitle(job: Pick<Job, 'kind' | 'subject' | 'state'>): string {
  return job.state === 'running' ? jobTitle(job) : `${jobTitle(job)} ${endWords[job.state]}`;
}

/** A step: `Downloading kernel and busybox from deb.debian.org`. */
export function stepWords({ code, source, check }: JobStep): string {
  switch (code) {
    case 'fetch-lists':
      return 'Fetching the package lists';
    case 'download':
      return `Downloading kernel and busybox${source === undefined ? '' : ` from ${source}`}`;
    case 'unpack':
      return 'Unpacking';
    case 'build-initramfs':
      return 'Building the initramfs';
    case 'store-guest':
      return 'Storing it';
    case 'try-kvm':
      return 'Trying KVM';
    case 'copy-kernel':
      return 'Copying the kernel';
    case 'create-disk':
      return 'Creating the disk';
    case 'define':
      return 'Defining the machine';
    case 'allocate':
      return 'Writing the image';
    case 'check':
      return check ?? 'Looking';
  }
}

/** What cancelling takes away, one sentence; undefined for what can't be cancelled. */
export function cancelCost({ cancel, subject }: Pick<Job, 'cancel' | 'subject'>): string | undefined {
  switch (cancel?.loses) {
    case undefined:
      return undefined;
    case 'nothing':
      return 'Nothing is lost: what was found so far stays to be read.';
    case 'image':
      return `What was written of ${fileName(subject)} is removed. No other file is touched.`;
    case 'machine':
      return `The files of ${subject} are removed, and its name is free again. What was downloaded stays for the next time.`;
  }
}

/** What a job that came to nothing left on disk: a sentence, or none where it had not begun. */
export function leftoverWords({ leftovers }: Pick<Job, 'leftovers'>): string | undefined {
  if (leftovers.length === 0) return undefined;
  const left = leftovers.filter(({ state }) => state === 'left');
  if (left.length === 0) return 'What it had begun was removed.';
  return left.map(({ path, why }) => `${path} was left${why === undefined ? '.' : `: ${why}`}`).join(' ');
}

/** How long a job may have run before its cancelling is asked about, ms, unless it loses nothing. */
const worthAsking = 10_000;

/** Would its cancelling throw away enough to ask first? */
export function asksBeforeCancel({ cancel, begunAt }: Pick<Job, 'cancel' | 'begunAt'>, now: number): boolean {
  return cancel !== null && cancel.loses !== 'nothing' && now - begunAt > worthAsking;
}

/** What is left at its pace, ms; null where there is none to go by. */
export function timeLeft({ amount }: Pick<Job, 'amount'>): number | null {
  if (amount === null || amount.total === null || amount.perSecond === null || amount.perSecond === 0) return null;
  return Math.max(0, ((amount.total - amount.done) / amount.perSecond) * 1000);
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
