import { checkNewImage, createImage } from '../../../storage/create-image.ts';
import type { Storage } from '../../connection.ts';
import type { JobList } from '../../jobs/job-list.ts';

/**
 * Begins the job that creates an image.
 * @throws TapestryError `invalid` (relative path, file exists), `io`
 */
export async function beginImage(
  jobs: JobList,
  { begunBy, ...request }: Parameters<Storage['createImage']>[0],
): ReturnType<Storage['createImage']> {
  await Promise.all([checkNewImage(request), jobs.opened()]);
  const { path, sizeBytes } = request;
  return jobs.begin(
    { kind: 'image', subject: path, loses: 'image', begunBy },
    async ({ signal, note, step, measure, finishing, result }) => {
      step({ code: 'allocate' });
      await createImage(request, {
        signal,
        note,
        measure: (written) => measure(async () => ({ done: await written(), total: sizeBytes, unit: 'bytes' })),
        complete: finishing,
      });
      result({ kind: 'image', path });
    },
  );
}
