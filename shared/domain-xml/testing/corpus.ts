import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** libvirt's own test data, which lies beside the project in some checkouts and is never a part of it. */
export const corpusDirectory = path.resolve(import.meta.dirname, '../../../../shared/conformance/corpus');

const hasCorpus = existsSync(corpusDirectory);

/** Why tests over it are skipped; undefined when it is there. */
export const corpusMissing = hasCorpus ? undefined : `libvirt's test data is not at ${corpusDirectory}`;

/** Every domain of the corpus: its name, its text, and libvirt's words where it refuses it. */
export function corpusCases(): { name: string; text: string; refusal: string | undefined }[] {
  if (!hasCorpus) return [];
  const files = readdirSync(corpusDirectory);
  const refusals = new Map(
    files
      .filter((file) => file.endsWith('.err'))
      .map((file) => [file.replace(/(?:\.x86_64-latest)?\.err$/, ''), path.join(corpusDirectory, file)]),
  );
  return files
    .filter((file) => file.endsWith('.xml'))
    .map((file) => {
      const name = file.slice(0, -'.xml'.length);
      const refusal = refusals.get(name);
      return {
        name,
        text: readFileSync(path.join(corpusDirectory, file), 'utf8'),
        refusal: refusal === undefined ? undefined : readFileSync(refusal, 'utf8').trim(),
      };
    });
}
