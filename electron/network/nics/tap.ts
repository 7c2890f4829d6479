import { open, type FileHandle } from 'node:fs/promises';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { describeInterface, interfaceFacts, tapFacts } from '../view/interface-facts.ts';
import type { HelperAnswer } from '../helper/helper.ts';
import { helperWord } from '../helper/helper-reply.ts';
import { openMacvtapNodes } from './macvtap.ts';
import { takesVnetHeader } from './nic-model.ts';
import { byHelper, helperProgramName } from './step-authors.ts';
import { automaticPrefix, closeAll, explainTaken, type OpenTap, type TapContext } from './open-tap.ts';

const openTun = async (file: string, nic: Interface): Promise<FileHandle> => {
  try {
    return await open(file, 'r+');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new TapestryError(
      'helper-failed',
      code === 'ENOENT' || code === 'ENODEV'
        ? `There is no ${file}, so no TAP can be made.`
        : `You may not open ${file}, so no TAP can be made.`,
      {
        next:
          code === 'ENOENT' || code === 'ENODEV'
            ? 'Load the kernel module: modprobe tun.'
            : 'Distributions let everybody open it; a udev rule or the container must be mended.',
        path: nic.backend?.tap === undefined ? nic.path : `${nic.path}/backend/@tap`,
        detail: String(cause),
        cause,
      },
    );
  }
};

/** By the helper's own clock. MAC, MTU and bridge are one message to the kernel, and so is "up" unless the port is isolated first. */
const madeSteps = (answer: HelperAnswer, nic: Interface, bridge: string | undefined): NicStep[] => {
  const by = byHelper(answer.pid);
  const at = (done: string): number => answer.steps[done] ?? answer.at;
  const queues = answer.queues ?? 1;
  const flags = ['TAP', 'NO_PI', ...(answer.vnetHdr === true ? ['VNET_HDR'] : []), ...(queues > 1 ? ['MULTI_QUEUE'] : [])];
  return [
    { at: at('created'), kind: 'created', made: { type: 'tap', device: answer.ifname ?? '', flags, queues }, by },
    { at: at('owner'), kind: 'owner', uid: process.getuid?.() ?? 0, by },
    { at: at('configured'), kind: 'mac', mac: answer.mac ?? '', by },
    {
      at: at('configured'),
      kind: 'mtu',
      mtu: answer.mtu ?? 0,
      ...(nic.mtu === undefined && bridge !== undefined ? { bridge } : {}),
      by,
    },
    ...(bridge !== undefined ? [{ at: at('configured'), kind: 'enslaved' as const, bridge, isolated: nic.portIsolated === true, by }] : []),
    { at: at('up'), kind: 'up', by },
  ];
};

/**
 * Makes the TAP of a NIC, on a bridge where the context names one: libvirt's rules for name, MAC, MTU and flags.
 * The kernel removes a TAP that was made when the last descriptor closes.
 * @throws TapestryError interface-exists, interface-missing, bridge-missing, not-a-bridge, invalid, helper-*; no descriptor stays open
 */
export async function openTap(nic: Interface, context: TapContext): Promise<OpenTap> {
  const queues = nic.driver.queues ?? 1;
  if (nic.target?.split('%d').length === 2) return fromTemplate(nic, nic.target, context);
  for (let tries = 1; ; tries++) {
    try {
      return await makeTap(nic, queues, context);
    } catch (error) {
      // Another process got a queue in: the TAP was taken away, and the next one is a new race.
      const raced = helperWord(error) === 'intruder';
      if (!raced || tries === 3) throw error;
    }
  }
}

/** A name with one `%d` (formatdomain, "target"): the lowest number that is free. Taken meanwhile: the next one. */
const fromTemplate = async (nic: Interface, template: string, context: TapContext): Promise<OpenTap> => {
  for (let number = 0; ; number++) {
    const target = template.replace('%d', String(number));
    if ((await interfaceFacts(target)) !== undefined) continue;
    try {
      return await openTap({ ...nic, target }, context);
    } catch (error) {
      const taken = error instanceof TapestryError && error.code === 'interface-exists';
      if (!taken || number === 9999) throw error;
    }
  }
};

const makeTap = (nic: Interface, queues: number, context: TapContext): Promise<OpenTap> => {
  const { bridge } = context;
  return withTuns(nic, queues, async (handles) => {
    const answer = await context.helper
      .run(
        'tap',
        {
          bridge: bridge ?? 'none',
          ...(nic.target === undefined ? { auto: automaticPrefix } : { name: nic.target }),
          mac: nic.mac,
          mtu: nic.mtu,
          'vnet-hdr': takesVnetHeader(nic.model),
          ...(nic.portIsolated === true ? { isolated: true } : {}),
          ...(nic.coalesceRxFrames === undefined || nic.coalesceRxFrames === 0 ? {} : { frames: nic.coalesceRxFrames }),
          vm: context.machine,
          ...(context.monitor === undefined ? {} : { id: context.monitor.id }),
        },
        {
          fds: handles.map(({ fd }) => fd),
          ...(context.monitor === undefined ? {} : { qmp: context.monitor.socket }),
          about: { name: nic.target, bridge, path: nic.path },
        },
      )
      .catch(async (error: unknown) => {
        throw await explainTaken(error, nic, context.mayBeForeign === true);
      });
    return opened(answer, nic, handles, true, madeSteps(answer, nic, bridge));
  });
};

const opened = (
  answer: HelperAnswer,
  nic: Interface,
  handles: readonly FileHandle[],
  created: boolean,
  steps: readonly NicStep[],
): OpenTap => {
  if (answer.ifname === undefined || answer.ifindex === undefined || answer.mtu === undefined) {
    throw new TapestryError('helper-failed', 'The network helper’s answer lacks the interface.', { path: nic.path });
  }
  const by = { who: helperProgramName, pid: answer.pid, at: answer.steps['created'] ?? answer.at };
  return { handles, device: answer.ifname, ifindex: answer.ifindex, mtu: answer.mtu, created, by, steps };
};

const withTuns = async (nic: Interface, queues: number, use: (handles: readonly FileHandle[]) => Promise<OpenTap>): Promise<OpenTap> => {
  const handles: FileHandle[] = [];
  try {
    for (let queue = 0; queue < queues; queue++) handles.push(await openTun(nic.backend?.tap ?? '/dev/net/tun', nic));
    return await use(handles);
  } catch (error) {
    await closeAll(handles);
    throw error;
  }
};

/**
 * Opens the user's own TAP (`managed='no'`): it must exist, and is opened as it is; its MAC, MTU, flags, state and persistence stay.
 * @throws TapestryError interface-missing, helper-*; no descriptor stays open
 */
export async function openOwnTap(nic: Interface, context: TapContext): Promise<OpenTap> {
  const queues = nic.driver.queues ?? 1;
  const path = `${nic.path}/target/@dev`;
  if (nic.target === undefined) {
    throw new TapestryError('interface-missing', 'A TAP of your own (managed=no) needs its name.', {
      next: 'Give the name of the TAP.',
      path,
    });
  }
  const facts = await interfaceFacts(nic.target);
  if (facts === undefined) {
    throw new TapestryError(
      'interface-missing',
      `The interface “${nic.target}” does not exist; with managed=no it must be made beforehand.`,
      {
        next: `Make it: sudo ip tuntap add ${nic.target} mode tap user $USER${queues > 1 ? ' multi_queue' : ''} vnet_hdr`,
        path,
      },
    );
  }
  if (facts.kind === 'macvtap') return openMacvtapNodes(facts.name, facts.ifindex, queues, nic, false);
  if (facts.tun?.kind !== 'tap') {
    throw new TapestryError('interface-missing', `“${nic.target}” exists, but it is ${describeInterface(facts)}, not a TAP.`, {
      next: 'Give the name of a TAP.',
      path,
    });
  }
  return withTuns(nic, queues, async (handles) => {
    const answer = await context.helper.run(
      'open-existing',
      { name: facts.name, ...(context.monitor === undefined ? {} : { id: context.monitor.id }) },
      {
        fds: handles.map(({ fd }) => fd),
        ...(context.monitor === undefined ? {} : { qmp: context.monitor.socket }),
        about: { name: facts.name, path: nic.path },
      },
    );
    const { name: device, mac, mtu, up, master: bridge } = facts;
    const step: NicStep = { at: answer.at, kind: 'opened', device, mac, mtu, up, bridge, ...tapFacts(facts), by: byHelper(answer.pid) };
    return opened(answer, nic, handles, false, [step]);
  });
}
