/** Stands for an app: starts a recorder as told on the command line, says so, and waits to be killed. */
import { startRecorder } from '../recorder.ts';
import type { RecorderOptions } from '../console-source.types.ts';

const options: RecorderOptions = JSON.parse(process.argv[2] ?? '');
await startRecorder(options);
process.stdout.write('started\n');
setInterval(() => undefined, 1000);
