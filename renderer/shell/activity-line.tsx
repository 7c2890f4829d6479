import { Popover } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconHistory } from '@tabler/icons-react';
import { JobsButton } from '../jobs/jobs-button.tsx';
import { formatClock } from '../words/format.ts';
import { go } from '../state/route.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useComputerFacts, useHostFacts } from '../computer/use-host-facts.ts';
import { useActivity } from '../state/activity-store.ts';
import { useKvmTrial } from '../state/use-jobs.ts';
import { useServices } from '../state/services.ts';
import { ActivityList } from './activity-list.tsx';
import './activity-line.css';

/** What is known of KVM here. */
const kvmWords = {
  yes: { Glyph: IconCircleCheck, words: 'KVM' },
  no: { Glyph: IconAlertTriangle, words: 'No KVM: machines run emulated' },
  trying: { Glyph: IconCircleDashed, words: 'KVM is being tried' },
  untried: { Glyph: IconCircleDashed, words: 'KVM not tried yet' },
} as const;

/** The window's foot, on every page: can this host do KVM, and the last thing we did to it. */
export function ActivityLine() {
  const { activity } = useServices();
  const lines = useActivity(activity);
  // Of this computer, whatever the page is about.
  const computer = useComputerFacts().data;
  const facts = useHostFacts(embeddedConnection);
  const trying = useKvmTrial();
  const last = lines.at(-1);
  const kvm = computer?.kvm.usable;
  const { Glyph, words } = kvmWords[kvm === 'yes' || kvm === 'no' ? kvm : trying ? 'trying' : 'untried'];
  return (
    <footer className="activity-line" data-region tabIndex={-1} aria-label="Activity">
      {computer && (
        <button type="button" className="activity-fact inset-focus" title={computer.kvm.message} onClick={() => go({ page: 'host' })}>
          <Glyph size={13} aria-hidden data-ok={kvm === 'yes'} />
          {words}
        </button>
      )}
      {facts && !facts.qemu && (
        <button type="button" className="activity-fact inset-focus" onClick={() => go({ page: 'host' })}>
          <IconAlertTriangle size={13} aria-hidden /> QEMU not installed
        </button>
      )}
      {computer && <span className="divider" />}
      <Popover position="top-start" width={560} withRoles={false}>
        <Popover.Target>
          <button type="button" className="activity-last clip inset-focus" aria-haspopup="dialog" aria-label="Recent activity">
            {last ? (
              <>
                <span className="num">{formatClock(last.at)}</span> <span data-severity={last.severity}>{last.text}</span>
              </>
            ) : (
              'Nothing done to this computer since Tapestry started'
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown p={0}>
          <ActivityList lines={lines} />
        </Popover.Dropdown>
      </Popover>
      <span className="grow" />
      <IconHistory size={13} aria-hidden />
      <span className="num">{lines.length === 0 ? 'None recorded' : `${String(lines.length)} recorded`}</span>
      <JobsButton />
    </footer>
  );
}
