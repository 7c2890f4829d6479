import type { Api } from '../../shared/contract/index.ts';

/** Storage of the fake host: a home with an ISO image in it, and room for more. */
export const fakeStorage: Pick<Api, Exclude<Extract<keyof Api, `storage.${string}`>, 'storage.createImage'>> = {
  'storage.defaults': async () => ({ directory: '/home/user/.local/share/tapestry/images', freeBytes: 212 * 1024 ** 3 }),
  'storage.imageInfo': async ({ path }) => ({
    path,
    format: path.endsWith('.qcow2') ? 'qcow2' : 'raw',
    virtualSize: 20 * 1024 ** 3,
    actualSize: 3 * 1024 ** 3,
  }),
  'storage.deleteImage': () => Promise.resolve({}),
  'storage.browse': async ({ path: typed, hidden }) => {
    const home = '/home/user';
    const asked = typed === undefined ? `${home}/Downloads` : typed.replace(/^~(?=$|\/)/, home).replace(/(?<=.)\/$/, '');
    const file = asked.endsWith('.iso') ? asked : null;
    const path = file === null ? asked : file.slice(0, file.lastIndexOf('/'));
    const one = (name: string, kind: 'directory' | 'file', size: number, modified: number) => ({
      name,
      path: `${path === '/' ? '' : path}/${name}`,
      kind,
      size,
      modified,
    });
    return {
      path,
      file,
      parent: path === '/' ? null : path.slice(0, path.lastIndexOf('/')) || '/',
      places: [
        { kind: 'home' as const, path: home },
        { kind: 'downloads' as const, path: `${home}/Downloads` },
      ],
      entries: [
        one('iso', 'directory', 0, 1.7e12),
        one('debian-13.iso', 'file', 632 * 1024 ** 2, 1.7e12),
        one('alpine.iso', 'file', 200 * 1024 ** 2, 1.71e12),
        one('notes.txt', 'file', 12, 1.72e12),
        ...(hidden === true ? [one('.hidden.iso', 'file', 1, 1.6e12)] : []),
      ],
    };
  },
};
