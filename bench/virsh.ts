import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { which } from '../scripts/lib/say.mjs';

const run = promisify(execFile);

/** virsh on the daemon that answers here, or why there is none. */
export type Virsh = { readonly run: (...args: readonly string[]) => Promise<string> } | { readonly missing: string };

/** Finds a libvirt that answers: `LIBVIRT_DEFAULT_URI`, else the system's, else the user's own. Starts no daemon of the system. */
export const findVirsh = async (): Promise<Virsh> => {
  const virsh = which('virsh');
  if (virsh === undefined) return { missing: 'virsh: not measured, libvirt is not installed' };
  const named = process.env['LIBVIRT_DEFAULT_URI'];
  const words: string[] = [];
  for (const uri of named === undefined ? ['qemu:///system', 'qemu:///session'] : [named]) {
    const call = async (...args: readonly string[]) => (await run(virsh, ['-q', '-c', uri, ...args], { timeout: 60_000 })).stdout;
    try {
      await call('version');
      return { run: call };
    } catch (error) {
      words.push(error instanceof Error && 'stderr' in error ? (String(error.stderr).trim().split('\n').at(-1) ?? uri) : String(error));
    }
  }
  return { missing: `virsh: not measured, no daemon answers (${words.join('; ')})` };
};
