import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reportOf, runCorpus, runNics } from './conformance.ts';

const results = runCorpus();
await writeFile(resolve(import.meta.dirname, '../../../docs/conformance.md'), await reportOf(results, runNics(results)));
