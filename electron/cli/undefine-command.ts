import { Option, type Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { attributeValue, childElements, firstChild, parseXml } from '../../shared/domain-xml/index.ts';
import { CliError, during, exclusive, machineOf, print, type CliContext, type CommonOptions } from './context.ts';

interface UndefineOptions extends CommonOptions {
  readonly nvram?: boolean;
  readonly keepNvram?: boolean;
  readonly tpm?: boolean;
  readonly keepTpm?: boolean;
  readonly storage?: string;
  readonly removeAllStorage?: boolean;
}

/** undefine. */
export function addUndefineCommand(program: Command, context: CliContext): void {
  program
    .command('undefine <domain>')
    .description('undefine a domain')
    .option('--managed-save', 'remove domain managed state file (there is none)')
    .option('--snapshots-metadata', 'remove all domain snapshot metadata (there is none)')
    .option('--checkpoints-metadata', 'remove all domain checkpoint metadata (there is none)')
    .option('--storage <disks>', 'remove the images of these disks (comma separated list of targets or paths)')
    .option('--remove-all-storage', 'remove the images of all disks; those of CD-ROMs, floppies and shared or read-only disks stay')
    .addOption(new Option('--nvram', 'remove its UEFI variables').conflicts('keepNvram'))
    .option('--keep-nvram', 'keep the file of its UEFI variables')
    .addOption(new Option('--tpm', 'remove the state of its emulated TPM (done unless it is kept)').conflicts('keepTpm'))
    .option('--keep-tpm', 'keep the state of its emulated TPM')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: UndefineOptions) => {
      exclusive(['--storage', options.storage], ['--remove-all-storage', options.removeAllStorage]);
      const machine = await machineOf(context, ref);
      const { uuid, name } = machine;
      const nvram = options.nvram === true ? 'remove' : options.keepNvram === true ? 'keep' : undefined;
      const images = await imagesToRemove(context, machine, options);
      const { kept } = await during(
        `Failed to undefine domain '${name}'`,
        (await context.api())['machines.undefine']({
          machine: refOf(machine),
          ...(nvram === undefined ? {} : { nvram }),
          ...(options.keepTpm === true ? { tpm: 'keep' as const } : {}),
          ...(images.length === 0 ? {} : { removeDisks: images.map(({ path }) => path) }),
        }),
      );
      const removed = images.map(({ target, path }) => `\nVolume '${target}'(${path}) removed.`).join('');
      const stays = kept.map(({ path, what }) => `\nKept ${whatItIs[what]} in ${path}.`).join('');
      print(
        context,
        options,
        { uuid, name, removed: images.map(({ path }) => path), kept },
        `Domain '${name}' has been undefined${removed}${stays}`,
      );
    });
}

/** What stays, in words. */
const whatItIs = { nvram: 'the UEFI variables', tpm: 'the state of the TPM', dumps: 'the memory of crashed guests' } as const;

interface Image {
  readonly target: string;
  readonly path: string;
}

/** The images that the options name. @throws CliError for a running machine, and for what is no disk of it */
async function imagesToRemove(context: CliContext, machine: MachineSummary, options: UndefineOptions): Promise<Image[]> {
  if (options.storage === undefined && options.removeAllStorage !== true) return [];
  if (machine.id !== null)
    throw new CliError({ code: 'wrong-state', message: 'Storage volume deletion is supported only on stopped domains' });
  const { inactive } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
  const devices = inactive === null ? undefined : firstChild(parseXml(inactive).root, 'devices');
  const disks = (devices === undefined ? [] : childElements(devices, 'disk')).flatMap((disk) => {
    const of = (child: string, attribute: string): string | undefined => {
      const found = firstChild(disk, child);
      return found === undefined ? undefined : attributeValue(found, attribute);
    };
    const [target, path] = [of('target', 'dev'), of('source', 'file')];
    if (target === undefined || path === undefined) return [];
    const own = (attributeValue(disk, 'device') ?? 'disk') === 'disk';
    const others = firstChild(disk, 'shareable') !== undefined || firstChild(disk, 'readonly') !== undefined;
    return [{ target, path, ownData: own && !others }];
  });
  if (options.storage === undefined) return disks.filter(({ ownData }) => ownData);
  return options.storage.split(',').map((wanted) => {
    const disk = disks.find(({ target, path }) => wanted === target || wanted === path);
    if (disk === undefined) throw new CliError({ code: 'not-found', message: `Volume '${wanted}' was not found in domain's definition.` });
    return disk;
  });
}
