import path from 'node:path';
import type { Command } from 'commander';
import type { Identified, OsFacts } from '../../shared/contract/os.ts';
import { identifiedWords, osSizeWords } from '../../shared/words/os-words.ts';
import { during, print, type CliContext, type CommonOptions } from './context.ts';
import { facts, table } from './output.ts';

interface ListOptions extends CommonOptions {
  readonly family?: string;
}

/** osinfo-list, osinfo-info, identify: operating systems by osinfo’s names, and what a file is. */
export function addOsCommands(program: Command, context: CliContext): void {
  program
    .command('osinfo-list')
    .description('list the operating systems that are known, by the names that --osinfo takes in virt-install')
    .option('--family <name>', 'only those of a family (linux, winnt, freebsd) or a maker (debian, ubuntu, win)')
    .option('--json', 'print JSON')
    .action(async ({ family, ...options }: ListOptions) => {
      const { systems, database } = await (await context.api())['os.list']({ connection: await context.connection() });
      const wanted = systems.filter((one) => family === undefined || one.family === family || one.distro === family);
      for (const { file, message } of database.faults) context.stderr.write(`warning: ${file}: ${message}\n`);
      if (database.state === 'missing')
        context.stderr.write(`warning: The package ${database.package} is not installed: only Tapestry’s own list is shown.\n`);
      print(
        context,
        options,
        { systems: wanted, database },
        table(
          ['Short ID', 'Name', 'Version', 'End of life', 'ID'],
          wanted.map(({ shortIds, name, version, ends, id }) => [shortIds.join(', '), name, version ?? '-', ends ?? '-', id]),
        ),
      );
    });

  program
    .command('osinfo-info <os>')
    .description('what an operating system needs and what it has drivers for; by its short ID or ID')
    .option('--arch <arch>', 'for this processor (default: the host’s)')
    .option('--json', 'print JSON')
    .action(async (os: string, { arch, ...options }: CommonOptions & { readonly arch?: string }) => {
      const api = await context.api();
      const found = await during(
        `failed to get operating system '${os}'`,
        api['os.facts']({ connection: await context.connection(), os, ...(arch === undefined ? {} : { arch }) }),
      );
      print(context, options, found, facts(factLines(found)));
    });

  program
    .command('identify <file>')
    .description('say what a file is, by its content: the format of a disk image, the operating system of an ISO')
    .option('--json', 'print JSON')
    .action(async (file: string, options: CommonOptions) => {
      const api = await context.api();
      const found = await during(
        `failed to identify '${file}'`,
        api['os.identify']({ connection: await context.connection(), path: path.resolve(file) }),
      );
      print(context, options, found, facts(identifiedLines(found)));
    });
}

const yesNo = (value: boolean | null): string => (value === null ? '-' : value ? 'yes' : 'no');

const factLines = (os: OsFacts): (readonly [string, string])[] => [
  ['Short ID', os.shortIds.join(', ')],
  ['Name', os.name],
  ['ID', os.id],
  ['Source', os.source],
  ['End of life', os.ends ?? '-'],
  ['Minimum', osSizeWords(os.minimum)],
  ['Recommended', osSizeWords(os.recommended)],
  ['BIOS', yesNo(os.bios)],
  ['UEFI', yesNo(os.uefi)],
  ['Secure Boot', os.secureBoot ?? '-'],
  ['TPM', os.tpm === null ? '-' : `${os.tpm} needed`],
  ['Machine', os.machine ?? '-'],
  ['Disk bus', os.diskBus ?? '-'],
  ['NIC model', os.nicModel ?? '-'],
  ['Video', os.video ?? '-'],
  ['Sound', os.sound ?? '-'],
  ['Clock', os.clock],
  ['Hyper-V', yesNo(os.hyperv)],
  ['Agent channel', yesNo(os.agentChannel)],
  ...os.media.flatMap(({ url }): [string, string][] => (url === undefined ? [] : [['ISO', url]])),
  ...os.trees.flatMap(({ url }): [string, string][] => (url === undefined ? [] : [['Tree', url]])),
  ...os.images.flatMap(({ url, cloudInit }): [string, string][] => (url === undefined ? [] : [[cloudInit ? 'Cloud image' : 'Image', url]])),
  ...os.scripts.map((script): [string, string] => ['Install script', script]),
];

const identifiedLines = (found: Identified): (readonly [string, string])[] => [
  ['File', found.path],
  ['What it is', identifiedWords(found)],
  ...(found.iso === null
    ? []
    : ([
        ['Volume ID', found.iso.volumeId],
        ['System ID', found.iso.systemId],
        ['Publisher', found.iso.publisher],
        ['Application', found.iso.application],
        ['Boots', found.iso.boots.length === 0 ? 'nothing' : found.iso.boots.join(', ')],
      ] as const)),
  ...found.systems.map(({ shortId, name, source, by }): [string, string] => ['OS', `${shortId} (${name}; ${source}, by ${by.join(', ')})`]),
  ...(found.systems.length === 0 && (found.iso !== null || found.kind === 'install-tree')
    ? ([['OS', found.database === 'missing' ? 'unknown; the package osinfo-db, which knows more, is not installed' : 'unknown']] as const)
    : []),
];
