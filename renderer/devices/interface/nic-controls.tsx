import { Button, TextInput } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { keyOf, refOf } from '../../../shared/contract/machine-key.ts';
import { childElements, firstChild } from '../../../shared/domain-xml/xml/nodes.ts';
import { parseMac } from '../../../shared/domain-xml/index.ts';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { pathOf } from '../../../shared/domain-xml/xml/path.ts';
import type { CustomControlProps, FormContext } from '../../forms/field-spec.ts';
import { bridgeDraftName, CreateBridgeDialog } from '../../nic-live/create-bridge-dialog.tsx';
import { InterfacePicker } from '../../nic-live/interface-picker.tsx';
import { freeName, whatItIs } from '../../nics/interface-words.ts';
import { nicTitle } from '../../nics/nic-words.ts';
import { go } from '../../state/route.ts';
import { hasDraft, justOpen, useKeptOpen } from '../../state/kept-open.ts';
import { useApi } from '../../state/services.ts';
import { machineXmlKey } from '../../state/machines-feed.ts';
import { readPlace } from '../../xml/edits.ts';
import { bitRate, macOwner, tapInTheWay } from './nic-checks.ts';
import { typeOf } from '../../nic-live/nic-model.ts';
import { HostButton } from '../../components/host-button.tsx';

/** What tells this form from others. */
const formPlace = ({ machine, element }: FormContext): string => `${keyOf(machine)} ${pathOf(element)}`;

/** The bridge: a pick list with facts, or any name. */
export function BridgeControl({ field, context, control, readOnly }: CustomControlProps) {
  const [creating, setCreating] = useKeptOpen(`bridge.${formPlace(context)}`, justOpen, () => hasDraft(bridgeDraftName('')));
  const set = (value: string) => context.edit(field.write(value, context.element));
  return (
    <>
      <InterfacePicker
        id={control.id}
        inputContainer={control.inputContainer}
        error={control.error}
        fieldId={field.id}
        what={field.id === 'bridge' ? 'bridge' : 'lower'}
        value={field.read(context.element)}
        readOnly={readOnly}
        interfaces={context.interfaces}
        onChange={set}
        onCreate={field.id === 'bridge' ? () => setCreating(true) : undefined}
      />
      {creating && <CreateBridgeDialog onClose={() => setCreating(undefined)} onCreated={set} />}
    </>
  );
}

/** Below a bridge's name that doesn't exist: says so, and makes it. A definition may name a bridge that comes later. */
export function MissingBridge({ name, context }: { readonly name: string; readonly context: FormContext }) {
  const [creating, setCreating] = useKeptOpen(`bridge.${formPlace(context)}.missing`, z.literal(name), () =>
    hasDraft(bridgeDraftName(name)),
  );
  const other = context.interfaces?.find((one) => one.name === name);
  if (other) return <>{`${name} is no bridge: it is ${whatItIs(other)}. A start would refuse it.`}</>;
  return (
    <>
      There is no bridge <span className="mono">{name}</span> yet. The machine needs it to start.{' '}
      <button type="button" className="link" onClick={() => setCreating(name)}>
        Create Bridge…
      </button>
      {creating !== undefined && <CreateBridgeDialog name={creating} onClose={() => setCreating(undefined)} onCreated={() => undefined} />}
    </>
  );
}

/** The MAC address with Generate. */
export function MacControl({ field, context, control, readOnly }: CustomControlProps) {
  const api = useApi();
  const value = field.read(context.element);
  const set = (mac: string) => context.edit(field.write(mac, context.element));
  return (
    <>
      <TextInput
        {...control}
        data-field={field.id}
        w={176}
        readOnly={readOnly}
        placeholder="made when saved"
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
        value={value}
        onChange={(event) => set(event.currentTarget.value.trim())}
      />
      <HostButton disabled={readOnly} onClick={() => void api['networks.generateMac']({}).then(({ mac }) => set(mac))}>
        Generate
      </HostButton>
      {!control.error && value !== '' && 'mac' in parseMac(value) && <span className="small dim nowrap">No duplicate</span>}
    </>
  );
}

/** Behind the error of a duplicate MAC: on which NIC, and the way there. */
export function MacOwnerLink({ value, context }: { readonly value: string; readonly context: FormContext }) {
  const api = useApi();
  const owner = macOwner(value, context);
  const machine = owner?.machine;
  const { data } = useQuery({
    queryKey: machineXmlKey(machine ?? { connection: '', uuid: '' }),
    queryFn: machine === undefined ? skipToken : ({ signal }) => api['machines.xml']({ machine: refOf(machine) }, { signal }),
  });
  if (!owner || !machine) return null;
  const text = data?.inactive ?? data?.live;
  const devices = text === undefined || text === null ? undefined : firstChild(parseXml(text).root, 'devices');
  const wanted = parseMac(value);
  const nic = (devices ? childElements(devices, 'interface') : []).find((one) => {
    const own = parseMac(readPlace(one, 'mac/@address') ?? '');
    return 'mac' in own && 'mac' in wanted && own.mac === wanted.mac;
  });
  const mac = nic && readPlace(nic, 'mac/@address')?.toLowerCase();
  return (
    <>
      {nic && <>It is on its {nicTitle(nic)}. </>}
      <button
        type="button"
        className="link"
        onClick={() =>
          go({ page: 'machine', ...refOf(machine), tab: 'details', ...(mac === undefined ? {} : { device: `interface-${mac}` }) })
        }
      >
        Open {owner.name}
      </button>
    </>
  );
}

/** Below a TAP name that exists on the host: what it is, and the ways out as buttons. */
export function TakenTap({ name, context }: { readonly name: string; readonly context: FormContext }) {
  const other = tapInTheWay(name, context);
  const ethernet = typeOf(context.element) === 'ethernet';
  if (!other) return null;
  const free = freeName(name, context.interfaces ?? []);
  return (
    <>
      <span className="mono">{name}</span> exists and is {whatItIs(other)}. Tapestry did not make it for this machine, so a start refuses it
      and leaves it alone.
      <span className="row nic-ways">
        {ethernet && other.kind === 'tap' && (
          <Button onClick={() => context.edit([{ place: 'target/@managed', value: 'no' }])}>Use It as It Is</Button>
        )}
        <Button onClick={() => context.edit([{ place: 'target/@dev', value: free }])}>Name It {free}</Button>
        {!ethernet && <Button onClick={() => context.edit([{ place: 'target/@dev', value: undefined }])}>Let Tapestry Name It</Button>}
      </span>
    </>
  );
}

/** KiB/s of the XML, with what that is in bits. */
export function RateControl({ field, context, control, readOnly }: CustomControlProps) {
  const value = field.read(context.element);
  const kilobytes = Number(value);
  return (
    <>
      <TextInput
        {...control}
        data-field={field.id}
        inputMode="numeric"
        w={92}
        readOnly={readOnly}
        placeholder="no limit"
        value={value}
        onChange={(event) => context.edit(field.write(event.currentTarget.value.trim(), context.element))}
      />
      <span className="small dim nowrap num">
        {field.unit}
        {field.unit === 'KiB/s' && /^\d+$/.test(value) && kilobytes > 0 ? ` = ${bitRate(kilobytes)}` : ''}
      </span>
    </>
  );
}
