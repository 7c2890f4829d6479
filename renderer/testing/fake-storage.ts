import type { Api } from '../../shared/contract/index.ts';

/** Storage of the fake host: a home with an ISO image in it, and room for more. */
export const fakeStorage: Pick<Api, Extract<keyof Api, `storage.${string}`>> = {
  'storage.defaults': async () => ({ directory: '/home/user/.local/share/tapestry/images', freeBytes: 212 * 1024 ** 3 }),
  'storage.imageInfo': async ({ path }) => ({
    path,
    format: path.endsWith('.qcow2') ? 'qcow2' : 'raw',
    virtualSize: 20 * 1024 ** 3,
    actualSize: 3 * 1024 ** 3,
  }),
  'storage.createImage': async function* () {
    yield { progress: 0.5 };
    yield { progress: 1 };
  },
  'storage.deleteImage': () => Promise.resolve({}),
  'storage.browse': async ({ path }) => ({
    path: path ?? '/home/user',
    parent: path === undefined || path === '/' ? null : '/home',
    entries: [
      { name: 'iso', path: `${path ?? '/home/user'}/iso`, kind: 'directory' as const, size: 0, modified: 1.7e12 },
      {
        name: 'debian-13.iso',
        path: `${path ?? '/home/user'}/debian-13.iso`,
        kind: 'file' as const,
        size: 632 * 1024 ** 2,
        modified: 1.7e12,
      },
    ],
  }),
};
