import { Popover } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { useNow } from '../components/use-now.ts';
import { formatBitRate, formatBytes } from '../words/format.ts';
import { nicHistory, type NicsNow } from '../nics/host-network.ts';
import { addressSource, askedWords, makerWords, unseenWords } from '../nics/nic-words.ts';

/** A fact: as part of a line only its value, in the opened strip with heading and note. */
function Cell({
  title,
  children,
  note,
  kind,
}: {
  readonly title: ReactNode;
  readonly children: ReactNode;
  readonly note?: ReactNode;
  readonly kind: string;
}) {
  return (
    <div className={`nic-cell nic-cell-${kind}`}>
      <div className="tiny dim clip nic-cell-title">{title}</div>
      <div className="row nic-cell-value">{children}</div>
      <div className="tiny dim clip nic-cell-note">{note}</div>
    </div>
  );
}

const none: readonly number[] = [];

function RateCell({
  title,
  sign,
  bps,
  bytes,
  drops,
  values,
  tone,
  kind,
}: {
  readonly title: string;
  /** Stands for the title in the line. */
  readonly sign: string;
  readonly bps: number | null;
  readonly bytes: number | null;
  readonly drops: number | null;
  readonly values: readonly number[];
  readonly tone: 'text' | 'saved';
  readonly kind: string;
}) {
  return (
    <Cell
      kind={kind}
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
      <span className="nic-cell-sign" title={title} aria-hidden>
        {sign}
      </span>
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

/** No address was seen: who was asked, and what each answered, one press away. */
function Unseen({ nic, title }: { readonly nic: NicStatus; readonly title: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Cell kind="address" title={title} note={<span title={nic.addressReason ?? undefined}>{nic.addressReason ?? 'None is known.'}</span>}>
      <Popover opened={open} onChange={setOpen} position="bottom-end" width={360} trapFocus returnFocus>
        <Popover.Target>
          <button type="button" className="link small row nowrap" aria-expanded={open} onClick={() => setOpen(!open)}>
            {unseenWords(nic)} <IconHelpCircle size={14} aria-hidden />
          </button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Who was asked for an address">
          <p className="strong">
            No address was seen for <span className="mono">{nic.mac}</span>
          </p>
          <ul className="nic-answers small">
            {(nic.addressAnswers ?? []).map(({ source, answer }) => (
              <li key={source}>
                <span className="medium">{askedWords[source]}:</span> {answer.slice(0, 1).toLowerCase() + answer.slice(1)}
              </li>
            ))}
            {(nic.addressAnswers ?? []).length === 0 && <li>{nic.addressReason ?? 'Nobody could be asked.'}</li>}
          </ul>
        </Popover.Dropdown>
      </Popover>
    </Cell>
  );
}

function Addresses({ nic }: { readonly nic: NicStatus }) {
  const now = useNow(5000);
  const [open, setOpen] = useState(false);
  const ordered = nic.addresses.toSorted((a, b) => Number(a.address.startsWith('fe80:')) - Number(b.address.startsWith('fe80:')));
  const [best, ...more] = ordered;
  const from = (one: NicStatus['addresses'][number]) => addressSource(one, nic, now);
  const title = nic.guestName === undefined ? 'Addresses' : `${nic.guestName} in the guest`;
  if (!best) return <Unseen nic={nic} title={title} />;
  return (
    <Cell kind="address" title={title} note={from(best)}>
      <span className="mono clip selectable" title={`${best.address}: ${from(best)}`}>
        {best.address}
      </span>
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
  return `made by ${makerWords(nic.createdBy)}`;
};

/** How the NIC's cable stands: what the kernel says of the port, unless nothing can go through it. */
function portWord(nic: NicStatus, halted: string | undefined): { readonly word: string; readonly good: boolean } {
  if (nic.link === 'down') return { word: 'cable pulled', good: false };
  if (halted !== undefined) return { word: halted, good: false };
  if (nic.type !== 'bridge' && nic.bridge === null) return { word: 'connected', good: true };
  return { word: nic.portState ?? 'not on a bridge', good: nic.portState === 'forwarding' };
}

/**
 * The facts of a NIC of a running machine: state and bridge, TAP, rates, address. As a line they drop from the right, the address last.
 * @param halted why the guest sends and takes nothing now (`paused`), if so
 */
export function StripCells({
  nic,
  rates,
  pid,
  halted,
}: {
  readonly nic: NicStatus;
  readonly rates: NicsNow['rates'];
  readonly pid: number | null;
  readonly halted?: string | undefined;
}) {
  const past = rates[nic.alias];
  const flags = flagWords(nic.flags);
  const { word, good } = portWord(nic, halted);
  const onBridge = nic.type === 'bridge' || nic.bridge !== null;
  return (
    <div className="nic-cells">
      <Cell
        kind="port"
        title={onBridge ? 'Bridge port' : 'Link'}
        note={<span className={good ? 'tone-running' : 'tone-paused'}>{word}</span>}
      >
        <span className="nic-dot" data-good={good || undefined} aria-hidden />
        {onBridge ? (
          <>
            <span className="dim small nic-cell-on">on</span>
            <span className="mono medium clip">{nic.bridge ?? <span className="dim">none</span>}</span>
            {nic.bridge !== null && <CopyButton text={nic.bridge} what="the bridge’s name" />}
          </>
        ) : (
          <span className="medium nic-cell-full">{nic.link === 'down' ? 'Down' : 'Up'}</span>
        )}
      </Cell>
      <Cell kind="tap" title={nic.type === 'direct' ? 'macvtap' : 'TAP'} note={creator(nic)}>
        {nic.device === null ? (
          <span className="dim">{nic.type === 'user' ? 'no TAP' : 'none'}</span>
        ) : (
          <>
            <span className="mono medium clip selectable">{nic.device}</span>
            <CopyButton text={nic.device} what="the TAP’s name" />
          </>
        )}
      </Cell>
      <Cell kind="qemu" title={pid === null ? 'In QEMU' : `In QEMU ${String(pid)}`} note={flags === '' ? nic.model : flags}>
        <span className="medium num clip">{nic.descriptors.length === 0 ? nic.alias : `fd ${nic.descriptors.join(', ')}`}</span>
      </Cell>
      <RateCell
        kind="rx"
        title="To guest"
        sign="↓"
        bps={nic.rxBps}
        bytes={nic.rxBytes}
        drops={nic.rxDrops}
        values={past?.rx ?? none}
        tone="text"
      />
      <RateCell
        kind="tx"
        title="From guest"
        sign="↑"
        bps={nic.txBps}
        bytes={nic.txBytes}
        drops={nic.txDrops}
        values={past?.tx ?? none}
        tone="saved"
      />
      <Addresses nic={nic} />
    </div>
  );
}
