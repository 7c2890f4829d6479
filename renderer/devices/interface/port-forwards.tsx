import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { refOf } from '../../../shared/contract/machine-key.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import type { Interface, PortForward } from '../../../shared/domain/interface.ts';
import { ipFamily } from '../../../shared/domain-xml/index.ts';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { ReasonedIcon } from '../../components/reasoned-button.tsx';
import { HostButton } from '../../components/host-button.tsx';
import { errorDataOf } from '../../words/errors.ts';
import { unsupported } from '../../forms/support.ts';
import { useApi } from '../../state/services.ts';
import type { DeviceFormProps } from '../../forms/types.ts';
import { readNic, typeOf, writeNic } from '../../nic-live/nic-model.ts';

/** One forward: a port of this computer that leads to one of the guest. */
export interface Forward {
  readonly proto: 'tcp' | 'udp';
  /** Empty: every address of this computer. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

/** A field of a new forward. */
type DraftField = 'hostAddress' | 'hostPort' | 'guestPort';

/** What is wrong with a new forward, and in which field. Pure. */
export function forwardFault(
  draft: { readonly hostAddress: string; readonly hostPort: string; readonly guestPort: string; readonly proto: string },
  others: readonly Forward[],
): { readonly field: DraftField; readonly message: string } | undefined {
  const port = (text: string) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
  if (draft.hostAddress !== '' && ipFamily(draft.hostAddress) === undefined)
    return { field: 'hostAddress', message: 'The address is one of this computer’s, or empty for all.' };
  if (!port(draft.hostPort)) return { field: 'hostPort', message: 'The port of this computer is 1 to 65535.' };
  if (!port(draft.guestPort)) return { field: 'guestPort', message: 'The guest’s port is 1 to 65535.' };
  const twin = others.some(
    (one) => one.proto === draft.proto && one.hostPort === Number(draft.hostPort) && one.hostAddress === draft.hostAddress,
  );
  return twin ? { field: 'hostPort', message: `${draft.proto.toUpperCase()} port ${draft.hostPort} is forwarded already.` } : undefined;
}

const empty = { proto: 'tcp', hostAddress: '', hostPort: '', guestPort: '' };

/** Every plain rule of a passt NIC as a row; ranges and exclusions stay in the XML. */
const storedForwards = (nic: Interface): readonly Forward[] =>
  nic.portForwards.flatMap(({ proto, address, ranges }) =>
    ranges
      .filter((range) => range.exclude !== true && range.end === undefined)
      .map((range) => ({ proto, hostAddress: address ?? '', hostPort: range.start, guestPort: range.to ?? range.start })),
  );

/** A forward, and when it is in force. */
interface Row {
  readonly one: Forward;
  readonly now: boolean;
  readonly next: boolean;
}

const keyOf = (one: Forward): string => `${one.proto} ${one.hostAddress} ${String(one.hostPort)} ${String(one.guestPort)}`;

/** The forwards that run and those that are stored, each once. Pure. */
export function forwardRows(now: readonly Forward[], next: readonly Forward[]): readonly Row[] {
  const running = new Set(now.map(keyOf));
  const stored = new Set(next.map(keyOf));
  const all = new Map([...now, ...next].map((one) => [keyOf(one), one]));
  return [...all].map(([key, one]) => ({ one, now: running.has(key), next: stored.has(key) }));
}

/** A NIC with one plain forward more. Pure. */
export function withForward(nic: Interface, one: Forward): Interface {
  const added: PortForward = {
    path: '',
    proto: one.proto,
    ...(one.hostAddress === '' ? {} : { address: one.hostAddress }),
    ranges: [{ start: one.hostPort, ...(one.guestPort === one.hostPort ? {} : { to: one.guestPort }) }],
  };
  return { ...nic, portForwards: [...nic.portForwards, added] };
}

/** A NIC without one plain forward; a rule that is left empty goes. Pure. */
export function withoutForward(nic: Interface, one: Forward): Interface {
  const rules = nic.portForwards.map((rule) => ({
    ...rule,
    ranges: rule.ranges.filter(
      (range) =>
        !(rule.proto === one.proto && (rule.address ?? '') === one.hostAddress && range.start === one.hostPort && range.end === undefined),
    ),
  }));
  return { ...nic, portForwards: rules.filter((rule, index) => rule.ranges.length > 0 || nic.portForwards[index]?.ranges.length === 0) };
}

/** Port forwards of a user-mode NIC: at once while it runs, and in the definition. */
export function PortForwards({ context }: DeviceFormProps) {
  if (typeOf(context.element) !== 'user') return null;
  return <Rows context={context} />;
}

/** The running NIC of the form, where it is one of user mode too. */
function runningNic(live: XmlElement | undefined, liveText: string | undefined): Interface | undefined {
  if (!live || liveText === undefined || typeOf(live) !== 'user') return undefined;
  const document = parseXml(liveText);
  return readNic(document, document.root).nic;
}

function Rows({ context }: Pick<DeviceFormProps, 'context'>) {
  const api = useApi();
  const [draft, setDraft] = useState(empty);
  const [failed, setFailed] = useState<{ readonly error: ErrorData; readonly how: 'add' | 'remove'; readonly one: Forward } | null>(null);
  const [touched, setTouched] = useState(false);
  const [busy, setBusy] = useState(false);
  const { machine, live, stored, liveText } = context;
  const { nic } = readNic(context.document, context.element);
  const runs = useMemo(() => runningNic(live, liveText), [live, liveText]);
  const next = nic ? storedForwards(nic) : [];
  const rows = forwardRows(runs ? storedForwards(runs) : [], next);
  const rest = nic ? nic.portForwards.reduce((sum, rule) => sum + Math.max(1, rule.ranges.length), 0) - next.length : 0;
  const fault = forwardFault(
    draft,
    rows.map(({ one }) => one),
  );
  const blocked = runs && (unsupported('forward', context) ?? (context.edited === true ? 'Apply or cancel your changes first' : undefined));
  /** @returns whether it was done */
  const change = async (how: 'add' | 'remove', one: Forward, scope: 'both' | 'live' | 'config'): Promise<boolean> => {
    setFailed(null);
    if (!runs) {
      if (nic) writeNic(context, how === 'add' ? withForward(nic, one) : withoutForward(nic, one));
      return true;
    }
    setBusy(true);
    try {
      const { hostAddress, ...others } = one;
      const address = hostAddress === '' ? {} : { hostAddress };
      await api['networks.forward']({ machine: refOf(machine), alias: runs.alias ?? '', how, ...others, ...address, scope });
      return true;
    } catch (thrown) {
      setFailed({ error: errorDataOf(thrown), how, one });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const add = async () => {
    setTouched(true);
    if (fault !== undefined) return;
    const one: Forward = {
      proto: draft.proto === 'udp' ? 'udp' : 'tcp',
      hostAddress: draft.hostAddress,
      hostPort: Number(draft.hostPort),
      guestPort: Number(draft.guestPort),
    };
    if (!(await change('add', one, stored ? 'both' : 'live'))) return;
    setDraft(empty);
    setTouched(false);
  };
  const set = (part: Partial<typeof empty>) => setDraft((before) => ({ ...before, ...part }));
  const wrong = (field: DraftField) => touched && fault?.field === field;
  return (
    <section className="nic-forwards" aria-label="Port forwards">
      <h3>Port forwards</h3>
      {failed && (
        <ErrorCallout error={failed.error} title="Nothing was changed." onDismiss={() => setFailed(null)}>
          {stored && failed.error.code === 'unsupported-operation' && (
            <Button onClick={() => void change(failed.how, failed.one, 'config')}>At Next Start Only</Button>
          )}
        </ErrorCallout>
      )}
      <p className="hint">
        {runs
          ? stored
            ? 'Changed at once, and for the next start.'
            : 'Changed at once, until the machine is shut down.'
          : 'Ports of this computer that lead into the guest, from the next start on.'}
      </p>
      {rows.length > 0 && (
        <table className="table nic-forward-table">
          <thead>
            <tr>
              <th>Protocol</th>
              <th>This computer</th>
              <th>Guest’s port</th>
              {runs && <th>In force</th>}
              <th aria-label="Remove" />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ one, now, next: stays }) => (
              <tr key={keyOf(one)}>
                <td>{one.proto.toUpperCase()}</td>
                <td className="mono">
                  {one.hostAddress === '' ? 'any address' : one.hostAddress}, port {one.hostPort}
                </td>
                <td className="mono">{one.guestPort}</td>
                {runs && (
                  <td className={now && stays ? 'dim' : 'tone-paused'}>
                    {now ? (stays ? 'now' : 'now, not at next start') : 'at next start'}
                  </td>
                )}
                <td className="right">
                  <ReasonedIcon
                    label={`Remove the forward of ${one.proto} port ${String(one.hostPort)}`}
                    {...(blocked === undefined ? {} : { reason: blocked })}
                    onClick={() => void change('remove', one, now ? (stays ? 'both' : 'live') : 'config')}
                  >
                    <IconTrash size={14} />
                  </ReasonedIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rest > 0 && <p className="hint">{rest} more with ranges or exclusions, in the XML.</p>}
      <div className="row nic-forward-new">
        <Select
          aria-label="Protocol"
          w={76}
          data={[
            { value: 'tcp', label: 'TCP' },
            { value: 'udp', label: 'UDP' },
          ]}
          value={draft.proto}
          onChange={(value) => set({ proto: value ?? 'tcp' })}
        />
        <TextInput
          aria-label="Address of this computer"
          w={132}
          placeholder="any address"
          error={wrong('hostAddress')}
          value={draft.hostAddress}
          onChange={(event) => set({ hostAddress: event.currentTarget.value.trim() })}
        />
        <TextInput
          aria-label="Port of this computer"
          w={72}
          placeholder="8080"
          inputMode="numeric"
          error={wrong('hostPort')}
          value={draft.hostPort}
          onChange={(event) => set({ hostPort: event.currentTarget.value.trim() })}
        />
        <span className="dim" aria-hidden>
          →
        </span>
        <TextInput
          aria-label="Port of the guest"
          w={72}
          placeholder="80"
          inputMode="numeric"
          error={wrong('guestPort')}
          value={draft.guestPort}
          onChange={(event) => set({ guestPort: event.currentTarget.value.trim() })}
        />
        <HostButton
          reason={blocked ?? (touched ? fault?.message : undefined)}
          loading={busy}
          onClick={() => void add()}
          leftSection={<IconPlus size={14} aria-hidden />}
        >
          {runs ? 'Add Now' : 'Add'}
        </HostButton>
      </div>
      {touched && fault !== undefined && (
        <p className="field-error" role="alert">
          {fault.message}
        </p>
      )}
    </section>
  );
}
