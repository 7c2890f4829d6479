/** One side of a comparison: what was measured and its samples. */
export interface Side {
  readonly name: string;
  readonly samples: readonly number[];
}

/** A line of the report. */
export interface Comparison {
  readonly title: string;
  readonly unit: 'ms' | 'MB/s' | 'MB' | '%';
  readonly ours: Side;
  /** What ours is held against; more than one is fine. */
  readonly others: readonly Side[];
  /** Targets: ours divided by the other of that name. `most`: not above; `least`: not below. */
  readonly targets?: readonly { readonly against: string; readonly most?: number; readonly least?: number }[];
  /** A bound on ours itself, in its unit. */
  readonly atMost?: number;
  /** Why something that belongs here is missing. */
  readonly notes?: readonly string[];
}

/** The middle value; of an even number the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const high = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + high) / 2 : high;
}

/** Runs a piece of work and tells its duration. ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

/** One comparison as text: medians, spreads, ratios, and whether the targets are met. */
export function report({ title, unit, ours, others, targets = [], atMost, notes = [] }: Comparison): string {
  const lines = [title];
  const mine = median(ours.samples);
  for (const { name, samples } of [ours, ...others]) {
    if (samples.length === 0) continue; // not measured: a note says why
    const spread =
      samples.length > 1 ? `  (${number(Math.min(...samples))} to ${number(Math.max(...samples))}, ${samples.length} runs)` : '';
    lines.push(`  ${name.padEnd(28)} ${number(median(samples)).padStart(8)} ${unit}${spread}`);
  }
  for (const { against, most, least } of targets) {
    const other = others.find(({ name }) => name === against);
    if (other === undefined) continue;
    const ratio = mine / median(other.samples);
    const met = (most === undefined || ratio <= most) && (least === undefined || ratio >= least);
    const target = most === undefined ? `at least ${least}` : `at most ${most}`;
    lines.push(`  ${met ? 'met' : 'MISSED'}: ${number(ratio)} times ${against}; the target is ${target}`);
  }
  if (atMost !== undefined) lines.push(`  ${mine <= atMost ? 'met' : 'MISSED'}: the target is at most ${atMost} ${unit}`);
  for (const note of notes) lines.push(`  ${note}`);
  return lines.join('\n');
}
