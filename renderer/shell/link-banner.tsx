import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { ErrorCallout } from '../components/error-callout.tsx';
import { formatClock } from '../words/format.ts';
import { useServices } from '../state/services.ts';
import { useLinkStatus } from '../state/use-link-status.ts';

/** Says that the link is lost, since when, and that machines go on; old values stay on the page below. */
export function LinkBanner() {
  const status = useLinkStatus();
  const { link } = useServices();
  if (status.kind === 'refused') {
    return (
      <div style={{ padding: '12px 16px 0' }}>
        <ErrorCallout error={status.error} title="Tapestry did not let this window in." />
      </div>
    );
  }
  if (status.kind !== 'lost') return null;
  return (
    <output className="link-banner">
      <IconPlugConnectedX size={16} aria-hidden />
      <span className="grow">
        <span className="medium">The connection to Tapestry is lost since {formatClock(status.since)}.</span> Running machines go on
        running; what you see is as old as that. It is tried again by itself.
      </span>
      <Button onClick={link.retry}>Try Now</Button>
    </output>
  );
}
