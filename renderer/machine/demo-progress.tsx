import { Button } from '@mantine/core';
import { ErrorCallout } from '../components/error-callout.tsx';
import { JobProgress } from './job-progress.tsx';
import type { Demo } from './use-create-demo.ts';

/** What the making of the demo machine does now, or why it failed. */
export function DemoProgress({ demo }: { readonly demo: Demo }) {
  if (demo.error) {
    return (
      <ErrorCallout error={demo.error} title="The demo machine was not made.">
        <Button onClick={demo.create}>Try Again</Button>
      </ErrorCallout>
    );
  }
  if (!demo.busy) {
    return (
      <p className="small dim">
        The first time, its kernel and busybox are downloaded from your distribution’s archive: nothing is installed, and later it needs no
        network. It takes little memory and disk, and is at its login prompt in seconds.
      </p>
    );
  }
  return <JobProgress at={demo} label="Progress of the demo machine" />;
}
