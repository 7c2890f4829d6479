import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ErrorData } from '../../../shared/errors.ts';
import type { Interface, PortForward } from '../../../shared/domain/interface.ts';
import { ipFamily } from '../../../shared/domain-xml/index.ts';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { ReasonedButton, ReasonedIcon } from '../../components/reasoned-button.tsx';
import { errorDataOf } from '../../errors.ts';
import { useApi } from '../../state/services.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceFormProps } from '../types.ts';
import { readNic, typeOf, writeNic } from './nic-model.ts';

/** One forward: a port of this computer that leads to one of the guest. */
export interface Forward {
  readonly proto: 'tcp' | 'udp';
  /** Empty: every address of this computer. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

/**
 * The forwards of a slirp network in the answer of QEMU's `info usernet`: rows like `TCP[HOST_FORWARD]  12  127.0.0.1  8080  10.0.2.15  80`,
 * under a heading with the netdev's name. Pure.
 */
export function readUsernet(text: string, netdev: string): readonly Forward[] {
  // Each netdev has a heading at the margin: `Hub -1 (hostnet0):`.
  const parts = text.split(/\n(?=\S)/);
  const own = parts.find((part) => part.includes(`(${netdev})`)) ?? text;
  return [...own.matchAll(/(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/g)].map(([, proto, address = '', from, to]) => ({
    proto: proto === 'UDP' ? 'udp' : 'tcp',
    hostAddress: address === '*' || address === '0.0.0.0' ? '' : address,
    hostPort: Number(from),
    guestPort: Number(to),
  }));
}

/** What is wrong with a new forward, by field. Pure. */
export function forwardFault(
  draft: { readonly hostAddress: string; readonly hostPort: string; readonly guestPort: string; readonly proto: string },
  others: readonly Forward[],
): string | undefined {
  const port = (text: string) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
  if (draft.hostAddress !== '' && ipFamily(draft.hostAddress) === undefined)
    return 'The address is one of this computer’s, or empty for all.';
  if (!port(draft.hostPort)) return 'The port of this computer is 1 to 65535.';
  if (!port(draft.guestPort)) return 'The guest’s port is 1 to 65535.';
  const twin = others.some(
    (one) => one.proto === draft.proto && one.hostPort === Number(draft.hostPort) && one.hostAddress === draft.hostAddress,
  );
  return twin ? `${draft.proto} port ${draft.hostPort} is forwarded already.` : undefined;
}

const empty = { proto: 'tcp', hostAddress: '', hostPort: '', guestPort: '' };

/** Every plain rule of a passt NIC as a row; ranges and exclusions stay in the XML. */
const storedForwards = (nic: Interface): readonly Forward[] =>
  nic.portForwards.flatMap(({ proto, address, ranges }) =>
    ranges
      .filter((range) => range.exclude !== true && range.end === undefined)
      .map((range) => ({ proto, hostAddress: address ?? '', hostPort: range.start, guestPort: range.to ?? range.start })),
  );

const same = (a: Forward) => (b: Forward) => a.proto === b.proto && a.hostPort === b.hostPort && a.hostAddress === b.hostAddress;

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

/** Port forwards of a user-mode NIC: live with slirp, in the definition with passt. */
export function PortForwards({ context }: DeviceFormProps) {
  if (typeOf(context.element) !== 'user') return null;
  return <Rows context={context} />;
}

function Rows({ context }: Pick<DeviceFormProps, 'context'>) {
  const api = useApi();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const [error, setError] = useState<ErrorData | null>(null);
  const [touched, setTouched] = useState(false);
  const { machine, live } = context;
  const { nic } = readNic(context.document, context.element);
  const passt = readPlace(context.element, 'backend/@type') === 'passt';
  const alias = live === undefined ? undefined : readPlace(live, 'alias/@name');
  const slirpRuns =
    !passt && alias !== undefined && live !== undefined && typeOf(live) === 'user' && readPlace(live, 'backend/@type') !== 'passt';
  const key = ['usernet', machine.uuid, machine.id, alias];
  const usernet = useQuery({
    queryKey: key,
    enabled: slirpRuns,
    staleTime: 0,
    queryFn: async () => {
      const command = JSON.stringify({ execute: 'human-monitor-command', arguments: { 'command-line': 'info usernet' } });
      const { reply } = await api['machines.monitor']({ machine: machine.uuid, command });
      return readUsernet(typeof reply === 'string' ? reply : '', `host${alias ?? ''}`);
    },
  });
  const rows = passt ? (nic ? storedForwards(nic) : []) : (usernet.data ?? []);
  const rest = passt && nic ? nic.portForwards.reduce((sum, rule) => sum + Math.max(1, rule.ranges.length), 0) - rows.length : 0;
  const fault = forwardFault(draft, rows);
  const change = async (how: 'add' | 'remove', one: Forward) => {
    setError(null);
    if (passt) {
      if (nic) writeNic(context, how === 'add' ? withForward(nic, one) : withoutForward(nic, one));
      return;
    }
    try {
      const { hostAddress, ...others } = one;
      await api['networks.forward']({
        machine: machine.uuid,
        alias: alias ?? '',
        how,
        ...others,
        ...(hostAddress === '' ? {} : { hostAddress }),
        scope: 'live',
      });
      await queries.invalidateQueries({ queryKey: key });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  const add = async () => {
    setTouched(true);
    if (fault !== undefined) return;
    await change('add', {
      proto: draft.proto === 'udp' ? 'udp' : 'tcp',
      hostAddress: draft.hostAddress,
      hostPort: Number(draft.hostPort),
      guestPort: Number(draft.guestPort),
    });
    setDraft(empty);
    setTouched(false);
  };
  const set = (part: Partial<typeof empty>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <section className="nic-forwards" aria-label="Port forwards">
      <h3>Port forwards</h3>
      {error && <ErrorCallout error={error} onDismiss={() => setError(null)} />}
      <p className="hint">
        {passt
          ? 'Stored with the NIC; passt takes them when the machine starts.'
          : slirpRuns
            ? 'In force at once, until the machine is shut down. The backend passt stores them.'
            : live === undefined
              ? 'With slirp they can be added while the machine runs. The backend passt stores them.'
              : 'They can be changed after the next start.'}
      </p>
      {rows.length > 0 && (
        <table className="table nic-forward-table">
          <thead>
            <tr>
              <th>Protocol</th>
              <th>This computer</th>
              <th>Guest’s port</th>
              <th aria-label="Remove" />
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.proto} ${one.hostAddress} ${String(one.hostPort)}`}>
                <td>{one.proto.toUpperCase()}</td>
                <td className="mono">
                  {one.hostAddress === '' ? 'any address' : one.hostAddress}, port {one.hostPort}
                </td>
                <td className="mono">{one.guestPort}</td>
                <td className="right">
                  <ReasonedIcon
                    label={`Remove the forward of ${one.proto} port ${String(one.hostPort)}`}
                    onClick={() => void change('remove', rows.find(same(one)) ?? one)}
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
      {(passt || slirpRuns) && (
        <>
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
              value={draft.hostAddress}
              onChange={(event) => set({ hostAddress: event.currentTarget.value.trim() })}
            />
            <TextInput
              aria-label="Port of this computer"
              w={72}
              placeholder="8080"
              inputMode="numeric"
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
              value={draft.guestPort}
              onChange={(event) => set({ guestPort: event.currentTarget.value.trim() })}
            />
            {passt ? (
              <ReasonedButton
                reason={touched ? fault : undefined}
                onClick={() => void add()}
                leftSection={<IconPlus size={14} aria-hidden />}
              >
                Add
              </ReasonedButton>
            ) : (
              <Button onClick={() => void add()} leftSection={<IconPlus size={14} aria-hidden />}>
                Add Now
              </Button>
            )}
          </div>
          {touched && fault !== undefined && (
            <p className="field-error" role="alert">
              {fault}
            </p>
          )}
        </>
      )}
    </section>
  );
}
