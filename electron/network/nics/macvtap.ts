import { open, type FileHandle } from 'node:fs/promises';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { interfaceFacts } from '../view/interface-facts.ts';
import { now } from '../helper/clock.ts';
import { byHelper, byTapestry, helperProgramName } from './step-authors.ts';
import { automaticPrefix, closeAll, explainTaken, type OpenTap, type TapContext } from './open-tap.ts';

/** Opens /dev/tapINDEX of a macvtap once per queue. udev may take a moment to make the node and its permissions. */
export async function openMacvtapNodes(
  device: string,
  ifindex: number,
  queues: number,
  nic: Interface,
  created: boolean,
): Promise<OpenTap> {
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
    const closed = ['EACCES', 'EPERM'].includes(String((cause as NodeJS.ErrnoException).code));
    throw new TapestryError('helper-failed', `The macvtap’s device ${file} ${closed ? 'is closed to you' : 'can’t be opened'}.`, {
      next: closed
        ? 'The udev rule 70-tapestry-macvtap.rules opens it to the group tapestry (the package installs it): install it, join the group and log in anew. tapestry doctor says what is missing.'
        : 'The kernel makes it in /dev with the macvtap: in a container, /dev must be the host’s.',
      path: nic.path,
      detail: String(cause),
      cause,
    });
  }
  const by = { who: created ? helperProgramName : 'the user', pid: process.pid, at: now() };
  const steps: NicStep[] = [{ at: now(), kind: 'node-opened', node: file, device, by: byTapestry() }];
  return { handles, device, ifindex, mtu: (await interfaceFacts(device))?.mtu ?? 0, created, by, steps };
}

/**
 * Makes a macvtap (type direct) and opens it. It stays down until the machine runs ({@link NetworkHelper} verb `link`), and must be deleted
 * when the machine is gone.
 * @throws TapestryError interface-missing (no such lower device), interface-exists, helper-*
 */
export async function openMacvtap(
  nic: Interface,
  { dev: lower, mode }: Extract<Interface['source'], { type: 'direct' }>,
  context: Pick<TapContext, 'helper' | 'machine'>,
): Promise<OpenTap> {
  const answer = await context.helper
    .run(
      'macvtap',
      {
        lower,
        mode,
        mac: nic.mac,
        mtu: nic.mtu,
        vm: context.machine,
        ...(nic.target === undefined ? { auto: automaticPrefix } : { name: nic.target }),
      },
      { about: { name: nic.target, lower, path: nic.path } },
    )
    .catch(async (error: unknown) => {
      throw await explainTaken(error, nic, false);
    });
  const { ifname, ifindex } = answer;
  if (ifname === undefined || ifindex === undefined)
    throw new TapestryError('helper-failed', 'The network helper’s answer lacks the interface.');
  try {
    const tap = await openMacvtapNodes(ifname, ifindex, nic.driver.queues ?? 1, nic, true);
    const step: NicStep = {
      at: answer.steps['created'] ?? answer.at,
      kind: 'created',
      made: { type: 'macvtap', device: ifname, lower, mode, mac: nic.mac ?? '' },
      by: byHelper(answer.pid),
    };
    return { ...tap, by: { who: helperProgramName, pid: answer.pid, at: step.at }, steps: [step, ...tap.steps] };
  } catch (error) {
    await context.helper.run('delete', { name: ifname });
    throw error;
  }
}
