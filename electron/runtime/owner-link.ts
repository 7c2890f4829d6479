import type { Socket } from 'node:net';
import type { Api, contract } from '../../shared/contract/index.ts';
import { methodKinds } from '../../shared/contract/method-kinds.ts';
import { TapestryError } from '../../shared/errors.ts';
import { connect, type Connected } from '../../shared/rpc/client.ts';
import { within } from '../processes/within.ts';
import { socketTransport } from '../rpc/socket-transport.ts';
import { ownerIsStopped, stateOwned, usualPatience } from './ownership.ts';
import type { Paths } from '../computer/paths.ts';
import { watchedOwner } from './watched-owner.ts';

/** How long an owner has for its first answer before it is looked whether it is stopped, ms. */
const firstLook = 2000;

/** A connection to the owner of the state. */
export type OwnerLink = Connected<typeof contract> & { readonly api: Api };

/**
 * Speaks to the owner. The kernel accepts connections for a process that is stopped, too: it has to answer once.
 *
 * @param patience ms
 * @returns undefined when it ended meanwhile
 * @throws TapestryError `state-owned` when it doesn't answer
 */
export async function linkToOwner(socket: Socket, paths: Paths, patience: number = usualPatience): Promise<OwnerLink | undefined> {
  const link = connect<typeof contract>(methodKinds, socketTransport(socket));
  const ask = () =>
    link.api['computer.alive']({}).then(
      () => 'yes' as const,
      // One that doesn't know the question has answered.
      (error: unknown) => (error instanceof TapestryError && error.code === 'closed' ? ('gone' as const) : ('yes' as const)),
    );
  const hears = async (answer: Promise<unknown>): Promise<boolean> =>
    (await within(answer, Math.min(firstLook, patience))) ||
    (patience > firstLook && !(await ownerIsStopped(paths)) && (await within(answer, patience - firstLook)));
  const answer = ask();
  if (!(await hears(answer))) {
    link.close();
    throw await stateOwned(paths);
  }
  if ((await answer) !== 'yes') return undefined;
  const watch = { look: firstLook, alive: () => hears(ask()), fault: () => stateOwned(paths) };
  return { ...link, api: watchedOwner(link.api, watch) };
}
