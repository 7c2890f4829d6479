import type { Api } from '../../shared/contract/index.ts';
import { embeddedConnection } from '../../shared/contract/embedded-connection.ts';
import { CliError } from './context.ts';

/** What virsh says before why it can't connect. */
const heading = 'failed to connect to the hypervisor';

/**
 * Takes virsh's `-c URI`, `--connect URI` and `--connect=URI` from the front of a command line; what stands behind the command's name is the
 * command's own.
 * @throws CliError when the URI is missing
 */
export function connectOption(words: readonly string[]): { readonly connect: string | undefined; readonly rest: readonly string[] } {
  const [first, second, ...more] = words;
  if (first?.startsWith('--connect=') === true) return { connect: first.slice('--connect='.length), rest: words.slice(1) };
  if (first !== '-c' && first !== '--connect') return { connect: undefined, rest: words };
  if (second === undefined)
    throw new CliError({ code: 'invalid', message: `option '${first === '-c' ? 'c' : first}' requires an argument` });
  return { connect: second, rest: more };
}

/** Does this mean our own connection, without asking anybody? */
export function isEmbedded(connect: string | undefined): connect is undefined | 'embedded' | 'tapestry:///' {
  return connect === undefined || connect === embeddedConnection || connect === 'tapestry:///';
}

/**
 * The id of the connection that an id or a URI means; what stands behind a URI's `?` need not be given.
 * @throws CliError in virsh's words
 */
export async function connectionOf(connect: string | undefined, api: () => Promise<Api>): Promise<string> {
  if (isEmbedded(connect)) return embeddedConnection;
  const there = await (await api())['connections.list']({});
  const found =
    there.find(({ id, uri }) => id === connect || uri === connect) ?? there.find(({ uri }) => uri.replace(/\?.*$/s, '') === connect);
  if (found !== undefined) return found.id;
  throw new CliError(
    {
      code: 'not-found',
      message: `no connection driver available for ${connect}`,
      next: `There ${there.length === 1 ? 'is' : 'are'}: ${there.map(({ uri }) => uri).join(', ')}. The host that runs gets others by: tapestry serve --connect URI`,
    },
    heading,
  );
}
