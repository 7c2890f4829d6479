import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { parseXml } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { recordedHost } from '../recorded-host.ts';
import { planLaunch, readForLaunch } from '../launch-plan.ts';
import { conformanceFolder, recordedCapabilities } from './recordings.ts';

/** Parts of a command line that are compared by themselves. */
export const classes = ['nic', 'serial', 'disk', 'rest'] as const;

/** What became of one of libvirt's cases. */
export type CaseResult =
  | { readonly name: string; readonly outcome: 'equal' }
  | { readonly name: string; readonly outcome: 'refused'; readonly path: string; readonly reason: string }
  | { readonly name: string; readonly outcome: 'different'; readonly classes: readonly string[]; readonly lines: readonly string[] };

/**
 * Cases whose command line depends on settings of libvirt's daemon that the XML doesn't show (qemu.conf, environment):
 * we write what the daemon's defaults would give.
 */
export const daemonSettings: Readonly<Record<string, string>> = {
  'audio-default-nographics': 'nographics_allow_host_audio and QEMU_AUDIO_DRV=alsa',
  'audio-default-vnc': 'vnc_allow_host_audio and QEMU_AUDIO_DRV=alsa',
  'graphics-spice-auto-socket-cfg': 'spice_auto_unix_socket',
  'serial-tcp-tlsx509-chardev-verify': 'chardev_tls',
  'serial-tcp-tlsx509-secret-chardev': 'chardev_tls',
};

const comparison = z.object({ equal: z.boolean(), missing: z.array(z.string()), extra: z.array(z.string()) });
type Compare = (expected: string, actual: string, only?: string) => unknown;

const loadCompare = async (): Promise<Compare> => {
  const module: unknown = await import(pathToFileURL(join(conformanceFolder, 'compare-argv.mjs')).href);
  return z.object({ compare: z.custom<Compare>((value) => typeof value === 'function') }).parse(module).compare;
};

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const corpus = join(conformanceFolder, 'corpus');

/** Cases with a file of this ending, in order of their names. */
const casesWith = (ending: string): string[] =>
  readdirSync(corpus)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();

/** The command line that we make of a case; throws what refuses it. */
const commandLineOf = (name: string, capabilities: ReturnType<typeof recordedCapabilities>): string => {
  const document = parseXml(readFileSync(join(corpus, `${name}.xml`), 'utf8'));
  const domain = readForLaunch(document);
  const paths = { runtime: `/run/tapestry/machines/${domain.name}`, nvram: '/var/lib/libvirt/qemu/nvram' };
  const plan = planLaunch({ document, domain, capabilities, purpose: 'native', paths, host: recordedHost('x86_64', domain.name) });
  return [plan.emulator, ...plan.argv].map(quoted).join(' ');
};

/** Runs all cases with a command line for QEMU 8.0 (`*.x86_64-latest.args`) in this process. */
export const runCorpus = async (): Promise<CaseResult[]> => {
  const compare = await loadCompare();
  const capabilities = recordedCapabilities('8.0.0');
  return casesWith('.x86_64-latest.args').map((name): CaseResult => {
    let actual: string;
    try {
      actual = commandLineOf(name, capabilities);
    } catch (error) {
      return { name, outcome: 'refused', ...refusal(error) };
    }
    const expected = readFileSync(join(corpus, `${name}.x86_64-latest.args`), 'utf8');
    const all = comparison.parse(compare(expected, actual));
    if (all.equal) return { name, outcome: 'equal' };
    const differing = classes.filter((part) => !comparison.parse(compare(expected, actual, part)).equal);
    return {
      name,
      outcome: 'different',
      classes: differing,
      lines: [...all.missing.map((l) => `- ${l}`), ...all.extra.map((l) => `+ ${l}`)],
    };
  });
};

/** Command lines of QEMUs that are older than 8.0 or narrower than any real one: `NAME.args`, and `NAME.ARCH-VERSION.args`. */
const olderCases = (): { readonly file: string; readonly name: string; readonly version: string | undefined }[] =>
  readdirSync(corpus)
    .toSorted()
    .flatMap((file) => {
      const [, name, version] = /^(.*?)(?:\.[a-z0-9_]+-([0-9a-z.]+))?\.args$/.exec(file) ?? [];
      return name === undefined || version === 'latest' ? [] : [{ file, name, version }];
    });

/**
 * The NICs of every case with a command line, whatever QEMU it assumes. Where a recording of that QEMU is at hand it is used.
 * The cases without a version assume capabilities one by one: the oldest recording goes with them, and where that one lacks
 * what the domain needs, the newest.
 */
export const runNics = async (results: readonly CaseResult[]): Promise<CaseResult[]> => {
  const compare = await loadCompare();
  const recorded = new Map(['4.2.0', '6.2.0', '7.2.0', '8.0.0'].map((version) => [version, recordedCapabilities(version)]));
  const older = olderCases().map(({ file, name, version }): CaseResult => {
    const own = version === undefined ? undefined : recorded.get(version);
    const tried = (own === undefined ? ['4.2.0', '8.0.0'].map((one) => recorded.get(one)) : [own]).map((capabilities): CaseResult => {
      if (capabilities === undefined) throw new Error('a recording is missing');
      try {
        const expected = readFileSync(join(corpus, file), 'utf8');
        const { equal, missing, extra } = comparison.parse(compare(expected, commandLineOf(name, capabilities), 'nic'));
        return equal
          ? { name: file, outcome: 'equal' }
          : { name: file, outcome: 'different', classes: ['nic'], lines: [...missing.map((l) => `- ${l}`), ...extra.map((l) => `+ ${l}`)] };
      } catch (error) {
        return { name: file, outcome: 'refused', ...refusal(error) };
      }
    });
    const result = tried.find(({ outcome }) => outcome === 'equal') ?? tried.find(({ outcome }) => outcome === 'different') ?? tried.at(-1);
    if (result === undefined) throw new Error('nothing was tried');
    return result;
  });
  // What differs elsewhere is no matter here.
  const latest = results.map((result): CaseResult =>
    result.outcome === 'different' && !result.classes.includes('nic') ? { name: result.name, outcome: 'equal' } : result,
  );
  return [...latest.map((result) => ({ ...result, name: `${result.name}.x86_64-latest.args` })), ...older];
};

const refusal = (error: unknown): { path: string; reason: string } => {
  if (!(error instanceof TapestryError) || error.data.path === undefined) throw error;
  return { path: error.data.path, reason: error.message };
};

/**
 * Cases that libvirt refuses: name and what we say, `undefined` when we don't refuse it. Left out are those that it
 * refuses for the lack of a capability that QEMU 8.0 has.
 */
export const runRefusals = (): { name: string; error: string; path: string | undefined }[] => {
  const capabilities = recordedCapabilities('8.0.0');
  return casesWith('.err').map((file) => {
    const name = file.replace('.x86_64-latest', '');
    const error = readFileSync(join(corpus, `${file}.err`), 'utf8').trim();
    try {
      commandLineOf(name, capabilities);
      return { name, error, path: undefined };
    } catch (caught) {
      return { name, error, path: refusal(caught).path };
    }
  });
};

/** The report that docs/conformance.md holds. */
export const reportOf = async (results: readonly CaseResult[], nics: readonly CaseResult[]): Promise<string> => {
  const count = (outcome: CaseResult['outcome']) => results.filter((r) => r.outcome === outcome).length;
  const cell = (text: string) => text.replaceAll('|', String.raw`\|`);
  const refusals = (all: readonly CaseResult[]) =>
    all.flatMap((r) => (r.outcome === 'refused' ? [`| ${r.name} | \`${r.path}\` | ${cell(r.reason)} |`] : []));
  const equalNics = nics.filter(({ outcome }) => outcome === 'equal').length;
  const settings = results.flatMap((r) =>
    r.outcome === 'different' ? [`| ${r.name} | ${r.classes.join(', ')} | ${daemonSettings[r.name] ?? ''} |`] : [],
  );
  const text = [
    '# Conformance with libvirt',
    '',
    "`tapestry domxml-to-native qemu-argv` is compared with the command lines that libvirt 9.0's own tests expect for QEMU 8.0.",
    `Of ${results.length} cases ${count('equal')} are equal, ${count('refused')} are refused by the element at fault, and ${count('different')} differ because of`,
    "settings of libvirt's daemon that the XML doesn't show.",
    'This file is made by `npx node electron/qemu/testing/write-conformance-report.ts`; a test keeps it up to date where the cases are at hand.',
    '',
    '## Refused',
    '',
    '| case | element | reason |',
    '| --- | --- | --- |',
    ...refusals(results),
    '',
    "## Dependent on the daemon's settings",
    '',
    '| case | part | setting |',
    '| --- | --- | --- |',
    ...settings,
    '',
    '## NICs of every case',
    '',
    `Libvirt's tests have ${nics.length} command lines in all, for old QEMUs and other architectures too. The NICs (\`-netdev\` and the`,
    `devices on it) of ${equalNics} are equal, and ${nics.length - equalNics} domains are refused:`,
    '',
    '| case | element | reason |',
    '| --- | --- | --- |',
    ...refusals(nics),
    '',
  ].join('\n');
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' });
};
