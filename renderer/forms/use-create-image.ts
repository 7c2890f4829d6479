import type { NewImageFormat } from '../../shared/contract/storage.ts';
import { useScope } from '../state/connections.ts';
import { useJobAt, type JobAtPlace } from '../state/job-place.ts';
import { useApi } from '../state/services.ts';

/** An image to be made. Sizes in bytes. */
export interface NewImage {
  readonly path: string;
  readonly format: NewImageFormat;
  readonly sizeBytes: number;
}

/** Makes a disk image; a cancelled one leaves nothing behind. What is known of the path is asked for again by itself. */
export function useCreateImage(path: string): Omit<JobAtPlace, 'begin'> & { readonly create: (image: NewImage) => void } {
  const api = useApi();
  const connection = useScope();
  const { begin, ...place } = useJobAt(`image ${connection} ${path}`, () => undefined);
  return { ...place, create: (image) => begin(() => api['storage.createImage']({ connection, ...image })) };
}
