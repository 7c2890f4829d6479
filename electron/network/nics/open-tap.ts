import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import { describeInterface, interfaceFacts } from '../view/interface-facts.ts';
import { tapUsers } from '../view/tap-users.ts';

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
  /** The bridge that the TAP is put on. */
  readonly bridge?: string;
  /** For hotplug: the monitor, and the name that the descriptors get there (a number is appended, from 0). */
  readonly monitor?: { readonly socket: Socket; readonly id: string };
  /** A NIC of this kind can use a TAP that somebody else made, if its XML says so: told where the name is taken. */
  readonly mayBeForeign?: boolean;
}

/** Closes descriptors; one that is closed already is no failure. */
export async function closeAll(handles: readonly FileHandle[]): Promise<void> {
  await Promise.allSettled(handles.map((handle) => handle.close()));
}

/**
 * A name that exists, told apart: the helper's own refusal is atomic, this one only explains it.
 * @param mayBeForeign a NIC of this kind can use a TAP that somebody else made, if its XML says so
 */
export async function explainTaken(error: unknown, nic: Interface, mayBeForeign: boolean): Promise<unknown> {
  if (!(error instanceof TapestryError) || error.code !== 'interface-exists' || nic.target === undefined) return error;
  const facts = await interfaceFacts(nic.target);
  if (facts === undefined) return error;
  const managed = mayBeForeign && facts.tun?.kind === 'tap' && facts.tun.persistent;
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
}
