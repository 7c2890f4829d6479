import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { parseXmlBytes, serializeXml } from '../../shared/domain-xml/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { capabilitiesOf } from '../qemu/capabilities/capabilities.ts';
import { parseReplies } from '../qemu/capabilities/replies.ts';
import { CapabilitiesStore } from '../qemu/capabilities/store.ts';
import { firmwareFilesOf } from '../qemu/firmware/firmware-files.ts';
import { filesThere, gatherPlanHost } from '../qemu/gather-plan-host.ts';
import { recordedHost } from '../qemu/recorded-host.ts';
import { findEmulator } from '../computer/facts.ts';
import { ownPaths } from '../computer/paths.ts';
import { CliError, machineOf, printExact, type CliContext, type CommonOptions } from './context.ts';
import { baseName, makeOutputDirectory, readInput, reason } from './files.ts';
import { nativeCommandLine, type NativeSource } from './native-plan.ts';
import { visible, visibleJson } from './visible-text.ts';

interface NativeOptions extends CommonOptions {
  readonly domain?: string;
  readonly capabilities?: string;
  readonly outputDir?: string;
}

/** A recorded QMP conversation has under a million characters; bytes. */
const maxCapabilities = 32 * 1024 * 1024;

/** domxml-to-native, domxml-format: what can be said of XML without a machine. */
export function addNativeCommands(program: Command, context: CliContext): void {
  program
    .command('domxml-to-native <format> [files...]')
    .description('convert domain XML to the QEMU command line that a start would run (format: qemu-argv)')
    .option('--domain <domain>', 'the definition of this domain instead of files')
    .option('--xml <file>', 'a file; the same as naming it behind the format')
    .option('--capabilities <file>', 'recorded QMP conversation to take the emulator’s capabilities from, instead of asking it')
    .option('--output-dir <directory>', 'write NAME.args for each NAME.xml that converts, report the others')
    .option('--json', 'print JSON')
    .action(async (format: string, given: string[], options: NativeOptions & { xml?: string }) => {
      if (format !== 'qemu-argv')
        throw new CliError({ code: 'invalid', message: `unsupported config type ${format}`, next: 'The format is qemu-argv.' });
      const files = [...given, ...(options.xml === undefined ? [] : [options.xml])];
      if (options.domain !== undefined) {
        if (files.length > 0) throw new CliError({ code: 'invalid', message: 'Options --domain and --xml are mutually exclusive' });
        return nativeOfDomain(context, options.domain, options);
      }
      const convert = await converter(context, options);
      await each(context, files, options, '.args', async (file) => `${await convert(file)}\n`);
    });

  program
    .command('domxml-format <files...>')
    .description('parse XML and write it again, unchanged but for what its reader can’t keep (nothing)')
    .option('--output-dir <directory>', 'write NAME.xml for each file that parses, report the others')
    .option('--json', 'print JSON')
    .action(async (files: string[], options: NativeOptions) => {
      await each(context, files, options, '.xml', async (file) => serializeXml(parseXmlBytes(await readInput(file, context.stdin))));
    });
}

/** The definition of a machine (of one that has none, what runs), converted as a file with it would be. */
async function nativeOfDomain(context: CliContext, ref: string, options: NativeOptions): Promise<void> {
  const { uuid, name } = await machineOf(context, ref);
  const { inactive, live } = await (await context.api())['machines.xml']({ machine: uuid });
  const text = await nativeCommandLine(Buffer.from(inactive ?? live ?? ''), await sourceOf(context, options));
  printExact(context, options, { domain: name, text: `${text}\n` }, text, '\n');
}

const sourceOf = (context: CliContext, { capabilities }: NativeOptions): Promise<NativeSource> =>
  capabilities === undefined ? thisComputer() : recorded(context, capabilities);

/** From a file to its command line: by recorded capabilities, else by those of the emulator that is installed. No machine is looked at. */
async function converter(context: CliContext, options: NativeOptions): Promise<(file: string) => Promise<string>> {
  const source = await sourceOf(context, options);
  return async (file) => nativeCommandLine(await readInput(file, context.stdin), source);
}

async function recorded(context: CliContext, file: string): Promise<NativeSource> {
  const capabilities = capabilitiesOf(parseReplies((await readInput(file, context.stdin, maxCapabilities)).toString('utf8')));
  return {
    host: ({ name }) => Promise.resolve(recordedHost(capabilities.arch, name)),
    capabilities: () => Promise.resolve(capabilities),
  };
}

/** Emulators are asked once: what they said is kept in the cache that starts use too. */
async function thisComputer(): Promise<NativeSource> {
  const store = new CapabilitiesStore(ownPaths().cache);
  const emulator = (await findEmulator()) ?? '/usr/bin/qemu-system-x86_64';
  const host = await gatherPlanHost(emulator);
  return {
    // Firmware files are asked for by what the XML names, the rest once.
    host: async ({ os }) => ({ ...host, firmwareFiles: await filesThere(firmwareFilesOf(os)) }),
    capabilities: (found) => store.of(found),
  };
}

/**
 * Converts one file to standard output, or each of several to the output directory. What doesn't convert is reported by its
 * file, element path and reason, the others go on, and the status is 1.
 */
async function each(
  context: CliContext,
  files: readonly string[],
  options: NativeOptions,
  suffix: string,
  convert: (file: string) => Promise<string>,
): Promise<void> {
  const { outputDir, json } = options;
  if (files.length === 0) throw new CliError({ code: 'invalid', message: 'no file was named' });
  const [only] = files;
  if (outputDir === undefined) {
    if (files.length > 1 || only === undefined) throw new CliError({ code: 'invalid', message: 'several files need --output-dir' });
    const text = await convert(only);
    printExact(context, options, { file: only, text }, text, '');
    return;
  }
  await makeOutputDirectory(outputDir);
  const report: { file: string; output?: string; error?: unknown }[] = [];
  for (const file of files) {
    const output = path.join(outputDir, `${baseName(file)}${suffix}`);
    try {
      const text = await convert(file);
      await writeFile(output, text).catch((error: unknown) => {
        throw new CliError({ code: 'io', message: `${output} can’t be written: ${reason(error)}` });
      });
      report.push({ file, output });
    } catch (error) {
      if (!(error instanceof TapestryError || error instanceof CliError)) throw error;
      const { path: at, message, line } = error.data;
      report.push({ file, error: error.data });
      if (json !== true)
        context.stderr.write(
          `${visible(`error: ${file}${line === undefined ? '' : `:${line}`}: ${at === undefined ? '' : `${at}: `}${message}`)}\n`,
        );
    }
  }
  const failed = report.filter((entry) => entry.error !== undefined).length;
  if (json === true) context.stdout.write(`${visibleJson(report, 2)}\n`);
  else context.stdout.write(`${report.length - failed} converted, ${failed} refused\n`);
  if (failed > 0) context.exit.status = 1;
}
