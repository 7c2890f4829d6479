import { ErrorCallout } from '../components/error-callout.tsx';
import type { BrokenDefinition } from '../state/machines-feed.ts';

/** Definition files that are none of the machines: each with why, and where it is. The other machines are unaffected. */
export function BrokenDefinitions({ broken }: { readonly broken: readonly BrokenDefinition[] }) {
  return (
    <div className="broken">
      {broken.map((one) => (
        <ErrorCallout key={one.keptAs} error={one.error} title={titleOf(one)}>
          <span className="small">
            {one.keptAs === one.file ? 'Left as it is:' : 'Kept aside as'} <span className="mono selectable">{one.keptAs}</span>
          </span>
        </ErrorCallout>
      ))}
    </div>
  );
}

function titleOf({ error }: BrokenDefinition): string {
  return error.code === 'duplicate-uuid' || error.code === 'duplicate-name'
    ? 'A file of the stored definitions is not used.'
    : 'A stored definition can’t be read.';
}
