import { useQuery } from '@tanstack/react-query';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { RetryCallout } from '../components/retry-callout.tsx';
import { useApi } from '../state/services.ts';
import { shellLines } from './shell-quote.ts';

/** The launch plan as the command line that a start would use. */
export function CommandLineDialog({ machine, onClose }: { readonly machine: MachineSummary; readonly onClose: () => void }) {
  const api = useApi();
  const plan = useQuery({
    queryKey: ['native', machine.connection, machine.uuid],
    gcTime: 0,
    queryFn: ({ signal }) => api['machines.native']({ connection: machine.connection, machine: refOf(machine) }, { signal }),
  });
  const text = plan.data && shellLines(plan.data.emulator, plan.data.argv);
  return (
    <Dialog onClose={onClose} title={`QEMU command line of ${machine.name}`} size={800}>
      {plan.error && <RetryCallout error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.isPending && <p className="dim">Making the launch plan…</p>}
      {text !== undefined && (
        <>
          <div className="row">
            <p className="small dim grow">What a start would run. Descriptors are inherited; their numbers are those of the next start.</p>
            <CopyButton text={text} what="the command line" />
          </div>
          {/* A scrolling box must be reachable by keyboard. */}
          <section className="log-box" tabIndex={0} aria-label="Command line">
            <pre className="log-text mono selectable">{text}</pre>
          </section>
        </>
      )}
    </Dialog>
  );
}
