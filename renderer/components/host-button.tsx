import type { ComponentProps } from 'react';
import { ReasonedButton } from './reasoned-button.tsx';
import { connectionLost, useLost } from '../state/use-link-status.ts';

/** A button whose deed needs the host: while the connection is lost it says that, before any other reason. */
export function HostButton({ reason, ...rest }: ComponentProps<typeof ReasonedButton>) {
  return <ReasonedButton {...rest} reason={useLost() ? connectionLost : reason} />;
}
