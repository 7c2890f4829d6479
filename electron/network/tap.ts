import { open, type FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { NicStep } from '../../shared/contract/networks.ts';
import type { Interface } from '../../shared/domain/interface.ts';
import { TapestryError } from '../../shared/errors.ts';
import { describeInterface, interfaceFacts } from './interface-facts.ts';
import type { HelperAnswer, NetworkHelper } from './helper.ts';
import { takesVnetHeader } from './nic-model.ts';
import { tapUsers } from './tap-users.ts';

/** Prefix of automatic names: libvirt's are vnetN, so that theirs and ours never meet. */
export const automaticPrefix = 'vt';

/** An open TAP: our copies of its descriptors, and what is known of it. */
export interface OpenTap {
  readonly handles: readonly FileHandle[];
  readonly device: string;
  readonly ifindex: number;
  readonly mtu: number;
  /** Made by this call; false for a TAP that the user made. */
  readonly created: boolean;
  readonly by: { readonly who: string; readonly pid: number; readonly at: number };
  readonly steps: readonly NicStep[];
}

/** What a TAP is made for. */
export interface TapContext {
  readonly helper: NetworkHelper;
  readonly machine: string;
  /** For hotplug: the monitor, and the name that the descriptors get there (a number is appended, from 0). */
  readonly monitor?: { readonly socket: Socket; readonly id: string };
}

/** ms since the epoch with fraction. */
export const now = (): number => performance.timeOrigin + performance.now();

const openTun = async (file: string): Promise<FileHandle> => {
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
        detail: String(cause),
        cause,
      },
    );
  }
};

/** Closes descriptors; one that is closed already is no failure. */
export const closeAll = async (handles: readonly FileHandle[]): Promise<void> => {
  await Promise.allSettled(handles.map((handle) => handle.close()));
};

/** A name that exists, told apart: the helper's own refusal is atomic, this one only explains it. */
const explain = async (error: unknown, nic: Interface): Promise<unknown> => {
  if (!(error instanceof TapestryError) || error.code !== 'interface-exists' || nic.target === undefined) return error;
  const facts = await interfaceFacts(nic.target);
  if (facts === undefined) return error;
  const managed = nic.type === 'ethernet' && nic.targetManaged !== false && facts.tun?.kind === 'tap' && facts.tun.persistent;
  return new TapestryError(
    'interface-exists',
    `The interface “${nic.target}” already exists: it is ${describeInterface(facts, await tapUsers(nic.target))}. Nothing of it was changed.`,
    {
      next: managed ? 'Choose another name, or say that the TAP is your own (managed=no).' : 'Choose another name, or leave the name out.',
      path: `${nic.path}/target/@dev`,
      ...(error.data.detail === undefined ? {} : { detail: error.data.detail }),
      fixes: [
        { kind: 'choose-other-name', label: 'Choose another name', value: nic.target },
        ...(managed ? [{ kind: 'use-managed-no' as const, label: 'Use the existing TAP', value: nic.target }] : []),
      ],
      cause: error,
    },
  );
};

const madeSteps = (answer: HelperAnswer, nic: Interface, at: number): NicStep[] => {
  const by = `tapestry-net-helper, pid ${answer.pid}`;
  const flags = [
    'TAP',
    'NO_PI',
    ...(answer.vnetHdr === true ? ['VNET_HDR'] : []),
    ...((answer.queues ?? 1) > 1 ? ['MULTI_QUEUE'] : []),
  ].join(', ');
  const step = (kind: NicStep['kind'], text: string): NicStep => ({ at, kind, text, by });
  return [
    step('created', `TAP ${answer.ifname} made (${flags}; ${answer.queues ?? 1} queue${(answer.queues ?? 1) === 1 ? '' : 's'})`),
    step('owner', `owner set to uid ${process.getuid?.() ?? 0}`),
    step('mac', `host MAC ${answer.mac}`),
    step('mtu', `MTU ${answer.mtu}${nic.mtu === undefined && nic.source.type === 'bridge' ? ` (of ${nic.source.bridge})` : ''}`),
    ...(nic.source.type === 'bridge'
      ? [step('enslaved', `port of ${nic.source.bridge}${nic.portIsolated === true ? ', isolated' : ''}`)]
      : []),
    step('up', 'brought up'),
  ];
};

/**
 * Makes the TAP of a NIC (types bridge, ethernet), or opens the user's own (`managed='no'`): libvirt's rules for name, MAC, MTU and flags.
 * The kernel removes a TAP that was made when the last descriptor closes.
 * @throws TapestryError interface-exists, interface-missing, bridge-missing, not-a-bridge, invalid, helper-*; no descriptor stays open
 */
export const openTap = async (nic: Interface, context: TapContext): Promise<OpenTap> => {
  const queues = nic.driver.queues ?? 1;
  if (nic.type === 'ethernet' && nic.targetManaged === false) return openOwn(nic, queues, context);
  if (nic.target?.split('%d').length === 2) return fromTemplate(nic, nic.target, context);
  for (let tries = 1; ; tries++) {
    try {
      return await makeTap(nic, queues, context);
    } catch (error) {
      // Another process got a queue in: the TAP was taken away, and the next one is a new race.
      const raced = error instanceof TapestryError && error.data.detail?.startsWith('intruder') === true;
      if (!raced || tries === 3) throw error;
    }
  }
};

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
  const bridge = nic.source.type === 'bridge' ? nic.source.bridge : undefined;
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
        throw await explain(error, nic);
      });
    return opened(answer, nic, handles, true, madeSteps(answer, nic, now()));
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
  const by = { who: 'tapestry-net-helper', pid: answer.pid, at: now() };
  return { handles, device: answer.ifname, ifindex: answer.ifindex, mtu: answer.mtu, created, by, steps };
};

const withTuns = async (nic: Interface, queues: number, use: (handles: readonly FileHandle[]) => Promise<OpenTap>): Promise<OpenTap> => {
  const handles: FileHandle[] = [];
  try {
    for (let queue = 0; queue < queues; queue++) handles.push(await openTun(nic.backend?.tap ?? '/dev/net/tun'));
    return await use(handles);
  } catch (error) {
    await closeAll(handles);
    throw error;
  }
};

/** `managed='no'`: must exist, is opened as it is; its MAC, MTU, flags, state and persistence stay. */
const openOwn = async (nic: Interface, queues: number, context: TapContext): Promise<OpenTap> => {
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
    const text = `opened ${describeInterface(facts)}; made beforehand, left as it is (MAC ${facts.mac}, MTU ${facts.mtu}, ${facts.up ? 'up' : 'down'})`;
    return opened(answer, nic, handles, false, [{ at: now(), kind: 'other', text, by: `tapestry-net-helper, pid ${answer.pid}` }]);
  });
};

/** Opens /dev/tapINDEX of a macvtap once per queue. udev may take a moment to make the node and its permissions. */
const openMacvtapNodes = async (device: string, ifindex: number, queues: number, nic: Interface, created: boolean): Promise<OpenTap> => {
  const file = `/dev/tap${ifindex}`;
  const handles: FileHandle[] = [];
  try {
    for (let queue = 0; queue < queues; queue++) {
      for (let tries = 0; ; tries++) {
        try {
          handles.push(await open(file, 'r+'));
          break;
        } catch (error) {
          // 200 ms in all, as libvirt waits (virNetDevMacVLanTapOpen): there is no event to wait for without udev's library.
          if (tries === 20) throw error;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    }
  } catch (cause) {
    await closeAll(handles);
    throw new TapestryError('helper-failed', `The macvtap’s device ${file} can’t be opened.`, {
      next: 'A udev rule must let you open the devices of macvtaps; the package installs one.',
      path: nic.path,
      detail: String(cause),
      cause,
    });
  }
  const by = { who: created ? 'tapestry-net-helper' : 'the user', pid: process.pid, at: now() };
  const steps: NicStep[] = [{ at: now(), kind: 'other', text: `opened ${file} of ${device}`, by: `tapestry, pid ${process.pid}` }];
  return { handles, device, ifindex, mtu: (await interfaceFacts(device))?.mtu ?? 0, created, by, steps };
};

/**
 * Makes a macvtap (type direct) and opens it. It stays down until the machine runs ({@link NetworkHelper} verb `link`), and must be deleted
 * when the machine is gone.
 * @throws TapestryError interface-missing (no such lower device), interface-exists, helper-*
 */
export const openMacvtap = async (nic: Interface, context: Omit<TapContext, 'monitor'>): Promise<OpenTap> => {
  if (nic.source.type !== 'direct') throw new TapestryError('internal', 'A macvtap is made for type direct only.');
  const lower = nic.source.dev;
  const answer = await context.helper
    .run(
      'macvtap',
      {
        lower,
        mode: nic.source.mode,
        mac: nic.mac,
        mtu: nic.mtu,
        vm: context.machine,
        ...(nic.target === undefined ? { auto: automaticPrefix } : { name: nic.target }),
      },
      { about: { name: nic.target, lower, path: nic.path } },
    )
    .catch(async (error: unknown) => {
      throw await explain(error, nic);
    });
  const { ifname, ifindex } = answer;
  if (ifname === undefined || ifindex === undefined)
    throw new TapestryError('helper-failed', 'The network helper’s answer lacks the interface.');
  try {
    const tap = await openMacvtapNodes(ifname, ifindex, nic.driver.queues ?? 1, nic, true);
    const step: NicStep = {
      at: now(),
      kind: 'created',
      text: `macvtap ${ifname} made on ${lower} (${nic.source.mode}), MAC ${nic.mac}`,
      by: `tapestry-net-helper, pid ${answer.pid}`,
    };
    return { ...tap, by: { who: 'tapestry-net-helper', pid: answer.pid, at: step.at }, steps: [step, ...tap.steps] };
  } catch (error) {
    await context.helper.run('delete', { name: ifname });
    throw error;
  }
};
