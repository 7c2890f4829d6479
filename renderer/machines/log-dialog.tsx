import { useQuery } from '@tanstack/react-query';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { RetryCallout } from '../components/retry-callout.tsx';
import { useApi } from '../state/services.ts';

/** The last lines of QEMU's own log. */
export function LogDialog({ machine, onClose }: { readonly machine: MachineSummary; readonly onClose: () => void }) {
  const api = useApi();
  const log = useQuery({
    queryKey: ['qemu-log', machine.connection, machine.uuid],
    gcTime: 0,
    queryFn: ({ signal }) => api['machines.log']({ machine: refOf(machine), lines: 500 }, { signal }),
  });
  return (
    <Dialog onClose={onClose} title={`QEMU log of ${machine.name}`} size={800}>
      {log.error && <RetryCallout error={log.error} onRetry={() => void log.refetch()} />}
      {log.isPending && <p className="dim">Reading the log…</p>}
      {log.data && (
        <>
          <div className="row">
            <p className="small mono dim grow selectable">{log.data.path}</p>
            <CopyButton text={log.data.text} what="the log" />
          </div>
          {log.data.text.trim() === '' ? (
            <p className="dim">QEMU has not written anything yet.</p>
          ) : (
            <section className="log-box" tabIndex={0} aria-label="Log">
              <pre className="log-text mono selectable">{log.data.text}</pre>
            </section>
          )}
        </>
      )}
    </Dialog>
  );
}
