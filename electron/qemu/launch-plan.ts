import { locate, readDomain, relativePathProblems, type ReadDomain, type XmlDocument } from '../../shared/domain-xml/index.ts';
import type { Domain } from '../../shared/domain/index.ts';
import { spellingOf } from './command-line/argv.ts';
import { CommandLine } from './command-line/builder.ts';
import { addBoot, addClock } from './command-line/clock-and-boot.ts';
import { addCpu, addSmp } from './command-line/cpu.ts';
import { addDevices } from './command-line/devices.ts';
import { checkHostNodes } from './command-line/host-nodes.ts';
import { addFeatureGlobals, addFirmware, addMachine, variablesFile } from './command-line/machine.ts';
import { addMemory, addNuma } from './command-line/memory.ts';
import { escapeCommas, flag, join, keyValue } from './command-line/options.ts';
import { addIoThreads, addSysInfo, sandboxOf } from './command-line/machine-extras.ts';
import { sharedMemoryFile } from './command-line/small-devices.ts';
import { findMachine } from './capabilities/capabilities.ts';
import { unsupported, type DraftDomain } from './plan/draft.ts';
import { chooseFirmware } from './firmware/firmware.ts';
import type { Firmware } from './plan/firmware.types.ts';
import { hintsOf } from './plan/hints.ts';
import { bootFilesOf } from './firmware/boot-files.ts';
import { monitorCommandsOf } from './monitor-commands.ts';
import { imageOf } from './plan/planned-image.ts';
import { liveXmlOf } from './placement-xml.ts';
import type { LaunchPlan, PlannedConsole } from './plan/launch-plan.types.ts';
import type { PlanInput } from './plan/plan-input.ts';
import { prepareAll } from './prepare/prepare-all.ts';
import { refusalOf, Refusals } from './plan/refusals.ts';
import { unusedParts } from './plan/unused-parts.ts';
import { type TapestryError, type XmlProblem } from '../../shared/errors.ts';

/**
 * Makes the launch plan of a machine: the whole command line and what must be acquired before QEMU is spawned.
 * No I/O; the same input gives the same plan.
 *
 * With purpose `native` it is the command line that libvirt 9.0 would run; with `start` the one that we run, which
 * differs in what isn't the guest's business: a QMP socket that QEMU itself listens on, displays on unix sockets.
 *
 * @throws TapestryError `xml-invalid` or `xml-unsupported`, with the path of the element at fault; where several are, `findings` has them all
 */
export function planLaunch(input: PlanInput): LaunchPlan {
  const refusals = new Refusals();
  const draft = prepareAll(
    input.domain,
    input.capabilities,
    { resolveAlias: input.purpose === 'start', keepAliases: input.running === true },
    refusals,
  );
  refuseUnseen(input.domain, input.purpose === 'start', refusals);
  for (const refusal of draft === undefined ? [] : unusedParts(draft, input.purpose === 'start')) refusals.add(refusal);
  const line = draft === undefined ? undefined : new CommandLine(draft, input.purpose, input.paths, input.host, refusals);
  const firmware = line === undefined ? undefined : refusals.collect(() => firmwareOf(line));
  // With a firmware that is refused the rest is looked at all the same, as with none.
  const consoles = line === undefined ? [] : build(line, firmware ?? { kind: 'default' });
  refusals.throwIfAny();
  if (draft === undefined || line === undefined || firmware === undefined) throw new Error('A plan was given up without a reason');
  const { nvram } = input.domain.os;
  const variables = firmware.kind === 'flash' ? firmware.variables : undefined;
  const hasFile = nvram?.source === undefined || nvram.source.type === 'file';
  return {
    emulator: input.domain.devices.emulator ?? input.host.emulator,
    options: line.options,
    spelling: spellingOf(input.capabilities),
    descriptors: line.descriptors,
    streams: line.streams,
    monitorPath: `${input.paths.runtime}/qmp.sock`,
    consoles,
    liveXml: input.trial === true ? '' : liveXmlOf(input.document, draft).text,
    images: draft.devices.disks.flatMap((disk) => imageOf(disk) ?? []),
    bootFiles: bootFilesOf(input.domain.os),
    ...(variables === undefined || !hasFile
      ? {}
      : {
          nvram: {
            path: variablesFile(line),
            ...(variables.template === undefined ? {} : { template: variables.template }),
            ...(firmware.differences === undefined ? {} : { mustFit: true }),
          },
        }),
    sharedMemory: draft.devices.shmems.filter(({ model }) => model === 'ivshmem-plain').map(sharedMemoryFile),
    monitorCommands: monitorCommandsOf(draft),
    warnings: firmware.differences ?? [],
    linksDown: draft.devices.interfaces.flatMap((nic) => (nic.link === 'down' && nic.alias !== undefined ? [nic.alias] : [])),
    environment: environmentOf(draft),
  };
}

/**
 * What reading already tells of a start: rules broken, what isn't supported, parts that nobody understands. Nothing is dropped silently.
 *
 * @param reading what readDomain made of the document, where that is known already
 */
export function readingProblems(document: XmlDocument, reading: ReadDomain = readDomain(document)): readonly XmlProblem[] {
  const { domain, problems, unclaimed } = reading;
  return [
    ...problems.map((problem): XmlProblem =>
      // An emulated machine that passes the host's CPU through: what makes a kvm machine an emulated one mends it too.
      domain.type === 'qemu' && problem.severity === 'unsupported' && problem.path === '/domain/cpu/@mode'
        ? { ...problem, fixes: [{ kind: 'use-tcg', label: 'Use a CPU for emulation' }] }
        : problem,
    ),
    ...unclaimed.map((path): XmlProblem => ({
      severity: 'unsupported',
      path,
      message: `${path} is not something that is understood here.`,
      ...locate(document, path),
      next: 'Remove it, or correct its name.',
      fixes: [{ kind: 'remove-element', label: 'Remove it', path }],
    })),
    ...relativePathProblems(document),
  ];
}

/**
 * Reads a domain that is to be planned, and refuses it when its XML has errors or parts that nobody understands.
 *
 * @param reading what readDomain made of the document, where that is known already
 * @throws TapestryError `xml-invalid`, `xml-unsupported` with path, line and column; where there are several, `findings` has them all
 */
export function readForLaunch(document: XmlDocument, reading: ReadDomain = readDomain(document)): Domain {
  const refusal = refusalOf(readingProblems(document, reading));
  if (refusal !== undefined) throw refusal;
  return reading.domain;
}

const firmwareOf = (line: CommandLine): Firmware => {
  const { domain, machine, arch } = line.draft;
  return chooseFirmware({
    os: domain.os,
    arch,
    machine: findMachine(line.capabilities, machine)?.name ?? machine,
    smm: domain.features.smm?.on,
    installed: line.host.firmwares,
    files: line.host.firmwareFiles,
  });
};

/** Adds everything, in an order in which QEMU finds each thing that another one names. What is refused is kept: the rest is asked too. */
const build = (line: CommandLine, firmware: Firmware): readonly PlannedConsole[] => {
  const { domain } = line.draft;
  const { refusals } = line;
  const add = (...parts: readonly ((line: CommandLine, firmware: Firmware) => unknown)[]): void => {
    refusals.each(parts, (part) => part(line, firmware));
  };
  line.add('name', join(`guest=${escapeCommas(domain.name)}`, 'debug-threads=on'));
  line.add('S');
  add(addFirmware, addMachine, addCpu, addMemory, addSmp, addIoThreads, checkHostNodes, addNuma);
  if (domain.uuid !== undefined) line.add('uuid', domain.uuid);
  add(addSysInfo);
  line.add('no-user-config');
  line.add('nodefaults');
  line.chardev({ backend: 'socket', id: 'charmonitor', path: `${line.paths.runtime}/qmp.sock`, server: true, wait: false });
  line.add('mon', 'chardev=charmonitor,id=monitor,mode=control');
  add(addClock, addFeatureGlobals, addBoot);
  const consoles = addDevices(line);
  add(addExtras);
  const { asyncTeardown } = domain.features;
  // A start refuses it, and off is what QEMU does by itself.
  if (!line.starts && asyncTeardown !== undefined && line.capabilities.hasOption('run-with', 'async-teardown'))
    line.add('run-with', join(flag('async-teardown', asyncTeardown)));
  const sandbox = sandboxOf(line);
  if (sandbox !== undefined) line.add('sandbox', keyValue(sandbox, 'enable'));
  line.add('msg', 'timestamp=on');
  return consoles;
};

/** What the XML asks for outside of QEMU's command line and nothing here applies. */
const refuseUnseen = (domain: Domain, starts: boolean, refusals: Refusals): void => {
  for (const { path, element } of domain.devices.others) refusals.add(unsupported(path, `<${element}> is not supported.`));
  for (const { path } of domain.keyWrap) refusals.add(unsupported(path, 'Key wrapping exists on s390 only.'));
  if (starts) for (const refusal of outside(domain)) refusals.add(refusal);
};

const lifecycleElements = [
  ['onPoweroff', 'on_poweroff'],
  ['onReboot', 'on_reboot'],
  ['onCrash', 'on_crash'],
] as const;

/** Limits and placement that libvirt sets with cgroups, affinities and security drivers: a start of ours sets none. */
const outside = (domain: Domain): TapestryError[] => {
  const { features, lifecycle } = domain;
  const refused = hintsOf(domain).map(({ path, what }) =>
    unsupported(
      path,
      `${what} can't be applied here: that takes a daemon with root's rights.`,
      'Set it aside (the guest doesn’t see it), or remove it.',
    ),
  );
  for (const [action, element] of lifecycleElements) {
    if (lifecycle[action] === 'rename-restart')
      refused.push(
        unsupported(`/domain/${element}`, 'QEMU can’t restart a machine under another name.', 'Choose restart, or another action.'),
      );
  }
  if (features.msrsUnknown !== undefined)
    refused.push(unsupported(`${features.path}/msrs`, "What happens at unknown MSRs can't be chosen."));
  if (features.asyncTeardown === true)
    refused.push(unsupported(`${features.path}/async-teardown`, 'Asynchronous teardown is not supported.'));
  return refused;
};

/** `qemu:commandline`, and what QEMU does about deprecated things. */
const addExtras = (line: CommandLine): void => {
  const { args, deprecation } = line.draft.domain.qemu;
  const behaviours = { omit: ['hide', 'accept'], reject: ['hide', 'reject'], crash: ['hide', 'crash'], none: undefined };
  const behaviour = deprecation === undefined ? undefined : behaviours[deprecation];
  if (behaviour !== undefined) line.add('compat', JSON.stringify({ 'deprecated-output': behaviour[0], 'deprecated-input': behaviour[1] }));
  line.addWords(args);
};

const environmentOf = (draft: DraftDomain): Record<string, string> => {
  const { clock, qemu } = draft.domain;
  return {
    ...(clock.offset === 'timezone' && clock.timezone !== undefined ? { TZ: clock.timezone } : {}),
    ...Object.fromEntries(qemu.env.map(({ name, value }) => [name, value])),
  };
};
