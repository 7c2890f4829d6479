import { locate, readDomain, type ReadDomain, type XmlDocument } from '../../shared/domain-xml/index.ts';
import type { Domain } from '../../shared/domain/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { addChannels, addConsoles, addParallels, addRedirdevs, addRngs, addSerials, addSmartcards } from './command-line/chardevices.ts';
import { CommandLine } from './command-line/builder.ts';
import { addBoot, addClock } from './command-line/clock-and-boot.ts';
import { addControllers } from './command-line/controllers.ts';
import { addCpu, addSmp } from './command-line/cpu.ts';
import { addDisks } from './command-line/disk.ts';
import { addGraphics } from './command-line/graphics.ts';
import { addHostdevs } from './command-line/hostdev.ts';
import { addInterfaces } from './command-line/interface.ts';
import { addFeatureGlobals, addFirmware, addMachine, variablesFile } from './command-line/machine.ts';
import { addMemory, addMemoryDevices, addNuma } from './command-line/memory.ts';
import { escapeCommas, join, keyValue } from './command-line/options.ts';
import { addGenId, addIoThreads, addLaunchSecurity, addSysInfo, sandboxOf } from './command-line/machine-extras.ts';
import {
  addFilesystems,
  addHubs,
  addInputs,
  addIommu,
  addMemballoon,
  addPanics,
  addShmems,
  addTpms,
  addVsock,
  addWatchdogs,
  sharedMemoryFile,
} from './command-line/small-devices.ts';
import { addAudios, addSounds, addVideos } from './command-line/video-and-sound.ts';
import { findMachine } from './capabilities/capabilities.ts';
import { unsupported, type DraftDomain } from './draft.ts';
import { chooseFirmware, type Firmware } from './firmware.ts';
import { monitorCommandsOf } from './monitor-commands.ts';
import { liveXmlOf } from './placement-xml.ts';
import type { LaunchPlan, PlannedConsole } from './launch-plan.types.ts';
import type { PlanInput } from './plan-input.ts';
import { prepareDomain } from './prepare/index.ts';

/**
 * Makes the launch plan of a machine: the whole command line and what must be acquired before QEMU is spawned.
 * No I/O; the same input gives the same plan.
 *
 * With purpose `native` it is the command line that libvirt 9.0 would run; with `start` the one that we run, which
 * differs in what isn't the guest's business: a QMP socket that QEMU itself listens on, displays on unix sockets.
 *
 * @throws TapestryError `xml-invalid` or `xml-unsupported`, with the path of the element at fault.
 */
export const planLaunch = (input: PlanInput): LaunchPlan => {
  const draft = prepareDomain(input.domain, input.capabilities, input.purpose === 'start');
  const line = new CommandLine(draft, input.purpose, input.paths, input.host);
  const firmware = firmwareOf(line);
  const consoles = build(line, firmware);
  const { nvram } = input.domain.os;
  const variables = firmware.kind === 'flash' ? firmware.variables : undefined;
  const hasFile = nvram?.source === undefined || nvram.source.type === 'file';
  return {
    emulator: input.domain.devices.emulator ?? input.host.emulator,
    argv: line.argv,
    descriptors: line.descriptors,
    streams: line.streams,
    monitorPath: `${input.paths.runtime}/qmp.sock`,
    consoles,
    liveXml: liveXmlOf(input.document, draft).text,
    images: imagesOf(draft),
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
};

/**
 * Reads a domain that is to be planned, and refuses it when its XML has errors or parts that nobody understands:
 * nothing is dropped silently.
 *
 * @param reading what readDomain made of the document, where that is known already
 * @throws TapestryError `xml-invalid`, `xml-unsupported` with path, line and column.
 */
export const readForLaunch = (document: XmlDocument, reading: ReadDomain = readDomain(document)): Domain => {
  const { domain, problems, unclaimed } = reading;
  const fault = problems.find((problem) => problem.severity === 'error') ?? problems.find((problem) => problem.severity === 'unsupported');
  if (fault !== undefined) {
    const { severity, message, path, line, column } = fault;
    const where = { path, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    throw new TapestryError(severity === 'error' ? 'xml-invalid' : 'xml-unsupported', message, {
      ...where,
      next: 'Change this part of the XML.',
      // An emulated machine that passes the host's CPU through: what makes a kvm machine an emulated one mends it too.
      ...(domain.type === 'qemu' && path === '/domain/cpu/@mode'
        ? { fixes: [{ kind: 'use-tcg' as const, label: 'Use a CPU for emulation' }] }
        : {}),
    });
  }
  const [path] = unclaimed;
  if (path !== undefined) {
    throw new TapestryError('xml-unsupported', `${path} is not something that is understood here.`, {
      path,
      ...locate(document, path),
      next: 'Remove it, or correct its name.',
    });
  }
  return domain;
};

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

/** Adds everything, in an order in which QEMU finds each thing that another one names. */
const build = (line: CommandLine, firmware: Firmware): PlannedConsole[] => {
  const { domain } = line.draft;
  refuseUnseen(line);
  line.add('-name', join(`guest=${escapeCommas(domain.name)}`, 'debug-threads=on'), '-S');
  addFirmware(line, firmware);
  addMachine(line, firmware);
  addCpu(line);
  addMemory(line);
  addSmp(line);
  addIoThreads(line);
  addNuma(line);
  if (domain.uuid !== undefined) line.add('-uuid', domain.uuid);
  addSysInfo(line);
  line.add('-no-user-config', '-nodefaults');
  line.add('-chardev', join('socket', 'id=charmonitor', `path=${escapeCommas(`${line.paths.runtime}/qmp.sock`)}`, 'server=on', 'wait=off'));
  line.add('-mon', 'chardev=charmonitor,id=monitor,mode=control');
  addClock(line);
  addFeatureGlobals(line, firmware);
  addBoot(line);
  addIommu(line);
  addControllers(line);
  addHubs(line);
  const nextNode = addDisks(line);
  addFilesystems(line);
  addInterfaces(line);
  addSmartcards(line);
  const serials = addSerials(line);
  addParallels(line);
  addChannels(line);
  const others = addConsoles(line);
  addTpms(line);
  addInputs(line);
  addAudios(line);
  addGraphics(line);
  addVideos(line);
  addSounds(line);
  addWatchdogs(line);
  addRedirdevs(line);
  addHostdevs(line, nextNode);
  addMemballoon(line);
  addRngs(line);
  addGenId(line);
  addLaunchSecurity(line);
  addPanics(line);
  addShmems(line);
  addMemoryDevices(line);
  addVsock(line);
  addExtras(line);
  const sandbox = sandboxOf(line);
  if (sandbox !== undefined) line.add('-sandbox', keyValue(sandbox, 'enable'));
  line.add('-msg', 'timestamp=on');
  return [...serials, ...others];
};

/** What the XML asks for outside of QEMU's command line and nothing here applies. */
const refuseUnseen = (line: CommandLine): void => {
  const { domain } = line.draft;
  const other = domain.devices.others[0];
  if (other !== undefined) throw unsupported(other.path, `<${other.element}> is not supported.`);
  const [wrap] = domain.keyWrap;
  if (wrap !== undefined) throw unsupported(wrap.path, 'Key wrapping exists on s390 only.');
  if (!line.starts) return;
  refuseOutside(domain);
};

const lifecycleElements = [
  ['onPoweroff', 'on_poweroff'],
  ['onReboot', 'on_reboot'],
  ['onCrash', 'on_crash'],
] as const;

/** Limits and placement that libvirt sets with cgroups, affinities and security drivers: a start of ours sets none. */
const refuseOutside = (domain: Domain): void => {
  const { cpuTune, blkioTune, memory, vcpus, features, lifecycle, qemu } = domain;
  if (cpuTune !== undefined) throw unsupported(cpuTune.path, 'Tuning of CPU time and affinity is not supported.');
  if (blkioTune !== undefined) throw unsupported(blkioTune.path, 'Weights of block I/O are not supported.');
  if (memory.tune !== undefined) throw unsupported('/domain/memtune', 'Limits on memory are not supported.');
  if (vcpus.cpuset !== undefined) throw unsupported('/domain/vcpu/@cpuset', 'Pinning vCPUs to CPUs of the host is not supported.');
  if (vcpus.placement === 'auto') throw unsupported('/domain/vcpu/@placement', 'Automatic placement of vCPUs (numad) is not supported.');
  if (domain.resourcePartition !== undefined) throw unsupported('/domain/resource', 'Resource partitions are not supported.');
  if (domain.perfEvents.some((event) => event.enabled)) throw unsupported('/domain/perf', 'Performance events are not supported.');
  if (lifecycle.onLockFailure !== undefined) throw unsupported('/domain/on_lockfailure', 'Lock managers are not supported.');
  const renaming = lifecycleElements.find(([action]) => lifecycle[action] === 'rename-restart');
  if (renaming !== undefined)
    throw unsupported(`/domain/${renaming[1]}`, 'QEMU can’t restart a machine under another name.', 'Choose restart, or another action.');
  if (features.msrsUnknown !== undefined) throw unsupported(`${features.path}/msrs`, "What happens at unknown MSRs can't be chosen.");
  if (features.asyncTeardown === true) throw unsupported(`${features.path}/async-teardown`, 'Asynchronous teardown is not supported.');
  const label = domain.securityLabels.find((found) => found.type !== 'none');
  if (label !== undefined)
    throw unsupported(label.path, 'Security labels are not supported: QEMU runs with the rights of the user.', 'Remove <seclabel>.');
  const [override] = [...qemu.capabilitiesAdd, ...qemu.capabilitiesDel];
  if (override !== undefined) throw unsupported('/domain/qemu:capabilities', "libvirt's capabilities can't be overridden.");
};

/** `qemu:commandline`, and what QEMU does about deprecated things. */
const addExtras = (line: CommandLine): void => {
  const { args, deprecation } = line.draft.domain.qemu;
  const behaviours = { omit: ['hide', 'accept'], reject: ['hide', 'reject'], crash: ['hide', 'crash'], none: undefined };
  const behaviour = deprecation === undefined ? undefined : behaviours[deprecation];
  if (behaviour !== undefined) line.add('-compat', JSON.stringify({ 'deprecated-output': behaviour[0], 'deprecated-input': behaviour[1] }));
  line.add(...args);
};

const imagesOf = (draft: DraftDomain): LaunchPlan['images'] =>
  draft.devices.disks.flatMap((disk) => {
    const path = disk.source.type === 'file' ? disk.source.file : disk.source.type === 'block' ? disk.source.dev : undefined;
    if (path === undefined) return [];
    return [
      {
        path,
        readOnly: disk.readOnly || disk.device === 'cdrom',
        shareable: disk.shareable,
        element: disk.path,
        format: disk.driver.type ?? 'raw',
      },
    ];
  });

const environmentOf = (draft: DraftDomain): Record<string, string> => {
  const { clock, qemu } = draft.domain;
  return {
    ...(clock.offset === 'timezone' && clock.timezone !== undefined ? { TZ: clock.timezone } : {}),
    ...Object.fromEntries(qemu.env.map(({ name, value }) => [name, value])),
  };
};
