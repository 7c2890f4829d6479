import { filesNamedIn } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { identityOf, loopDevices } from '../../../storage/file-identity.ts';
import { chainOf } from '../../../storage/image-chain.ts';
import type { Machine } from '../machine/machine.ts';
import { parsedDefinition } from '../definitions/parsed-definition.ts';
import { imagesOfDefinition } from '../definitions/definition-facts.ts';

/** A machine that needs a file. */
export interface ImageUser {
  readonly machine: Machine;
  /** What of the machine leads there, as its XML names it. */
  readonly path: string;
  /** It isn't the file itself, but stands on it. */
  readonly above: boolean;
}

/** Files that an XML text names: images, media, kernels, firmware, variables and their templates. */
const namedBy = (xml: string): readonly string[] => {
  try {
    return filesNamedIn(parsedDefinition(xml)).map(({ file }) => file);
  } catch (error) {
    if (error instanceof TapestryError) return []; // not XML: it names nothing
    throw error;
  }
};

/** All that a machine needs now or at its next start: by its stored and its live XML, and by what its run holds. */
const filesOf = ({ stored, run, paths }: Machine): ReadonlySet<string> => {
  const texts = [stored?.xml, run?.record.liveXml, run?.record.definition].filter((xml) => xml !== undefined);
  const named = [...texts.flatMap(namedBy), ...(run?.record.images ?? []).map(({ path }) => path)];
  return new Set(named.filter((path) => path.startsWith('/') && path !== paths.log));
};

/** The files behind the loop devices of this computer, by what the devices are. */
const filesBehindLoops = async (): Promise<ReadonlyMap<string, string>> => {
  const found = await Promise.all(
    (await loopDevices()).map(async ({ device, file }) => {
      const identity = await identityOf(device);
      return identity === undefined ? [] : [[identity, file] as const];
    }),
  );
  return new Map(found.flat());
};

/** What an image stands on: its backing chain, and what is behind the loop devices among these. */
const standsOn = async (image: string, behindLoops: ReadonlyMap<string, string>): Promise<readonly string[]> => {
  const links = (await chainOf(image)).map(({ path }) => path);
  const behind = await Promise.all(
    links.map(async (link) => {
      const file = behindLoops.get((await identityOf(link)) ?? '');
      return file === undefined ? [] : (await chainOf(file)).map(({ path }) => path);
    }),
  );
  return [...links.slice(1), ...behind.flat()];
};

/**
 * Who stands on a file: by what it is (device and inode), however its path is spelled, through links, hard links, bind mounts and loop devices,
 * and down the backing chain of each image that a machine names, whether it runs or not. Of an image that is opened as raw the header counts
 * too: it is a mistake that is corrected later.
 *
 * @param except paths of `self` that may stand on it, since they go with it
 * @returns the first one found
 */
export async function userOf(
  path: string,
  machines: readonly Machine[],
  self?: { readonly machine: Machine; readonly except: readonly string[] },
): Promise<ImageUser | undefined> {
  const wanted = await identityOf(path);
  if (wanted === undefined) return undefined;
  const going = new Set(await Promise.all([path, ...(self?.except ?? [])].map(identityOf)));
  const behindLoops = await filesBehindLoops();
  for (const machine of machines) {
    for (const named of filesOf(machine)) {
      const identity = await identityOf(named);
      const own = machine === self?.machine;
      if (identity === wanted && !own) return { machine, path: named, above: false };
      if (own && going.has(identity)) continue;
      for (const file of await standsOn(named, behindLoops)) {
        if ((await identityOf(file)) === wanted) return { machine, path: named, above: true };
      }
    }
  }
  return undefined;
}

/** The refusal to delete a file that a machine needs. @param next what to do instead */
export function imageNeeded(path: string, { machine, path: named, above }: ImageUser, next: string): TapestryError {
  const name = `“${machine.name}”`;
  const isDisk = imagesOfDefinition(machine.stored?.xml ?? machine.run?.record.definition ?? '').includes(named);
  const spelled = named === path ? '' : ` (as ${named})`;
  return new TapestryError(
    'disk-in-use',
    above
      ? `${name} stands on ${path}: its ${named} needs it. Nothing was deleted.`
      : `${path} is ${isDisk ? 'a disk' : 'a file'} of ${name} too${spelled}, so nothing was deleted.`,
    { next },
  );
}
