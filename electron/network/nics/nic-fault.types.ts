import type { NicLoss } from '../../../shared/contract/nic-steps.ts';
import type { ErrorData } from '../../../shared/errors.ts';

/** What is wrong with a NIC that runs. */
export interface NicFault {
  /** As its timeline tells it. */
  readonly loss: NicLoss;
  /** As its status tells it, with what mends it. */
  readonly error: ErrorData;
}
