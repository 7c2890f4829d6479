import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reportOf, runCorpus } from './conformance.ts';

await writeFile(resolve(import.meta.dirname, '../../../docs/conformance.md'), await reportOf(await runCorpus()));
