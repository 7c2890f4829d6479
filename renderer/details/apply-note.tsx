import type { ApplyPlan } from './apply-plan.ts';

function Rows({ title, tone, lines }: { readonly title: string; readonly tone: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <dt className={tone}>{title}</dt>
      <dd>
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </dd>
    </>
  );
}

/** What Apply does to a running machine's device: now, at the next start, and what waits since before. */
export function ApplyNote({ plan }: { readonly plan: ApplyPlan }) {
  return (
    <dl className="apply-rows small">
      <Rows title="Now" tone="tone-running" lines={plan.now} />
      <Rows title="At next start" tone="tone-paused" lines={plan.later} />
      <Rows title="Saved before" tone="dim" lines={plan.waiting} />
    </dl>
  );
}
