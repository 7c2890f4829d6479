import { findGenerated, locate, setAsideParts, type Problem, type XmlDocument } from '../../../../shared/domain-xml/index.ts';
import { applySplices } from '../../../../shared/domain-xml/xml/edit.ts';
import type { Domain } from '../../../../shared/domain/index.ts';
import { TapestryError, type ErrorFix } from '../../../../shared/errors.ts';
import { driverOf } from '../../../network/nics/nic-drivers.ts';
import { bridgesHere } from '../../../network/view/bridges-here.ts';
import { setAsideFix, setAsideNotes } from '../../../qemu/plan/hints.ts';
import { bootFilesOf } from '../../../qemu/firmware/boot-files.ts';
import { readingProblems } from '../../../qemu/launch-plan.ts';
import type { LaunchPlan, PlannedImage } from '../../../qemu/plan/launch-plan.types.ts';
import { imageOf } from '../../../qemu/plan/planned-image.ts';
import { findingsOf, problemOf } from '../../../qemu/plan/refusals.ts';
import { bootFileWarnings, checkBootFiles } from '../images/boot-files.ts';
import { checkImages, imageWarnings } from '../images/image-use.ts';
import { variablesNote } from './libvirt-nvram.ts';
import { parsedDefinition, readingOf } from '../definitions/parsed-definition.ts';
import type { KvmFacts } from '../ports/ports.ts';
import { kvmUnavailable } from './qemu-words.ts';

/** What is asked for the findings about a definition. */
export interface ProblemSources {
  /** Tries to plan a start of a definition, completed or not. @throws TapestryError with its findings */
  readonly plan: (xml: string) => Promise<Pick<LaunchPlan, 'images' | 'bootFiles' | 'warnings'>>;
  /** What is known of KVM; nothing is tried for it. */
  readonly kvm?: () => Promise<KvmFacts>;
}

/**
 * Everything about a definition that is known without starting it, in the order of the text: what breaks rules (`error`), all that a start would
 * refuse here and now (`unsupported`), what is without effect, and what was left aside (`note`). The one list of define, check, start and window.
 *
 * @param xml the text as the user gave it; places are in it
 */
export async function findProblems(xml: string, sources: ProblemSources): Promise<readonly Problem[]> {
  let given: XmlDocument;
  try {
    given = parsedDefinition(xml);
  } catch (error) {
    if (error instanceof TapestryError) return [problemOf(error)];
    throw error;
  }
  if (given.root.name !== 'domain') return readingProblems(given, readingOf(xml));
  const generated = findGenerated(given);
  const document = generated.splices.length === 0 ? given : parsedDefinition(applySplices(given, generated.splices).text);
  const reading = readingOf(document.text);
  const read = readingProblems(document, reading);
  const found: Problem[] = [...read, ...setAsideNotes(reading.domain, setAsideParts(document))];
  const [planning, ...rest] = await Promise.all([
    planned(document.text, reading.domain, sources),
    ofThisComputer(reading.domain, sources),
    variablesNote(reading.domain),
  ]);
  found.push(...beside(planning, read), ...rest.flat());
  const withPlaces = found.map((problem) => (problem.path === '' ? problem : { ...locate(document, problem.path), ...problem }));
  return inOrder([...(await withFixes(withPlaces, reading.domain)), ...generated.notes]);
}

/** How a check refuses; undefined when it doesn't. @throws whatever else it throws */
const refusalBy = async (check: () => Promise<unknown>): Promise<TapestryError | undefined> => {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof TapestryError) return error;
    throw error;
  }
};

/** What planning a start finds, and what its files say: those are asked too where something else stops the start. */
const planned = async (xml: string, domain: Domain, { plan }: ProblemSources): Promise<readonly Problem[]> => {
  let refused: readonly Problem[] = [];
  let files: Awaited<ReturnType<ProblemSources['plan']>>;
  try {
    files = await plan(xml);
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    refused = findingsOf(error);
    files = { images: domain.devices.disks.flatMap((disk) => imageOf(disk) ?? []), bootFiles: bootFilesOf(domain.os), warnings: [] };
  }
  const { images, bootFiles = [], warnings = [] } = files;
  const found = await Promise.all(
    images.map(async (image) => {
      const error = await refusalBy(() => checkImages([image], []));
      if (error === undefined) return [];
      const without = image.optional === true && error.code === 'disk-missing';
      return findingsOf(error).map((finding) => (without ? withoutIt(image, finding) : finding));
    }),
  );
  const missing = await Promise.all(
    bootFiles.map(async (file) => {
      const error = await refusalBy(() => checkBootFiles([file]));
      return error === undefined ? [] : findingsOf(error);
    }),
  );
  return [
    ...refused,
    ...missing.flat(),
    ...(await bootFileWarnings(bootFiles)),
    ...(await imageWarnings(images)),
    ...warnings.map((warning) => ({ severity: 'warning' as const, ...warning })),
    ...found.flat(),
  ];
};

/** What is missing and isn't insisted on is worth a word only. */
const withoutIt = ({ path, removable = false }: PlannedImage, finding: Problem): Problem => ({
  ...finding,
  severity: 'warning',
  message: `The disk image ${path} is not there: the machine starts ${removable ? 'with an empty drive' : 'without this disk'}.`,
});

/** Element of a path: of a device, the device. */
const subjectOf = (path: string): string => /^\/domain\/devices\/[^/]+/.exec(path)?.[0] ?? /^\/domain\/[^/]+/.exec(path)?.[0] ?? path;

/**
 * What planning adds to what reading found. A wrong value reads as absent, so that planning may stumble over the same fault with other words: of a
 * part with an error only that error is told, and while there are errors, planning's own tell nothing certain.
 */
const beside = (planning: readonly Problem[], read: readonly Problem[]): readonly Problem[] => {
  const errors = new Set(read.filter(({ severity }) => severity === 'error').map(({ path }) => subjectOf(path)));
  const known = new Set(read.map(({ path }) => path));
  return planning.filter(
    ({ severity, path }) => !known.has(path) && !errors.has(subjectOf(path)) && (errors.size === 0 || severity !== 'error'),
  );
};

/** What this computer lacks of what the definition asks for, besides what a plan knows. */
const ofThisComputer = async (domain: Domain, { kvm }: ProblemSources): Promise<readonly Problem[]> => {
  const found: TapestryError[] = [];
  const facts = domain.type === 'kvm' ? await kvm?.() : undefined;
  if (facts?.usable === 'no') found.push(kvmUnavailable(facts.message.replace(/\.$/, '')));
  for (const nic of domain.devices.interfaces) {
    const fault = await driverOf(nic).validate?.(nic);
    if (fault !== undefined) found.push(fault);
  }
  return found.map(problemOf);
};

/** The bridge that libvirt's network “default” is made of (its default.xml). */
const defaultBridge = 'virbr0';

/** What a button can do about a finding, where it is known from its place; images bring theirs along. */
const withFixes = async (problems: readonly Problem[], { devices }: Domain): Promise<readonly Problem[]> => {
  const isNetwork = ({ severity, path }: Problem) =>
    severity === 'unsupported' && devices.interfaces.some((nic) => nic.type === 'network' && path === `${nic.path}/@type`);
  const bridges = problems.some(isNetwork) ? await bridgesHere() : [];
  const bridge = bridges.includes(defaultBridge) ? defaultBridge : bridges[0];
  return problems.map((problem) => {
    if (problem.severity !== 'unsupported' || problem.fixes !== undefined) return problem;
    const fixes: ErrorFix[] = setAsideFix(problem.path);
    if (isNetwork(problem)) {
      if (bridge !== undefined) fixes.push({ kind: 'use-bridge', label: `Use the bridge ${bridge}`, value: bridge });
      fixes.push({ kind: 'use-user-network', label: 'Use user networking' });
    }
    if (fixes.length === 0) return problem;
    const network = isNetwork(problem) ? { next: networkNext(bridge) } : {};
    return { ...problem, ...network, fixes };
  });
};

const networkNext = (bridge: string | undefined): string =>
  bridge === undefined
    ? "Use <interface type='user'>, or make a bridge and use <interface type='bridge'>."
    : `Use <interface type='bridge'><source bridge='${bridge}'/>, or <interface type='user'>.`;

const ranks = { error: 0, unsupported: 1, warning: 2, note: 3 } as const;

/** By place in the text; what has none first. Each path with its message once. */
const inOrder = (problems: readonly Problem[]): readonly Problem[] => {
  const once = new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem]));
  return [...once.values()].toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || ranks[a.severity] - ranks[b.severity],
  );
};
