import type { Handlers } from '../../shared/contract/kinds.ts';
import type { storage } from '../../shared/contract/storage.ts';
import { beginner, storageOf, type ApiContext } from './guard.ts';

/** Disk images: each method is the connection's own. */
export function storageHandlers(context: ApiContext): Handlers<typeof storage> {
  return {
    'storage.defaults': async () => storageOf(context, 'storage.defaults').defaults(),
    'storage.imageInfo': async ({ path }) => storageOf(context, 'storage.imageInfo').imageInfo(path),
    'storage.createImage': async ({ begunBy, ...input }) =>
      storageOf(context, 'storage.createImage').createImage({ ...input, begunBy: beginner(context, begunBy) }),
    'storage.deleteImage': async ({ path }) => {
      await storageOf(context, 'storage.deleteImage').deleteImage(path);
      return {};
    },
    'storage.browse': async (input) => storageOf(context, 'storage.browse').browse(input),
  };
}
