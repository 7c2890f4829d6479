import { userInfo } from 'node:os';
import { getuid } from 'node:process';

/** Name of the user that this process runs as; its number where the system knows no name for it (containers). */
export function userName(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username;
  } catch {
    return String(getuid?.() ?? 0); // getpwuid_r(3) found no entry
  }
}
