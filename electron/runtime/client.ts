import type { Api } from '../../shared/contract/index.ts';
import { methodKinds } from '../../shared/contract/method-kinds.ts';
import { TapestryError } from '../../shared/errors.ts';
import { attachedHandlers } from './attached-handlers.ts';
import { delegatingHandlers } from './delegating-handlers.ts';
import { linkToOwner } from './owner-link.ts';
import { attachToOwner } from './ownership.ts';
import { preparePaths, type Paths } from '../computer/paths.ts';

/** The API of the host that owns the state, for a command that asks and is done. */
export interface Client {
  readonly api: Api;
  close(): void;
}

type AnyHandler = (input: unknown, context: { readonly signal: AbortSignal }) => unknown;

/**
 * Attaches to the owner without being a host: nothing of a backend is loaded, and nobody is served. Should the owner end before the
 * command is done, what can be asked again is asked of `instead`. Byte channels need a host of their own.
 *
 * @param instead opens a host in this process
 * @returns undefined when nobody owns the state
 * @throws TapestryError `state-owned` when the owner doesn't answer; `io` when the directories can't be trusted
 */
export async function openClient(paths: Paths, instead: () => Promise<Api>): Promise<Client | undefined> {
  await preparePaths(paths);
  const attachment = await attachToOwner(paths);
  const link = attachment === undefined ? undefined : await linkToOwner(attachment.socket, paths);
  if (link === undefined) return undefined;
  let gone = false;
  void link.closed.then(() => (gone = true));
  const theirs = attachedHandlers(link.api);
  const handlers = delegatingHandlers(async () => (gone ? attachedHandlers(await instead()) : theirs), 'cli');
  const ask =
    (name: keyof Api) =>
    (input: unknown, { signal = new AbortController().signal }: { signal?: AbortSignal } = {}): unknown =>
      (handlers[name] as unknown as AnyHandler)(input, { signal });
  const channel = (): never => {
    throw new TapestryError('internal', 'A client has no byte channels.');
  };
  const api = Object.fromEntries(
    Object.entries(methodKinds).map(([name, kind]) => [name, kind === 'bytes' ? channel : ask(name as keyof Api)]),
  ) as unknown as Api;
  return { api, close: () => link.close() };
}
