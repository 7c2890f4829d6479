import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parseXml, withoutGenerated } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { findMachine, type QemuCapabilities } from '../capabilities/capabilities.ts';
import { recordedHost } from '../recorded-host.ts';
import { planLaunch, readForLaunch } from '../launch-plan.ts';
import { classes, compareCommandLines } from './compare-command-lines.ts';
import { newerDifferences, newerFigures } from './unlike-libvirt.ts';
import { argvOf } from '../command-line/argv.ts';
import { conformanceFolder, readRecording, recordedCapabilities } from './recordings.ts';

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

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const corpus = join(conformanceFolder, 'corpus');

/** Cases with a file of this ending, in order of their names. */
const casesWith = (ending: string): string[] =>
  readdirSync(corpus)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();

/** The command line that we make of a domain; throws what refuses it. */
const commandLineOf = (xmlFile: string, capabilities: QemuCapabilities): string => {
  const document = withoutGenerated(parseXml(readFileSync(xmlFile, 'utf8')), { keepDisks: true });
  const domain = readForLaunch(document);
  const paths = { runtime: `/run/tapestry/machines/${domain.name}`, nvram: '/var/lib/libvirt/qemu/nvram' };
  const plan = planLaunch({ document, domain, capabilities, purpose: 'native', paths, host: recordedHost('x86_64', domain.name) });
  return [plan.emulator, ...argvOf(plan)].map(quoted).join(' ');
};

interface Case {
  readonly name: string;
  readonly xmlFile: string;
  readonly argsFile: string;
  readonly capabilities: QemuCapabilities;
  /** Spellings of libvirts since 9.0 are folded. */
  readonly folded?: boolean;
}

/** Makes the command line of one case and compares it, whole and by classes. */
const resultOf = ({ name, xmlFile, argsFile, capabilities, folded }: Case): CaseResult => {
  let actual: string;
  try {
    actual = commandLineOf(xmlFile, capabilities);
  } catch (error) {
    return { name, outcome: 'refused', ...refusal(error) };
  }
  const expected = readFileSync(argsFile, 'utf8');
  const machineName = folded === true ? (alias: string) => findMachine(capabilities, alias)?.name ?? alias : undefined;
  const all = compareCommandLines(expected, actual, undefined, machineName);
  if (all.equal) return { name, outcome: 'equal' };
  return {
    name,
    outcome: 'different',
    classes: classes.filter((part) => !compareCommandLines(expected, actual, part, machineName).equal),
    lines: [...all.missing.map((l) => `- ${l}`), ...all.extra.map((l) => `+ ${l}`)],
  };
};

/** Runs all cases with a command line for QEMU 8.0 (`*.x86_64-latest.args`) in this process. */
export function runCorpus(): CaseResult[] {
  const capabilities = recordedCapabilities('8.0.0');
  return casesWith('.x86_64-latest.args').map((name) =>
    resultOf({ name, xmlFile: join(corpus, `${name}.xml`), argsFile: join(corpus, `${name}.x86_64-latest.args`), capabilities }),
  );
}

/** The recording that `latest` stands for in libvirt 11.3's tests. */
const LATEST_OF_11_3 = '10.0.0';

/**
 * Runs libvirt 11.3's cases for an x86_64 (`NAME.x86_64-VERSION.args`), each with the recorded QEMU of its version, in this process.
 *
 * @param tests the directory `tests` of libvirt's sources
 */
export function runNewerCorpus(tests: string): CaseResult[] {
  const cases = join(tests, 'qemuxmlconfdata');
  const recorded = new Map<string, QemuCapabilities>();
  return readdirSync(cases)
    .toSorted()
    .flatMap((file): CaseResult[] => {
      const [, name, version] = /^(.+)\.x86_64-((?:latest|\d[\d.]*)(?:\+[a-z]+)?)\.args$/.exec(file) ?? [];
      if (name === undefined || version === undefined || version.endsWith('+hvf')) return []; // macOS's hypervisor
      const recording = version.replace('latest', LATEST_OF_11_3);
      const capabilities =
        recorded.get(recording) ??
        readRecording(join(tests, 'qemucapabilitiesdata', `caps_${recording.replace(/(?=\+|$)/, '_x86_64')}.replies`));
      recorded.set(recording, capabilities);
      const xmlFile = join(cases, `${name}.xml`);
      return [
        resultOf({
          name: version === 'latest' ? name : `${name} (${version})`,
          xmlFile,
          argsFile: join(cases, file),
          capabilities,
          folded: true,
        }),
      ];
    });
}

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
export function runNics(results: readonly CaseResult[]): CaseResult[] {
  const recorded = new Map(['4.2.0', '6.2.0', '7.2.0', '8.0.0'].map((version) => [version, recordedCapabilities(version)]));
  const older = olderCases().map(({ file, name, version }): CaseResult => {
    const own = version === undefined ? undefined : recorded.get(version);
    const tried = (own === undefined ? ['4.2.0', '8.0.0'].map((one) => recorded.get(one)) : [own]).map((capabilities): CaseResult => {
      if (capabilities === undefined) throw new Error('a recording is missing');
      try {
        const expected = readFileSync(join(corpus, file), 'utf8');
        const { equal, missing, extra } = compareCommandLines(expected, commandLineOf(join(corpus, `${name}.xml`), capabilities), 'nic');
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
}

const refusal = (error: unknown): { path: string; reason: string } => {
  if (!(error instanceof TapestryError) || error.data.path === undefined) throw error;
  return { path: error.data.path, reason: error.message };
};

/**
 * Cases that libvirt refuses: name and what we say, `undefined` when we don't refuse it. Left out are those that it
 * refuses for the lack of a capability that QEMU 8.0 has.
 */
export function runRefusals(): { name: string; error: string; path: string | undefined }[] {
  const capabilities = recordedCapabilities('8.0.0');
  return casesWith('.err').map((file) => {
    const name = file.replace('.x86_64-latest', '');
    const error = readFileSync(join(corpus, `${file}.err`), 'utf8').trim();
    try {
      commandLineOf(join(corpus, `${name}.xml`), capabilities);
      return { name, error, path: undefined };
    } catch (caught) {
      return { name, error, path: refusal(caught).path };
    }
  });
}

/** The report that docs/conformance.md holds. */
export async function reportOf(results: readonly CaseResult[], nics: readonly CaseResult[]): Promise<string> {
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
    '## libvirt 11.3',
    '',
    `The tests of libvirt 11.3 have ${newerFigures.cases} command lines for an x86_64, each for the QEMU of its own version (\`latest\` is 10.0).`,
    `${newerFigures.equal} are equal, ${newerFigures.refused} domains are refused by the element at fault, and ${newerFigures.cases - newerFigures.equal - newerFigures.refused} differ by what the XML doesn't show (below).`,
    'What libvirt only spells otherwise since 9.0 is folded before (`electron/qemu/testing/fold-command-line.ts`): the environment before the',
    'emulator, `-m` in KiB, `acpi=`, raw layers in one node with their file, the watchdog that each q35 has, `clusters=1`, `reconnect-ms`,',
    '`unix=on`, names of secrets and of machine types.',
    '',
    'To run it, give the directory `tests` of the sources of libvirt 11.3 (`apt-get source libvirt` on Debian 13); the test prints what is refused:',
    '',
    '    TAPESTRY_LIBVIRT_TESTS=…/libvirt-11.3.0/tests npx vitest run --project unit electron/qemu/conformance-11.3.test.ts',
    '',
    '| why they differ | cases |',
    '| --- | --- |',
    ...Object.entries(newerDifferences).map(([why, cases]) => `| ${cell(why)} | ${cases.join(', ')} |`),
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
}
