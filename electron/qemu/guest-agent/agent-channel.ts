import type { Channel } from '../../../shared/domain/index.ts';
import { characterSocket } from '../plan/character-socket.ts';

/** The name of the agent's port in the guest (QEMU's qemu-ga looks for it; libvirt formatdomain "Channel"). */
export const agentPort = 'org.qemu.guest_agent.0';

/** Where a machine's guest agent is reached: the port's alias and QEMU's socket; or why nowhere. */
export type AgentChannel =
  | { readonly kind: 'socket'; readonly alias: string; readonly path: string }
  /** There is no channel of that name. */
  | { readonly kind: 'none' }
  /** There is one, and its other end isn't ours to take: a pty, or a socket that another program listens on. */
  | { readonly kind: 'elsewhere' };

/**
 * Finds the guest agent's channel among those of a running machine. Pure.
 *
 * @param runtime the machine's runtime directory, for a channel whose path the XML leaves open
 */
export function agentChannel(channels: readonly Channel[], runtime: string): AgentChannel {
  const found = channels.find(({ target }) => target.type === 'virtio' && target.name === agentPort);
  if (found?.alias === undefined) return { kind: 'none' };
  const { alias, source } = found;
  if (source.type !== 'unix' || (source.mode !== 'bind' && source.path !== undefined)) return { kind: 'elsewhere' };
  return { kind: 'socket', alias, path: source.path ?? characterSocket(runtime, alias) };
}
