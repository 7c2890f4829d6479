import { notifications } from '@mantine/notifications';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { NicFinding } from '../../shared/contract/networks.ts';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { ReasonedIcon } from '../components/reasoned-button.tsx';
import { roomyHeight, useWindowAtLeast } from '../components/use-window-height.ts';
import { errorDataOf } from '../words/errors.ts';
import { applyFixes } from '../machine/apply-fix.ts';
import { useNics } from '../nics/host-network.ts';
import { useLost, useLostReason } from '../state/use-link-status.ts';
import { useServices } from '../state/services.ts';
import { unsupported } from '../forms/support.ts';
import { readPlace } from '../xml/edits.ts';
import type { DeviceFormProps } from '../forms/types.ts';
import { changeNic } from './change-nic.ts';
import { MoveNote } from './move-note.tsx';
import { NicTimeline } from './nic-timeline.tsx';
import { typeOf } from './nic-model.ts';
import { StripCells } from './strip-cells.tsx';

const remembered = 'tapestry.nic-strip';

/** Is the strip open: as it was left, else where there is room for it. */
function useOpen(): readonly [open: boolean, set: (open: boolean) => void] {
  const roomy = useWindowAtLeast(roomyHeight);
  const [chosen, choose] = useState(() => localStorage.getItem(remembered));
  const set = (open: boolean) => {
    const word = open ? 'open' : 'closed';
    localStorage.setItem(remembered, word);
    choose(word);
  };
  return [chosen === null ? roomy : chosen === 'open', set];
}

/** Why the last start failed at this NIC, with what mends it, and what was tried one press away. */
function StartFinding({
  context,
  finding,
  tried,
}: {
  readonly context: DeviceFormProps['context'];
  readonly finding: NicFinding;
  readonly tried: readonly [open: boolean, set: (open: boolean) => void] | undefined;
}) {
  const services = useServices();
  const reason = useLostReason();
  const [error, setError] = useState<ErrorData | null>(null);
  const { machine } = context;
  // The form below is about that path.
  const { path: _path, ...told } = finding;
  const fix = async (chosen: ErrorFix) => {
    setError(null);
    try {
      const done = await applyFixes(services, machine, [{ at: finding, fix: chosen }], 'start');
      if (done !== undefined) notifications.show({ message: done });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <>
      <ErrorCallout error={told} title={`The start of ${machine.name} stopped at this NIC.`} at={finding.at} onFix={fix} fixReason={reason}>
        {tried && (
          <button type="button" className="link" aria-expanded={tried[0]} onClick={() => tried[1](!tried[0])}>
            What Was Tried
          </button>
        )}
      </ErrorCallout>
      {error && <ErrorCallout error={error} onDismiss={() => setError(null)} />}
    </>
  );
}

/** What is wrong with a NIC that runs, with the way back to what its definition says. */
function RunningFault({ context, fault }: { readonly context: DeviceFormProps['context']; readonly fault: ErrorData }) {
  const { api } = useServices();
  const reason = useLostReason();
  const [error, setError] = useState<ErrorData | null>(null);
  const putBack = async (fix: ErrorFix) => {
    setError(null);
    try {
      if (fault.code === 'bridge-missing' && fix.value !== undefined)
        await api['networks.createBridge']({ connection: context.machine.connection, name: fix.value });
      // Where the definition says the same, both stay in step.
      await changeNic(api, context, [], { persist: true });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <>
      <ErrorCallout error={fault} onFix={putBack} fixReason={reason} />
      {error && <ErrorCallout error={error} onDismiss={() => setError(null)} />}
    </>
  );
}

const offWords = ({ machine, element }: DeviceFormProps['context']): string => {
  if (machine.id !== null) return 'The machine runs without this NIC; it has it from the next start on.';
  return ['bridge', 'ethernet'].includes(typeOf(element)) && readPlace(element, 'target/@managed') !== 'no'
    ? 'The machine is shut off: the helper makes the TAP at start, and it is gone when QEMU ends.'
    : 'The machine is shut off.';
};

/** Why nothing goes through a NIC of a machine whose guest doesn't run. */
const haltedWord = ({ state }: DeviceFormProps['context']['machine']): string | undefined =>
  ({ paused: 'paused', pmsuspended: 'asleep', crashed: 'crashed' })[state as string];

/** A NIC that doesn't run: why it didn't start, or that it comes with the next start. */
function OffStrip({ context }: DeviceFormProps) {
  const { machine, stored } = context;
  const now = useNics(machine, machine.id === null);
  const roomy = useWindowAtLeast(roomyHeight);
  const [chosen, choose] = useState<boolean>();
  const tried = [chosen ?? roomy, choose] as const;
  const mac = stored && readPlace(stored, 'mac/@address')?.toLowerCase();
  const failed = now?.nics.find((one) => one.mac.toLowerCase() === mac && one.finding !== undefined);
  return (
    <>
      {failed?.finding && (
        <section className="nic-strip" aria-label="Why this NIC did not start">
          <StartFinding context={context} finding={failed.finding} tried={failed.timeline.length > 0 ? tried : undefined} />
          {failed.timeline.length > 0 && (
            <div className="nic-card" hidden={!tried[0]}>
              <NicTimeline nic={failed} />
            </div>
          )}
        </section>
      )}
      <p className="nic-off small dim clip" title={offWords(context)}>
        {offWords(context)}
      </p>
    </>
  );
}

/**
 * The live strip of a NIC: what it is on this computer now, as one line; opened, also how it came to be. It is open by itself while a move
 * goes on. Off, why it didn’t start.
 */
export function NicStrip(props: DeviceFormProps) {
  const { machine, live } = props.context;
  const id = useId();
  const lost = useLost();
  const now = useNics(machine, live !== undefined);
  const [wanted, setWanted] = useOpen();
  const mac = live && readPlace(live, 'mac/@address')?.toLowerCase();
  const untold = unsupported('nics', props.context);
  if (untold !== undefined) return <p className="nic-off small dim clip">{untold}</p>;
  if (!live) return <OffStrip {...props} />;
  const nic = now?.nics.find((one) => one.mac.toLowerCase() === mac);
  const moving = nic?.moved !== undefined;
  const open = wanted || moving;
  return (
    <section className={`nic-strip${lost ? ' stale' : ''}`} aria-label="This NIC now" aria-busy={nic === undefined}>
      {nic?.detachPending === true && (
        <output className="callout warn nic-pending">
          Detach was asked for, and the guest has not let go of it yet. It stays until the guest does, or until the machine is shut down.
        </output>
      )}
      {nic?.fault && <RunningFault context={props.context} fault={nic.fault} />}
      {nic && <MoveNote context={props.context} nic={nic} />}
      <div className="nic-card" data-open={open || undefined} id={id}>
        {nic && now ? (
          <>
            <div className="nic-line">
              <StripCells nic={nic} rates={now.rates} pid={machine.pid} halted={lost ? 'last known' : haltedWord(machine)} />
              <ReasonedIcon
                label={open ? 'Show one line of it' : 'Show who made it, and when'}
                pressed={open}
                reason={moving ? 'It stays open while the cable is moved' : undefined}
                onClick={() => setWanted(!open)}
              >
                {open ? <IconChevronUp size={14} /> : <IconChevronDown size={14} />}
              </ReasonedIcon>
            </div>
            <div hidden={!open}>
              <NicTimeline nic={nic} />
            </div>
          </>
        ) : (
          <p className="nic-waiting small dim">{now ? 'QEMU has no NIC of this address now.' : ''}</p>
        )}
      </div>
    </section>
  );
}
