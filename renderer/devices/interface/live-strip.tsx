import { Popover } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState, type ReactNode } from 'react';
import type { NicFinding, NicStatus } from '../../../shared/contract/networks.ts';
import type { ErrorData, ErrorFix } from '../../../shared/errors.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { useNow } from '../../components/use-now.ts';
import { errorDataOf } from '../../errors.ts';
import { formatBitRate, formatBytes } from '../../format.ts';
import { applyFix } from '../../machines/apply-fix.ts';
import { nicHistory, useNics, type NicsNow } from '../../network/host-network.ts';
import { addressSource } from '../../network/nic-words.ts';
import { useServices } from '../../state/services.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceFormProps } from '../types.ts';
import { changeNic } from './change-nic.ts';
import { MoveNote } from './move-note.tsx';
import { NicTimeline } from './nic-timeline.tsx';
import { typeOf } from './nic-model.ts';

function Cell({ title, children, note }: { readonly title: ReactNode; readonly children: ReactNode; readonly note?: ReactNode }) {
  return (
    <div className="nic-cell">
      <div className="tiny dim clip">{title}</div>
      <div className="row nic-cell-value">{children}</div>
      <div className="tiny dim clip">{note}</div>
    </div>
  );
}

const none: readonly number[] = [];

function RateCell({
  title,
  bps,
  bytes,
  drops,
  values,
  tone,
}: {
  readonly title: string;
  readonly bps: number | null;
  readonly bytes: number | null;
  readonly drops: number | null;
  readonly values: readonly number[];
  readonly tone: 'text' | 'saved';
}) {
  return (
    <Cell
      title={title}
      note={
        bytes === null ? (
          'no counters on this computer'
        ) : (
          <span className="num">
            {formatBytes(bytes)}, <span className={(drops ?? 0) > 0 ? 'tone-paused' : ''}>{String(drops ?? 0)} dropped</span>
          </span>
        )
      }
    >
      <span className="num medium nowrap">
        {bps === null ? <span className="dim">{bytes === null ? 'not counted' : 'measuring'}</span> : formatBitRate(bps)}
      </span>
      {bytes !== null && <Sparkline values={values} top={Math.max(...values, 1)} span={nicHistory} width={40} height={16} tone={tone} />}
    </Cell>
  );
}

/** Flags in the kernel's words without what all of them begin with: `vnet_hdr, multi_queue`. */
const flagWords = (flags: readonly string[]): string =>
  flags
    .map((flag) => flag.replace(/^IFF_/, '').toLowerCase())
    .filter((flag) => flag !== 'tap' && flag !== 'no_pi')
    .join(', ');

function Addresses({ nic }: { readonly nic: NicStatus }) {
  const now = useNow(5000);
  const [open, setOpen] = useState(false);
  const ordered = nic.addresses.toSorted((a, b) => Number(a.address.startsWith('fe80:')) - Number(b.address.startsWith('fe80:')));
  const [best, ...more] = ordered;
  const from = (one: NicStatus['addresses'][number]) => addressSource(one, nic, now);
  const title = nic.guestName === undefined ? 'Addresses' : `${nic.guestName} in the guest`;
  if (!best) {
    return (
      <div className="nic-cell nic-cell-wide">
        <div className="tiny dim clip">{title}</div>
        <div className="small dim nic-reason selectable" title={nic.addressReason ?? undefined}>
          {nic.addressReason ?? 'None is known.'}
        </div>
      </div>
    );
  }
  return (
    <Cell title={title} note={from(best)}>
      <span className="mono clip selectable">{best.address}</span>
      <CopyButton text={best.address} what="the address" />
      {more.length > 0 && (
        <Popover opened={open} onChange={setOpen} position="bottom-end" width={420}>
          <Popover.Target>
            <button type="button" className="link tiny nowrap" aria-expanded={open} onClick={() => setOpen(!open)}>
              {more.length} more
            </button>
          </Popover.Target>
          <Popover.Dropdown>
            {ordered.map((one) => (
              <div key={`${one.address} ${one.source}`} className="row nic-address">
                <span className="mono selectable grow clip">
                  {one.address}/{one.prefix}
                </span>
                <span className="tiny dim nowrap">{from(one)}</span>
                <CopyButton text={one.address} what={one.address} />
              </div>
            ))}
          </Popover.Dropdown>
        </Popover>
      )}
    </Cell>
  );
}

const creator = (nic: NicStatus): string => {
  if (!nic.createdBy) return nic.device === null ? '' : 'not made by Tapestry';
  const { who, pid } = nic.createdBy;
  return `made by ${/helper/.test(who) ? 'helper' : who}${pid === null ? '' : ` ${String(pid)}`}`;
};

/** The facts of a NIC of a running machine. */
export function StripCells({
  nic,
  rates,
  pid,
}: {
  readonly nic: NicStatus;
  readonly rates: NicsNow['rates'];
  readonly pid: number | null;
}) {
  const past = rates[nic.alias];
  const flags = flagWords(nic.flags);
  return (
    <div className="nic-cells">
      <Cell title={nic.type === 'direct' ? 'macvtap' : 'TAP'} note={creator(nic)}>
        {nic.device === null ? (
          <span className="dim">none</span>
        ) : (
          <>
            <span className="mono medium clip selectable">{nic.device}</span>
            <CopyButton text={nic.device} what="the TAP’s name" />
          </>
        )}
      </Cell>
      <Cell title={pid === null ? 'In QEMU' : `In QEMU ${String(pid)}`} note={flags === '' ? nic.model : flags}>
        <span className="medium num clip">{nic.descriptors.length === 0 ? nic.alias : `fd ${nic.descriptors.join(', ')}`}</span>
      </Cell>
      {(nic.type === 'bridge' || nic.bridge !== null) && (
        <Cell
          title="Bridge port"
          note={
            <span className={nic.link === 'down' ? 'tone-paused' : nic.portState === 'forwarding' ? 'tone-running' : 'tone-paused'}>
              {nic.link === 'down' ? 'cable pulled' : (nic.portState ?? 'not on a bridge')}
            </span>
          }
        >
          <span className="mono medium clip">{nic.bridge ?? <span className="dim">none</span>}</span>
          {nic.bridge !== null && <CopyButton text={nic.bridge} what="the bridge’s name" />}
        </Cell>
      )}
      {nic.type !== 'bridge' && nic.bridge === null && (
        <Cell title="Link" note={nic.link === 'down' ? 'cable pulled' : 'connected'}>
          <span className="medium">{nic.link === 'down' ? 'Down' : 'Up'}</span>
        </Cell>
      )}
      <RateCell title="To guest" bps={nic.rxBps} bytes={nic.rxBytes} drops={nic.rxDrops} values={past?.rx ?? none} tone="text" />
      <RateCell title="From guest" bps={nic.txBps} bytes={nic.txBytes} drops={nic.txDrops} values={past?.tx ?? none} tone="saved" />
      <Addresses nic={nic} />
    </div>
  );
}

/** Why the last start failed at this NIC, with what mends it. */
function StartFinding({ context, finding }: { readonly context: DeviceFormProps['context']; readonly finding: NicFinding }) {
  const services = useServices();
  const [error, setError] = useState<ErrorData | null>(null);
  const { machine } = context;
  // The form below is about that path.
  const { path: _path, ...told } = finding;
  const fix = async (chosen: ErrorFix) => {
    setError(null);
    try {
      const done = await applyFix(services, machine, finding, chosen, 'start');
      if (done !== undefined) notifications.show({ message: done });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <>
      <ErrorCallout error={told} title={`The start of ${machine.name} stopped at this NIC.`} at={finding.at} onFix={fix} />
      {error && <ErrorCallout error={error} onDismiss={() => setError(null)} />}
    </>
  );
}

/** What is wrong with a NIC that runs, with the way back to what its definition says. */
function RunningFault({ context, fault }: { readonly context: DeviceFormProps['context']; readonly fault: ErrorData }) {
  const { api } = useServices();
  const [error, setError] = useState<ErrorData | null>(null);
  const putBack = async (fix: ErrorFix) => {
    setError(null);
    try {
      if (fault.code === 'bridge-missing' && fix.value !== undefined) await api['networks.createBridge']({ name: fix.value });
      // Where the definition says the same, both stay in step.
      await changeNic(api, context, [], { persist: true });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <>
      <ErrorCallout error={fault} onFix={putBack} />
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

/** The live strip of a NIC: what it is on this computer now, how it came to be, and what is in transition; off, why it didn’t start. */
export function NicStrip({ context }: DeviceFormProps) {
  const { machine, live, stored } = context;
  const now = useNics(machine.uuid, live !== undefined || machine.id === null);
  const known = live ?? stored;
  const mac = known && readPlace(known, 'mac/@address')?.toLowerCase();
  const nic = now?.nics.find((one) => one.mac.toLowerCase() === mac);
  if (!live) {
    const failed = nic?.finding === undefined ? undefined : nic;
    return (
      <>
        {failed?.finding && (
          <section className="nic-strip" aria-label="Why this NIC did not start">
            <StartFinding context={context} finding={failed.finding} />
            {failed.timeline.length > 0 && (
              <div className="nic-card">
                <NicTimeline nic={failed} />
              </div>
            )}
          </section>
        )}
        <p className="nic-off small dim">{offWords(context)}</p>
      </>
    );
  }
  return (
    <section className="nic-strip" aria-label="This NIC now" aria-busy={nic === undefined}>
      {nic?.detachPending === true && (
        <output className="callout warn nic-pending">
          Detach was asked for, and the guest has not let go of it yet. It stays until the guest does, or until the machine is shut down.
        </output>
      )}
      {nic?.fault && <RunningFault context={context} fault={nic.fault} />}
      {nic && <MoveNote context={context} nic={nic} />}
      <div className="nic-card">
        {nic && now ? (
          <>
            <StripCells nic={nic} rates={now.rates} pid={machine.pid} />
            <NicTimeline nic={nic} />
          </>
        ) : (
          <p className="nic-waiting small dim">{now ? 'QEMU has no NIC of this address now.' : ''}</p>
        )}
      </div>
    </section>
  );
}
