import { readdir, readFile, readlink } from 'node:fs/promises';

/** Who listens on a port of this host; a program of another user's is known by its uid only. */
export type PortHolder = { readonly program: string; readonly pid: number } | { readonly uid: number };

/** TCP_LISTEN in /proc/net/tcp, and what a bound UDP socket has there (net/tcp_states.h). */
const states: Readonly<Record<'tcp' | 'udp', string>> = { tcp: '0A', udp: '07' };

/** The sockets that listen on a port: /proc/net/{tcp,tcp6,udp,udp6} (proc(5)). Pure. */
export function listeners(text: string, proto: 'tcp' | 'udp', port: number): readonly { readonly inode: string; readonly uid: number }[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && state === states[proto] && inode !== undefined ? [{ inode, uid: Number(uid) }] : [];
  });
}

/** The process that has one of these sockets open, of those that we may look at. */
const processWith = async (inodes: ReadonlySet<string>): Promise<PortHolder | undefined> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`;
    const fds = await readdir(folder).catch(() => []); // another user's, or just gone
    for (const fd of fds) {
      const target = await readlink(`${folder}/${fd}`).catch(() => ''); // just closed
      if (!inodes.has(target)) continue;
      const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
      return { program: program.trim(), pid: Number(pid) };
    }
  }
  return undefined;
};

/** Who has a port of this host; undefined when nobody listens there (any more). Reads /proc: for the moment of a refusal, not for loops. */
export async function portHolder(proto: 'tcp' | 'udp', port: number): Promise<PortHolder | undefined> {
  const texts = await Promise.all([proto, `${proto}6`].map((name) => readFile(`/proc/self/net/${name}`, 'utf8').catch(() => '')));
  const sockets = texts.flatMap((text) => listeners(text, proto, port));
  const [first] = sockets;
  if (first === undefined) return undefined;
  return (await processWith(new Set(sockets.map(({ inode }) => `socket:[${inode}]`)))) ?? { uid: first.uid };
}
