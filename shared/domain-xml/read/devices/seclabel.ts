import { made } from '../../../domain/made.ts';
import type { SecurityLabel, SourceSecurityLabel } from '../../../domain/seclabel.ts';
import type { Reader } from '../reader/reader.ts';

/** Reads the `<seclabel>` children of a `<source>`; undefined when there are none. */
export function readSourceSeclabels(source: Reader): SourceSecurityLabel[] | undefined {
  const labels = source.children('seclabel');
  const models = new Set<string>();
  for (const label of labels) {
    const model = label.attribute('model');
    if (model === undefined && labels.length > 1) label.error('Each of several <seclabel> needs a model.', 'model');
    if (model !== undefined && models.has(model)) label.error(`There are two <seclabel> for the model '${model}'.`, 'model');
    if (model !== undefined) models.add(model);
  }
  if (labels.length === 0) return undefined;
  return labels.map((label) =>
    made<SourceSecurityLabel>({
      path: label.path,
      model: label.attribute('model'),
      relabel: label.yesNo('relabel'),
      labelSkip: label.yesNo('labelskip'),
      label: label.childText('label'),
    }),
  );
}

/** Reads the domain's own `<seclabel>` elements. */
export function readSecurityLabels(domain: Reader): SecurityLabel[] {
  const seen = new Set<string>();
  return domain.children('seclabel').map((label) => {
    const model = label.attribute('model');
    if (model !== undefined && seen.has(model)) label.error(`There are two <seclabel> for the model '${model}'.`, 'model');
    if (model !== undefined) seen.add(model);
    return made<SecurityLabel>({
      path: label.path,
      type: label.oneOf('type', ['none', 'dynamic', 'static', 'default']) ?? 'dynamic',
      model,
      relabel: label.yesNo('relabel'),
      label: label.childText('label'),
      imageLabel: label.childText('imagelabel'),
      baseLabel: label.childText('baselabel'),
    });
  });
}
