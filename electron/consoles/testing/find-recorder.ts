import { readFile, readdir } from 'node:fs/promises';

/** Pid of the recorder that writes to this directory, as the kernel knows it: its command line names it. 0 when there is none. */
export async function findRecorder(recordingDirectory: string): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (words[0]?.endsWith('tapestry-serial-recorder') === true && words.includes(recordingDirectory)) return Number(name);
  }
  return 0;
}
