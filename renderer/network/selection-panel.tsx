import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus, IconTrash, IconX } from '@tabler/icons-react';
import { useMemo, type ReactNode } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { uplinkDeeds } from '../../shared/contract/uplink-deeds.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ReasonedIcon } from '../components/reasoned-button.tsx';
import { HostButton } from '../components/host-button.tsx';
import { useNow } from '../components/use-now.ts';
import { deviceList } from '../devices/device-list.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { NicActions } from '../nic-live/nic-actions.tsx';
import { MoveCableDialog } from '../nic-live/move-cable-dialog.tsx';
import { MoveNote } from '../nic-live/move-note.tsx';
import { formatBitRate, formatBytes, formatClock } from '../words/format.ts';
import { go } from '../state/route.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useMachineNames } from '../state/machines-of.ts';
import { useConnection, useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { elementText } from '../xml/edits.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import type { Cable } from './drawing-layout.ts';
import { addressText, kindWords, managerOf, uplinkWord, whatItIs } from '../nics/interface-words.ts';
import { addressSource, macTail, makerWords, nicName, unseenWords } from '../nics/nic-words.ts';
import { uplinkWords } from './uplink-words.ts';

const nothing = () => undefined;

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="dim">{name}</dt>
      <dd className="selectable">{children}</dd>
    </>
  );
}

function Frame({
  title,
  sub,
  onClose,
  children,
}: {
  readonly title: string;
  readonly sub: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <aside className="net-panel" aria-label={title}>
      <div className="row">
        <h2 className="grow clip">{title}</h2>
        <ReasonedIcon label="Close" size={24} onClick={onClose}>
          <IconX size={15} />
        </ReasonedIcon>
      </div>
      <p className="mono dim selectable">{sub}</p>
      {children}
    </aside>
  );
}

/** One NIC: what it is on this computer, and what can be done with its cable. */
export function CablePanel({
  cable,
  onClose,
  moveTo,
  onMoved,
}: {
  readonly cable: Cable;
  readonly onClose: () => void;
  /** The bridge that its cable was dragged to: asks for what else there is to say. */
  readonly moveTo: string | undefined;
  readonly onMoved: () => void;
}) {
  const { machine, nic } = cable;
  const now = useNow(5000);
  const connection = useConnection();
  const { data: xml } = useMachineXml(machine);
  const context = useMemo((): FormContext | undefined => {
    if (!xml || xml.live === null) return undefined;
    const live = parseXml(xml.live);
    const document = xml.inactive === null ? live : parseXml(xml.inactive);
    const entry = deviceList(xml.inactive === null ? undefined : document, live).find(
      (one) => one.live?.name === 'interface' && one.key.startsWith(`interface-${nic.mac.toLowerCase()}`),
    );
    const element = entry?.stored ?? entry?.live;
    if (!entry?.live || !element) return undefined;
    return {
      machine,
      connection,
      facts: undefined,
      document,
      element,
      stored: entry.stored,
      live: entry.live,
      liveText: elementText(xml.live, pathOf(entry.live)),
      machines: [],
      edit: nothing,
      setText: nothing,
    };
  }, [xml, machine, connection, nic.mac]);
  return (
    <Frame title={`${machine.name} · ${nicName(nic)} ${macTail(nic.mac)}`} sub={nic.mac} onClose={onClose}>
      {context && <MoveNote context={context} nic={nic} />}
      {nic.detachPending && <p className="callout warn">Detach was asked for, and the guest has not let go of it yet.</p>}
      <div className="net-panel-actions">
        {context && <NicActions context={context} errors={new Map()} />}
        <Button onClick={() => go({ page: 'machine', ...refOf(machine), tab: 'details', device: `interface-${nic.mac.toLowerCase()}` })}>
          Open NIC
        </Button>
      </div>
      {context && moveTo !== undefined && <MoveCableDialog nic={context} title={nicName(nic)} to={moveTo} onClose={onMoved} />}
      <dl className="net-facts small">
        <Fact name="TAP">
          {nic.device === null ? (
            <span className="dim">none</span>
          ) : (
            <span className="row">
              <span className="mono">{nic.device}</span>
              <CopyButton text={nic.device} what="the TAP’s name" />
            </span>
          )}
        </Fact>
        {nic.createdBy && (
          <Fact name="Made by">
            {makerWords(nic.createdBy)}, {formatClock(nic.createdBy.at)}
          </Fact>
        )}
        <Fact name="In QEMU">
          {nic.descriptors.length === 0 ? nic.alias : `fd ${nic.descriptors.join(', ')}`} of {machine.pid ?? 'QEMU'}
        </Fact>
        <Fact name="Port">
          {nic.bridge === null ? <span className="dim">on no bridge</span> : `${nic.portState ?? 'unknown state'} on ${nic.bridge}`}
        </Fact>
        <Fact name="Cable">{nic.link === 'down' ? 'pulled' : 'connected'}</Fact>
        {nic.rxBytes !== null && (
          <Fact name="Traffic">
            <span className="num">
              in {nic.rxBps === null ? '' : `${formatBitRate(nic.rxBps)}, `}
              {formatBytes(nic.rxBytes)}; out {nic.txBps === null ? '' : `${formatBitRate(nic.txBps)}, `}
              {formatBytes(nic.txBytes ?? 0)}
            </span>
          </Fact>
        )}
        <Fact name="Addresses">
          {nic.addresses.length === 0 ? (
            <span className="dim">{nic.addressReason ?? unseenWords(nic)}</span>
          ) : (
            nic.addresses.map((one) => (
              <div key={`${one.address} ${one.source}`}>
                <span className="mono">{one.address}</span>
                <div className="tiny dim">{addressSource(one, nic, now)}</div>
              </div>
            ))
          )}
        </Fact>
      </dl>
    </Frame>
  );
}

/** Why a bridge can't be deleted here; undefined when it can. */
export function deleteFault(bridge: HostInterface): string | undefined {
  if (bridge.ours === null) return `Tapestry did not make it${bridge.managedBy === null ? '' : `; ${bridge.managedBy} did`}`;
  const guests = bridge.ports.filter((port) => port !== bridge.uplink);
  if (guests.length > 0) return `${guests.join(', ')} ${guests.length === 1 ? 'is' : 'are'} still plugged in`;
  return undefined;
}

/** One interface of this computer; a bridge with what can be done with it. */
export function InterfacePanel({
  one,
  interfaces,
  onClose,
  onUplink,
}: {
  readonly one: HostInterface;
  readonly interfaces: readonly HostInterface[];
  readonly onClose: () => void;
  readonly onUplink: (bridge: string) => void;
}) {
  const api = useApi();
  const connection = useScope();
  const openDialog = useDialogs((state) => state.open);
  const names = useMachineNames();
  const bridge = one.kind === 'bridge';
  // Ports that are no machine's.
  const outward = one.ports.filter(
    (port) => !['tap', 'tun', 'macvtap'].includes(interfaces.find(({ name }) => name === port)?.kind ?? 'tap'),
  );
  const remove = () =>
    openDialog({
      kind: 'confirm',
      connection,
      title: `Delete the bridge ${one.name}?`,
      text: `Machines whose NIC is on ${one.name} don’t start until there is a bridge of this name again.`,
      confirm: `Delete ${one.name}`,
      run: async () => {
        try {
          await api['networks.deleteBridge']({ connection, name: one.name });
          notifications.show({ message: `The bridge ${one.name} is deleted.` });
          onClose();
        } catch (thrown) {
          notifications.show({ message: thrown instanceof Error ? thrown.message : String(thrown), autoClose: false });
        }
      },
    });
  const takeOff = (port: string) =>
    openDialog({
      kind: 'confirm',
      connection,
      title: `Take ${port} off ${one.name}?`,
      text: uplinkDeeds.takeOff.map((deed) => uplinkWords[deed]({ bridge: one.name, card: port, addresses: [] })).join(' '),
      confirm: `Take Off ${port}`,
      run: async () => {
        try {
          await api['networks.removeUplink']({ connection, bridge: one.name, port });
        } catch (thrown) {
          notifications.show({ message: thrown instanceof Error ? thrown.message : String(thrown), autoClose: false });
        }
      },
    });
  return (
    <Frame title={`${kindWords[one.kind]} ${one.name}`} sub={one.mac} onClose={onClose}>
      {bridge && (
        <div className="net-panel-actions">
          <HostButton
            operation="uplinks"
            reason={one.uplink === null ? undefined : `${one.uplink} is its uplink already`}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onUplink(one.name)}
          >
            Add Uplink…
          </HostButton>
          {outward.map((port) => (
            <HostButton
              key={port}
              operation="uplinks"
              reason={one.ours === null ? 'Tapestry did not make this bridge' : undefined}
              onClick={() => takeOff(port)}
            >
              Take Off {port}
            </HostButton>
          ))}
          <HostButton operation="bridges" reason={deleteFault(one)} leftSection={<IconTrash size={14} aria-hidden />} onClick={remove}>
            Delete
          </HostButton>
        </div>
      )}
      <dl className="net-facts small">
        <Fact name="State">{one.up ? (one.carrier === false ? 'up, no carrier' : 'up') : 'down'}</Fact>
        {bridge && <Fact name="Uplink">{uplinkWord(one)}</Fact>}
        {bridge && (
          <Fact name="Ports">
            {one.ports.length === 0 ? <span className="dim">none</span> : <span className="mono">{one.ports.join(', ')}</span>}
          </Fact>
        )}
        {one.master !== null && (
          <Fact name="Port of">
            {one.master}
            {one.portState === null ? '' : `, ${one.portState}`}
          </Fact>
        )}
        <Fact name="Addresses">
          {one.addresses.length === 0 ? (
            <span className="dim">none</span>
          ) : (
            one.addresses.map((address) => (
              <div key={address.address} className="mono">
                {addressText(address)}
              </div>
            ))
          )}
        </Fact>
        <Fact name="MTU">{one.mtu}</Fact>
        {one.speed !== null && <Fact name="Speed">{one.speed} Mbit/s</Fact>}
        {one.tap && <Fact name="Is">{whatItIs(one, names)}</Fact>}
        <Fact name="Traffic">
          <span className="num">
            in {formatBytes(one.rxBytes)}, out {formatBytes(one.txBytes)}, {one.rxDropped + one.txDropped} dropped
          </span>
        </Fact>
        <Fact name="Managed by">{managerOf(one, names) ?? <span className="dim">nobody that is known</span>}</Fact>
        {one.ours?.at !== undefined && <Fact name="Made">{formatClock(one.ours.at)}</Fact>}
      </dl>
    </Frame>
  );
}
