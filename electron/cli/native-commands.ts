import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { parseXmlBytes, serializeXml } from '../../shared/domain-xml/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import { TapestryError } from '../../shared/errors.ts';
import { shellQuote } from '../../shared/shell-quote.ts';
import { CliError, machineOf, printExact, type CliContext, type CommonOptions } from './context.ts';
import { baseName, makeOutputDirectory, readInput, readXml, reason } from './files.ts';
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
      await each(context, files, options, '.args', async (file) => `${await convert(await readXml(file, context.stdin))}\n`);
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
  const machine = await machineOf(context, ref);
  const { inactive, live } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
  const convert = await converter(context, options);
  const text = await convert(inactive ?? live ?? '');
  printExact(context, options, { domain: machine.name, text: `${text}\n` }, text, '\n');
}

/** From a definition to its command line, shell-quoted, one line: by recorded capabilities, else by those of the connection's emulator. */
async function converter(context: CliContext, { capabilities: file }: NativeOptions): Promise<(xml: string) => Promise<string>> {
  const capabilities = file === undefined ? {} : { capabilities: (await readInput(file, context.stdin, maxCapabilities)).toString('utf8') };
  const [api, connection] = [await context.api(), await context.connection()];
  return async (xml) => {
    const plan = await api['machines.native']({ connection, xml, ...capabilities });
    const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${shellQuote(value)}`);
    return [...environment, ...[plan.emulator, ...plan.argv].map(shellQuote)].join(' ');
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
