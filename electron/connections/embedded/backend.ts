import { locate, parseXml, readDomain, type Problem } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { prepareLogPort } from '../../consoles/log-port.ts';
import { attachRecorder, startRecorder } from '../../consoles/recorder.ts';
import { acquireDescriptors, releaseNics } from '../../network/descriptors.ts';
import type { NetworkHelper } from '../../network/helper.ts';
import { capabilitiesOf, type QemuCapabilities } from '../../qemu/capabilities/capabilities.ts';
import { parseReplies } from '../../qemu/capabilities/replies.ts';
import { planLaunch, readForLaunch } from '../../qemu/launch-plan.ts';
import { assignAddresses } from '../../qemu/placement-xml.ts';
import type { PlanHost } from '../../qemu/plan-input.ts';
import { recordedHost } from '../../qemu/recorded-host.ts';
import { completeDefinition, factsOfDefinition, identifyDefinition, imagesOfDefinition, renameDefinition } from './definition-facts.ts';
import type { Backend, KvmFacts, MachinePaths } from './ports.ts';

/** What the backend asks of the host. */
export interface BackendOptions {
  readonly helper: NetworkHelper;
  /** Capabilities of an emulator, cached: a start never probes twice. @throws TapestryError `qemu-missing`, `qemu-invalid` */
  readonly capabilities: (emulator: string) => Promise<QemuCapabilities>;
  /** What a plan needs to know of this host. @throws TapestryError `qemu-missing` where the XML names no emulator and none is installed */
  readonly planHost: () => Promise<PlanHost>;
  readonly kvm: () => Promise<KvmFacts>;
}

/** The backend of the embedded connection: domain XML, launch plans, network and consoles of this computer. */
export const embeddedBackend = (options: BackendOptions): Backend => {
  const plan = async (xml: string, paths: MachinePaths) => {
    // Asked first: the answers come while the XML is read.
    const asked = options.planHost();
    asked.catch(() => undefined); // awaited below, unless the XML is refused first
    const document = parseXml(xml);
    const domain = readForLaunch(document);
    const host = await asked;
    const capabilities = await options.capabilities(domain.devices.emulator ?? host.emulator);
    const planned = planLaunch({
      document,
      domain,
      capabilities,
      purpose: 'start',
      paths: { runtime: paths.runtime, nvram: paths.persistent },
      host,
    });
    return { plan: planned, nics: domain.devices.interfaces };
  };
  return {
    facts: factsOfDefinition,
    identify: identifyDefinition,
    complete: completeDefinition,
    place: async (xml) => {
      try {
        const document = parseXml(xml);
        const domain = readForLaunch(document);
        const emulator = domain.devices.emulator ?? (await options.planHost()).emulator;
        return assignAddresses(document, domain, await options.capabilities(emulator)).text;
      } catch (error) {
        // What can't be started can be defined all the same (libvirt does so too): the start says what is missing.
        if (error instanceof TapestryError) return xml;
        throw error;
      }
    },
    images: imagesOfDefinition,
    withName: renameDefinition,
    problems: (xml) => findProblems(xml, async (text) => plan(text, unusedPaths)),
    prepare: plan,
    acquire: acquireDescriptors,
    releaseNics: (records) => releaseNics(records, options.helper),
    startRecorder,
    attachRecorder,
    prepareLogPort,
    helper: options.helper,
    kvm: options.kvm,
    native: async (xml, paths, recorded) => {
      const document = parseXml(xml);
      const domain = readForLaunch(document);
      const given = recorded === undefined ? undefined : capabilitiesOf(parseReplies(recorded));
      const host = given === undefined ? await options.planHost() : recordedHost(given.arch, domain.name);
      const capabilities = given ?? (await options.capabilities(domain.devices.emulator ?? host.emulator));
      const planned = planLaunch({
        document,
        domain,
        capabilities,
        purpose: 'native',
        paths: { runtime: paths.runtime, nvram: paths.persistent },
        host,
      });
      return { emulator: planned.emulator, argv: planned.argv };
    },
  };
};

/** For plans that are only tried. */
const unusedPaths: MachinePaths = {
  runtime: '/run/tapestry/check',
  record: '/run/tapestry/check/record.json',
  recorderSocket: '/run/tapestry/check/recorder',
  log: '/run/tapestry/check.log',
  recordings: '/run/tapestry/check',
  persistent: '/run/tapestry/check',
};

/** Everything wrong with an XML text: syntax, rules, parts nobody understands, and what a plan of it would refuse. */
const findProblems = async (xml: string, plan: (xml: string) => Promise<unknown>): Promise<readonly Problem[]> => {
  let document: ReturnType<typeof parseXml>;
  try {
    document = parseXml(xml);
  } catch (error) {
    return [problemOf(error)];
  }
  const { problems, unclaimed } = readDomain(document);
  const unknown: Problem[] = unclaimed.map((path) => ({
    severity: 'unsupported',
    path,
    message: 'This is not understood here: it is kept, and the machine can’t start with it.',
    ...locate(document, path),
  }));
  const found = [...problems, ...unknown];
  if (found.some((problem) => problem.severity !== 'warning')) return found;
  try {
    await plan(completeDefinition(xml));
  } catch (error) {
    const problem = problemOf(error);
    found.push({ ...(problem.path === '' ? {} : locate(document, problem.path)), ...problem });
  }
  return found;
};

const problemOf = (error: unknown): Problem => {
  if (!(error instanceof TapestryError)) throw error;
  const { path, line, column, message, code } = error.data;
  return {
    severity: code.startsWith('xml-') && code !== 'xml-unsupported' ? 'error' : 'unsupported',
    path: path ?? '',
    message,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
};
