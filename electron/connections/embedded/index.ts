import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { HostFacts } from '../../../shared/contract/host.ts';
import { embeddedConnection } from '../../../shared/contract/embedded-connection.ts';
import { nameIn } from '../../../shared/contract/machine-key.ts';
import { RecordedConsoles } from '../../consoles/recorded-consoles.ts';
import { Screens } from '../../screens/screens.ts';
import { createDemoMachine } from '../../guest/demo-machine.ts';
import type { AutostartUnit } from '../../computer/autostart/autostart-unit.ts';
import { autostartFinding } from '../../computer/autostart/autostart-facts.ts';
import { runDoctor, type DoctorOptions } from '../../computer/doctor/doctor.ts';
import { KvmProbe } from '../../computer/doctor/kvm-probe.ts';
import { findEmulator, hostFacts, ownArchitecture } from '../../computer/facts.ts';
import { NetworkHelper } from '../../network/helper/helper.ts';
import { SharedHostView } from '../../network/host-view.ts';
import { EmbeddedNetworks } from '../../network/networks.ts';
import { NicTimeline } from '../../network/nics/nic-timeline.ts';
import { databaseFolders } from '../../osinfo/database-folders.ts';
import { OperatingSystems } from '../../osinfo/operating-systems.ts';
import { CapabilitiesStore } from '../../qemu/capabilities/store.ts';
import { capabilitiesXml } from '../../qemu/description/capabilities-xml.ts';
import { domainCapabilitiesXml } from '../../qemu/description/domain-capabilities-xml.ts';
import { firmwareFilesOf } from '../../qemu/firmware/firmware-files.ts';
import { factsFor, gatherPlanHost } from '../../qemu/gather-plan-host.ts';
import { HostStorage } from '../../storage/host-storage.ts';
import type { Connection, ConnectionSource, Doctor, Host } from '../connection.ts';
import { embeddedBackend } from './backend.ts';
import { JobList } from '../jobs/job-list.ts';
import { consoleSource } from './operations/console-source.ts';
import { beginDemo } from './operations/demo-job.ts';
import { beginDoctor } from './operations/doctor-job.ts';
import { embeddedDomains } from './operations/domains.ts';
import { imageNeeded, userOf } from './undefine/image-users.ts';
import { KnownFacts } from './definitions/known-facts.ts';
import { Machines, type MachinesOptions } from './machines/machines.ts';
import { markedUnit } from './operations/marked-unit.ts';
import { nicSource } from './operations/nic-source.ts';
import { watchNics } from './operations/nic-watch.ts';
import type { Backend, EmbeddedDirectories } from './ports/ports.ts';
import { readAhead } from './definitions/read-ahead.ts';
import { definitionHash } from './definitions/store/stored-definition.ts';
import { warmUp } from './start/warm-up.ts';
import { consolesOf } from './operations/consoles-of.ts';
import { screenSource } from './operations/screen-source.ts';
import { screensOf } from './operations/screens-of.ts';
import { networksOf } from './operations/networks-of.ts';
import { storageOf } from './operations/storage-of.ts';
import { systemsOf } from './operations/systems-of.ts';
import { embeddedSupport } from './support/embedded-support.ts';

/** How to open the embedded connection. */
export interface EmbeddedOptions {
  /** Where everything is; electron/computer/paths.ts has this shape. The caller owns them: one process at a time. */
  readonly directories: EmbeddedDirectories;
  /** Gets defects of ours and what no user can be told elsewhere. */
  readonly log: (error: unknown, where: string) => void;
  /** Opened for a single command: nothing is started that wasn't asked for, and nothing is prepared for later. */
  readonly brief?: boolean;
  /** The user's unit that starts marked machines; without it only a window's host does. */
  readonly autostartUnit?: AutostartUnit;
  /** What knows whether KVM works here, shared with who else asks; by default one of its own. */
  readonly kvm?: KvmProbe;
  /** For tests: parts of the backend to be replaced. */
  readonly changes?: Partial<Backend>;
  /** For tests: see StartRequest. */
  readonly step?: MachinesOptions['step'];
}

/** The emulator of machines whose XML names none; where none is installed, the path that says so at a start. */
const usualEmulator = async (): Promise<string> => {
  usual ??= await findEmulator();
  return usual ?? '/usr/bin/qemu-system-x86_64';
};
let usual: string | undefined;

/** How long a start waits for the trial of KVM that it begins, ms; the trial itself ends within 20 s. */
const kvmTrial = 60_000;

/** What is known of the embedded connection before it is opened. */
export function embeddedSource(options: EmbeddedOptions): ConnectionSource {
  return {
    id: embeddedConnection,
    uri: 'tapestry:///',
    title: 'This computer',
    support: embeddedSupport,
    open: () => openEmbeddedConnection(options),
  };
}

/**
 * Opens our own backend: loads the definitions, finds running machines again, starts what is marked for autostart (a single command doesn't).
 * The caller must own the state directory (electron/runtime/ownership.ts).
 *
 * @throws TapestryError `io`, `storage-full` when the directories can't be used
 */
export async function openEmbeddedConnection(options: EmbeddedOptions): Promise<Connection> {
  const { directories } = options;
  const helper = new NetworkHelper();
  const capabilities = new CapabilitiesStore(directories.cache);
  const kvm = options.kvm ?? new KvmProbe({ stateDirectory: directories.state, cacheDirectory: directories.cache, emulator: findEmulator });
  const known = new KnownFacts(join(directories.cache, 'definition-facts.json'), (error) =>
    options.log(error, 'remembering what definitions say'),
  );
  await known.read();
  await readAhead(directories.machines, known, (error) => options.log(error, 'reading the definitions ahead'));
  const real = embeddedBackend({
    helper,
    capabilities: (emulator) => capabilities.of(emulator),
    planHost: async (domain) => gatherPlanHost(await usualEmulator(), factsFor(domain), undefined, firmwareFilesOf(domain.os)),
    kvm: () => kvm.beforeStart(AbortSignal.timeout(kvmTrial)),
    knownKvm: () => kvm.known(),
  });
  const backend: Backend = {
    ...real,
    facts: (xml) => known.of(definitionHash(xml), () => real.facts(xml)),
    identify: (xml) => known.get(definitionHash(xml)) ?? real.identify(xml),
    ...options.changes,
  };
  const machines = await Machines.open({
    directories,
    backend,
    log: options.log,
    brief: options.brief === true,
    ...(options.step === undefined ? {} : { step: options.step }),
  });
  known.keep(() => machines.store.all().map(({ hash }) => hash));
  const timeline = new NicTimeline();
  const host = new SharedHostView();
  const networks = new EmbeddedNetworks(
    nicSource(machines, timeline),
    helper,
    timeline,
    (text, device, severity) => machines.note(text, severity, undefined, device),
    host,
  );
  const unit = options.autostartUnit === undefined ? undefined : markedUnit(machines, options.autostartUnit);
  // Marks of an earlier version, or of Tapestry at another place, have no unit of this one.
  if (options.brief !== true && machines.marked() > 0) void unit?.follow(false);
  const endWatch = watchNics(machines, options.log, host);
  const consoles = new RecordedConsoles(consoleSource(machines));
  const storage = new HostStorage({
    imagesDirectory: directories.images,
    usedBy: (path) => machines.held('').find(({ images }) => images.some((image) => image.path === path))?.machine,
    requireUnneeded: async (path) => {
      const user = await userOf(path, machines.all());
      if (user !== undefined) throw imageNeeded(path, user, `Take it out of “${user.machine.name}” first.`);
    },
  });
  const jobs = new JobList({
    connection: embeddedConnection,
    state: directories.state,
    log: options.log,
    completed: ({ machine }) =>
      machine === null || machine.connection !== embeddedConnection
        ? 'no'
        : machines.has(machine.uuid)
          ? 'yes'
          : isUnclear(machines, machine.name),
  });
  // In the background: what a kill left is nobody's, and whoever asks for the jobs waits for it.
  jobs.opened().catch((error: unknown) => options.log(error, 'looking after jobs'));
  const endWarmUp =
    options.brief === true
      ? () => Promise.resolve()
      : warmUp({ findEmulator, capabilities: (emulator) => capabilities.of(emulator), backend, directories, log: options.log });
  return {
    machines: embeddedDomains({
      machines,
      backend,
      directories,
      unit,
      createDemo: (input) =>
        beginDemo(
          jobs,
          machines,
          (asked, signal) =>
            createDemoMachine(
              {
                ...asked,
                imagesDirectory: directories.images,
                cacheDirectory: directories.cache,
                kvm: async (stop) => (await kvm.ensure(stop)).usable === 'yes',
              },
              signal,
            ),
          input,
        ),
    }),
    consoles: consolesOf(consoles),
    screens: screensOf(new Screens(screenSource(machines))),
    storage: storageOf(storage, jobs),
    os: systemsOf(
      new OperatingSystems({
        folders: databaseFolders(process.env, homedir()),
        file: join(directories.cache, 'operating-systems.json'),
        log: options.log,
      }),
      ownArchitecture,
    ),
    networks: networksOf(networks),
    host: embeddedHost(machines, capabilities, kvm, options.autostartUnit),
    jobs,
    doctor: doctorOf(directories, machines, jobs, kvm, options.autostartUnit),
    activity: (signal) => machines.watchActivity(signal),
    differences: (target) => machines.lookFor(nameIn(target))?.support ?? {},
    close: async () => {
      // First: what they had begun is removed while everything is still there.
      await jobs.close();
      await endWatch();
      await endWarmUp();
      await machines.close();
      await options.autostartUnit?.settled();
      await known.settled();
    },
  };
}

/** Where a definition of this name can't be read, nobody knows what it needs. */
const isUnclear = (machines: Machines, name: string): 'no' | 'unknown' =>
  machines.broken().some(({ file }) => basename(file).startsWith(`${name}.xml`)) ? 'unknown' : 'no';

/** What is looked at of this computer. */
const doctorOf = (
  directories: EmbeddedDirectories,
  machines: Machines,
  jobs: JobList,
  kvm: KvmProbe,
  autostartUnit: AutostartUnit | undefined,
): Doctor => {
  const doctor: DoctorOptions = {
    kvm,
    stateDirectory: directories.state,
    imagesDirectory: directories.images,
    ...(autostartUnit === undefined ? {} : { autostart: async () => autostartFinding(await autostartUnit.look(), machines.marked()) }),
  };
  return {
    begin: (begunBy) => beginDoctor(jobs, doctor, begunBy),
    checks: async function* (signal) {
      for await (const { checks } of runDoctor(doctor, false, signal)) yield [...checks];
    },
  };
};

/** This computer, as what the machines run on. */
const embeddedHost = (
  machines: Machines,
  capabilities: CapabilitiesStore,
  kvm: KvmProbe,
  autostartUnit: AutostartUnit | undefined,
): Host => {
  const facts = (): Promise<HostFacts> =>
    hostFacts({
      kvm,
      ...(autostartUnit === undefined ? {} : { autostartWhen: markedUnit(machines, autostartUnit).when }),
      capabilities: async (emulator) => {
        const found = await capabilities.of(emulator);
        return {
          machineTypes: found.machines.map(({ name, alias }) => alias ?? name),
          cpuModels: found.cpus.tcg.map(({ name }) => name),
        };
      },
    });
  return {
    facts,
    capabilities: async () => {
      const found = await facts();
      const emulator = found.qemu?.path;
      const guests = emulator === undefined ? undefined : { emulator, capabilities: await capabilities.of(emulator) };
      return { xml: capabilitiesXml(found, guests) };
    },
    domainCapabilities: async (asked) => {
      const emulator = asked.emulator ?? (await usualEmulator());
      const [known, planHost] = await Promise.all([capabilities.of(emulator), gatherPlanHost(emulator)]);
      return { xml: domainCapabilitiesXml({ ...asked, emulator }, known, planHost) };
    },
  };
};
