import type { HostStorage } from '../../../storage/host-storage.ts';
import type { Storage } from '../../connection.ts';
import type { JobList } from '../../jobs/job-list.ts';
import { beginImage } from './image-job.ts';

/** Disk images of this computer, as the API asks for them. */
export function storageOf(own: HostStorage, jobs: JobList): Storage {
  return {
    defaults: () => own.defaults(),
    imageInfo: ({ path }) => own.imageInfo(path),
    createImage: (input) => beginImage(jobs, input),
    deleteImage: async ({ path }) => {
      await own.deleteImage(path);
      return {};
    },
    browse: (input) => own.browse(input),
  };
}
