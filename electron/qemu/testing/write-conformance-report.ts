import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reportOf, runCorpus, runNics } from './conformance.ts';

const results = await runCorpus();
await writeFile(resolve(import.meta.dirname, '../../../docs/conformance.md'), await reportOf(results, await runNics(results)));
