import { ErrorCallout } from '../components/error-callout.tsx';
import type { BrokenDefinition } from '../state/machines-feed.ts';

/** Definition files that could not be read: each with where it was kept. The other machines are unaffected. */
export function BrokenDefinitions({ broken }: { readonly broken: readonly BrokenDefinition[] }) {
  return (
    <div className="broken">
      {broken.map((one) => (
        <ErrorCallout key={one.file} error={one.error} title="A stored definition can’t be read.">
          <span className="small">
            Kept aside as <span className="mono selectable">{one.keptAs}</span>
          </span>
        </ErrorCallout>
      ))}
    </div>
  );
}
