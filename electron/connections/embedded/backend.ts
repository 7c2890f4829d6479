import { setAsideParts, withoutGenerated } from '../../../shared/domain-xml/index.ts';
import type { Domain } from '../../../shared/domain/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { prepareLogPort } from '../../consoles/log-port.ts';
import { attachRecorder, startRecorder } from '../../consoles/recorder.ts';
import { acquireDescriptors, releaseNics } from '../../network/nics/descriptors.ts';
import type { NetworkHelper } from '../../network/helper/helper.ts';
import { capabilitiesOf, type QemuCapabilities } from '../../qemu/capabilities/capabilities.ts';
import { parseReplies } from '../../qemu/capabilities/replies.ts';
import { withoutParts } from '../../qemu/plan/hints.ts';
import { argvOf } from '../../qemu/command-line/argv.ts';
import { planLaunch, readForLaunch } from '../../qemu/launch-plan.ts';
import { assignAddresses } from '../../qemu/placement-xml.ts';
import type { PlanHost } from '../../qemu/plan/plan-input.ts';
import { recordedHost } from '../../qemu/recorded-host.ts';
import {
  completeDefinition,
  factsOfDefinition,
  identifyDefinition,
  imagesOfDefinition,
  inactiveOf,
  renameDefinition,
} from './definitions/definition-facts.ts';
import { findProblems } from './start/find-problems.ts';
import { withOwnVariables } from './start/libvirt-nvram.ts';
import { launchPlans } from './definitions/launch-plans.ts';
import { parsedDefinition, readingOf } from './definitions/parsed-definition.ts';
import { leftOutWords, withoutMissingMedia } from './definitions/optional-media.ts';
import type { Backend, KvmFacts, MachinePaths } from './ports/ports.ts';

/** What the backend asks of the host. */
export interface BackendOptions {
  readonly helper: NetworkHelper;
  /** Capabilities of an emulator, cached: a start never probes twice. @throws TapestryError `qemu-missing`, `qemu-invalid` */
  readonly capabilities: (emulator: string) => Promise<QemuCapabilities>;
  /** What a plan of this domain needs to know of this host. @throws TapestryError `qemu-missing` where the XML names no emulator and none is installed */
  readonly planHost: (domain: Domain) => Promise<PlanHost>;
  readonly kvm: () => Promise<KvmFacts>;
  /** What is known of KVM without a trial. */
  readonly knownKvm?: () => Promise<KvmFacts>;
}

/** The backend of the embedded connection: domain XML, launch plans, network and consoles of this computer. */
export function embeddedBackend(options: BackendOptions): Backend {
  const planned = launchPlans();
  /** As it is planned: without what the user set aside. */
  const asPlanned = (xml: string, domain: Domain): Domain => withoutParts(domain, setAsideParts(parsedDefinition(xml)));
  const read = (xml: string): Domain => asPlanned(xml, readForLaunch(parsedDefinition(xml), readingOf(xml)));
  const planOf = async (xml: string, defined: Domain, paths: MachinePaths, running?: true) => {
    const domain = await withOwnVariables(defined);
    const [host, capabilities] = await askedFor(domain);
    return { plan: planned(xml, domain, capabilities, paths, host, running), nics: domain.devices.interfaces };
  };
  const askedFor = async (domain: Domain): Promise<[PlanHost, QemuCapabilities]> => {
    const { emulator } = domain.devices;
    if (emulator !== undefined) return Promise.all([options.planHost(domain), options.capabilities(emulator)]);
    const host = await options.planHost(domain);
    return [host, await options.capabilities(host.emulator)];
  };
  return {
    facts: factsOfDefinition,
    identify: identifyDefinition,
    complete: completeDefinition,
    place: async (xml) => {
      try {
        const domain = read(xml);
        const emulator = domain.devices.emulator ?? (await options.planHost(domain)).emulator;
        return assignAddresses(parsedDefinition(xml), domain, await options.capabilities(emulator)).text;
      } catch (error) {
        // What can't be started can be defined all the same (libvirt does so too): the start says what is missing.
        if (error instanceof TapestryError) return xml;
        throw error;
      }
    },
    images: imagesOfDefinition,
    withName: renameDefinition,
    problems: (xml) =>
      findProblems(xml, {
        // Also where reading found something: what planning finds is told beside it.
        plan: async (text) => {
          const domain = await withOwnVariables(asPlanned(text, readingOf(text).domain));
          const [host, capabilities] = await askedFor(domain);
          const paths = { runtime: unusedPaths.runtime, nvram: unusedPaths.persistent };
          return planLaunch({ document: parsedDefinition(text), domain, capabilities, purpose: 'start', paths, host, trial: true });
        },
        ...(options.knownKvm === undefined ? {} : { kvm: options.knownKvm }),
      }),
    prepare: async (given, paths) => {
      // A definition of another program's may have what a daemon generated.
      const { xml, leftOut } = await withoutMissingMedia(inactiveOf(given));
      return { ...(await planOf(xml, read(xml), paths)), notes: leftOut.map(leftOutWords) };
    },
    prepareRunning: async (given, paths) => {
      const { xml } = await withoutMissingMedia(inactiveOf(given, { keepAliases: true }));
      return (await planOf(xml, read(xml), paths, true)).plan;
    },
    acquire: acquireDescriptors,
    releaseNics: (records) => releaseNics(records, options.helper),
    startRecorder,
    attachRecorder,
    prepareLogPort,
    helper: options.helper,
    kvm: options.kvm,
    native: async (text, paths, recorded) => {
      const document = withoutGenerated(parsedDefinition(text), { keepDisks: true });
      const domain = read(document.text);
      const given = recorded === undefined ? undefined : capabilitiesOf(parseReplies(recorded));
      const host = given === undefined ? await options.planHost(domain) : recordedHost(given.arch, domain.name);
      const capabilities = given ?? (await options.capabilities(domain.devices.emulator ?? host.emulator));
      const plan = planLaunch({
        document,
        domain,
        capabilities,
        purpose: 'native',
        // Without a machine as libvirt names them: what only says where sockets would be says nothing of the guest.
        paths:
          paths === undefined
            ? { runtime: `/var/lib/libvirt/qemu/domain-1-${domain.name.slice(0, 20)}`, nvram: '/var/lib/libvirt/qemu/nvram' }
            : { runtime: paths.runtime, nvram: paths.persistent },
        host,
      });
      return { environment: plan.environment, emulator: plan.emulator, argv: argvOf(plan) };
    },
  };
}

/** For plans that are only tried. */
const unusedPaths = { runtime: '/run/tapestry/check', persistent: '/run/tapestry/check' };
