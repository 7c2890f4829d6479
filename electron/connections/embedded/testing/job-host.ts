import type { EmbeddedDirectories } from '../ports/ports.ts';
import { openNamed } from './named-connection.ts';

/*
 * A host that is killed in the middle of a job: opens the connection over the directories in argv[2] (JSON), begins to create the image at
 * argv[3], and kills itself with SIGKILL when some of it is written.
 */
const [, , directories = '', path = ''] = process.argv;
const connection = await openNamed({
  directories: JSON.parse(directories) as EmbeddedDirectories,
  log: (error) => console.error(error),
  brief: true,
});
// As large as the computer lets it be: the kill comes with its first bytes.
const sizeBytes = 64 * 1024 ** 3;
await connection.storage.createImage({ path, format: 'raw', sizeBytes, preallocation: 'full', begunBy: { host: 'cli', command: 'test' } });
for await (const event of connection.jobs.watch(new AbortController().signal)) {
  const jobs = event.kind === 'snapshot' ? event.jobs : event.kind === 'changed' ? [event.job] : [];
  for (const { amount, state, error } of jobs) {
    if (state !== 'running') throw new Error(`it ended: ${JSON.stringify(error)}`);
    if ((amount?.done ?? 0) > 0) process.kill(process.pid, 'SIGKILL');
  }
}
