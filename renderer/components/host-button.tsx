import type { ComponentProps } from 'react';
import { ReasonedButton } from './reasoned-button.tsx';
import type { Operation } from '../../shared/contract/operations.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';

interface HostButtonProps extends ComponentProps<typeof ReasonedButton> {
  /** What its deed asks of the connection that this part of the window is about; one that can't do it says why. */
  readonly operation?: Operation;
}

/** A button whose deed needs the host: while its connection is away, or where it can't do that, it says so, before any other reason. */
export function HostButton({ reason, operation, ...rest }: HostButtonProps) {
  const standing = useStanding();
  return <ReasonedButton {...rest} reason={(operation === undefined ? standing.away : refusal(standing, operation)) ?? reason} />;
}
