import {
  childElements,
  elementAt,
  firstChild,
  parseXml,
  readDomain,
  type XmlDocument,
  type XmlElement,
} from '../../../../shared/domain-xml/index.ts';
import { applySplices, insertionSplice } from '../../../../shared/domain-xml/xml/edit.ts';
import { fragment } from '../../../../shared/domain-xml/xml/fragment.ts';
import type { Interface } from '../../../../shared/domain/index.ts';
import { nameIn } from '../../../../shared/contract/machine-key.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import type { NicSource } from '../../../network/networks.ts';
import { driverOf } from '../../../network/nics/nic-drivers.ts';
import { portHolder } from '../../../network/nics/port-holder.ts';
import { requireFreePort } from '../../../network/nics/stream-nic.ts';
import { otherPasst } from '../hotplug/other-passt.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import type { Run } from '../run/run.ts';
import { predecessor } from '../../../../shared/domain-xml/edit/order.ts';
import { withoutElement } from '../../../../shared/domain-xml/edit/texts.ts';
import { macOf } from '../definitions/find-device.ts';

type ForwardInput = Parameters<NicSource['forward']>[0];

/** A user NIC in a document. */
interface FoundNic {
  readonly document: XmlDocument;
  readonly element: XmlElement;
  readonly model: Interface;
}

/**
 * Adds or removes a port forward of a user-mode NIC, in the running machine, in the definition, or in both. For both, the running machine
 * goes first; when storing fails, it is taken back there. QEMU's own user network changes it in place. passt takes its forwards when it
 * starts, so another one takes its place under the NIC: the guest keeps link and address, and connections through the old one break.
 *
 * @throws TapestryError `not-found`, `wrong-state`, `unsupported-operation`, `qmp` with QEMU's words; what storing says
 */
export async function changeForward(machines: Machines, input: ForwardInput): Promise<void> {
  const machine = machines.find(nameIn(input.machine));
  await machine.jobs.run(async () => {
    const run = input.scope === 'config' ? undefined : machine.running('changed while it runs');
    const stored = input.scope === 'live' ? undefined : editStored(machine, input);
    const wasInStep = machine.stored !== undefined && run?.record.definition === machine.stored.xml;
    const undo =
      run === undefined
        ? undefined
        : await forwardLive(machine, run, input).catch(async (error: unknown) => {
            throw await withHolder(error, machines, input);
          });
    if (stored !== undefined) {
      try {
        machines.adoptDefinition(await machines.store.save(stored.xml, { expect: stored.expect }));
      } catch (error) {
        throw await rollBack(error, undo === undefined ? [] : [undo]);
      }
    }
    if (run !== undefined) {
      if (stored === undefined) await run.update({ diverged: true });
      else if (wasInStep) await run.update({ definition: stored.xml }); // both sides were changed alike
      machines.announce(machine);
    }
    const where = `${input.proto} ${input.hostAddress ?? '*'}:${input.hostPort} to ${input.guestPort}`;
    const when = run === undefined ? ', for the next start' : '';
    machines.note(
      `Port forward ${where} of “${machine.facts.name}” ${input.how === 'add' ? 'added' : 'removed'}${when}`,
      'info',
      machine.facts.name,
    );
  });
}

/** The machine that forwards this port of the host while it runs. */
const forwardingMachine = (machines: Machines, { proto, hostPort }: ForwardInput): string | undefined =>
  machines
    .all()
    .find(
      ({ run }) =>
        run !== undefined &&
        readDomain(parseXml(run.record.liveXml), { live: true }).domain.devices.interfaces.some(({ portForwards }) =>
          portForwards.some(
            (one) => one.proto === proto && one.ranges.some(({ start, end }) => start <= hostPort && hostPort <= (end ?? start)),
          ),
        ),
    )?.facts.name;

/** A refused forward with who has the port, where somebody has it. */
const withHolder = async (error: unknown, machines: Machines, input: ForwardInput): Promise<unknown> => {
  if (!(error instanceof TapestryError) || input.how !== 'add') return error;
  const holder = await portHolder(input.proto, input.hostPort);
  if (holder === undefined) return error;
  const machine = forwardingMachine(machines, input);
  const who =
    machine !== undefined
      ? `a port forward of “${machine}”`
      : 'program' in holder
        ? `${holder.program} (pid ${holder.pid})`
        : `a program of ${holder.uid === 0 ? 'root' : `user ${holder.uid}`}`;
  const where = input.hostAddress === undefined ? '' : ` of ${input.hostAddress}`;
  return new TapestryError(error.code, `The host’s ${input.proto} port ${input.hostPort}${where} is already in use, by ${who}.`, {
    next: machine === undefined ? 'Choose another host port.' : `Choose another host port, or remove the forward of “${machine}”.`,
    path: 'hostPort',
    ...(error.data.detail === undefined ? {} : { detail: error.data.detail }),
    cause: error,
  });
};

/** Changes the running machine. @returns what takes it back; undefined where nothing was to do */
const forwardLive = async (machine: Machine, run: Run, input: ForwardInput): Promise<(() => Promise<void>) | undefined> => {
  const document = parseXml(run.record.liveXml);
  const { interfaces } = readDomain(document, { live: true }).domain.devices;
  const found = nicAt(
    document,
    interfaces,
    interfaces.findIndex((nic) => nic.alias === input.alias),
    input,
  );
  const before = run.record.liveXml;
  const after = withForward(found, input);
  if (driverOf(found.model).network === 'passt') {
    if (after === before) return undefined;
    const other = nicNamed(after, input.alias);
    if (other === undefined) throw new TapestryError('internal', 'The NIC went with its port forward.');
    if (input.how === 'add') await requireFreePort(input.proto, input.hostAddress, input.hostPort);
    await otherPasst(machine, run, found.model, other, { xml: after });
    return () => otherPasst(machine, run, other, found.model, { xml: before });
  }
  await command(run, input);
  await run.update({ liveXml: after });
  if (after === before) return undefined;
  return async () => {
    await command(run, { ...input, how: input.how === 'add' ? 'remove' : 'add' });
    await run.update({ liveXml: before });
  };
};

/** The running NIC with this alias. */
const nicNamed = (xml: string, alias: string): Interface | undefined =>
  readDomain(parseXml(xml), { live: true }).domain.devices.interfaces.find((nic) => nic.alias === alias);

/** hostfwd has no QMP command of its own; a fault comes as text, success as none (or "removed"). */
const command = async (
  run: Run,
  input: Pick<ForwardInput, 'alias' | 'how' | 'proto' | 'hostAddress' | 'hostPort' | 'guestPort'>,
): Promise<void> => {
  const host = `${input.proto}:${input.hostAddress ?? ''}:${input.hostPort}`;
  const line =
    input.how === 'add' ? `hostfwd_add host${input.alias} ${host}-:${input.guestPort}` : `hostfwd_remove host${input.alias} ${host}`;
  const answer = await run.qmp.execute('human-monitor-command', { 'command-line': line });
  const words = typeof answer === 'string' ? answer.trim() : '';
  if (words !== '' && !words.includes('removed')) {
    throw new TapestryError('qmp', `QEMU refused the port forward: ${words}`, { detail: words, next: 'Choose another host port.' });
  }
};

/** The definition with the change. A running NIC is found in it by its MAC, one that is off by its place. */
const editStored = (machine: Machine, input: ForwardInput): { readonly xml: string; readonly expect: string } => {
  const { stored, run } = machine;
  if (stored === undefined) throw new TapestryError('wrong-state', `“${machine.facts.name}” has no stored definition.`);
  const document = parseXml(stored.xml);
  const { interfaces } = readDomain(document).domain.devices;
  const live =
    run === undefined
      ? undefined
      : readDomain(parseXml(run.record.liveXml), { live: true }).domain.devices.interfaces.find((nic) => nic.alias === input.alias)?.mac;
  const index =
    live === undefined ? Number(/^net(\d+)$/.exec(input.alias)?.[1] ?? -1) : nicElements(document).findIndex((nic) => macOf(nic) === live);
  return { xml: withForward(nicAt(document, interfaces, index, input), input), expect: stored.hash };
};

const nicElements = (document: XmlDocument): readonly XmlElement[] => {
  const devices = firstChild(document.root, 'devices');
  return devices === undefined ? [] : childElements(devices, 'interface');
};

const nicAt = (document: XmlDocument, models: readonly Interface[], index: number, input: ForwardInput): FoundNic => {
  const [element, model] = [nicElements(document)[index], models[index]];
  if (element === undefined || model === undefined) throw new TapestryError('not-found', `The machine has no NIC ${input.alias}.`);
  if (driverOf(model).network === 'host')
    throw new TapestryError('unsupported-operation', 'Only a NIC of the type “user” has port forwards.', { path: 'alias' });
  return { document, element, model };
};

/** The document with the forward added or removed; as it is where nothing is to be done. */
const withForward = ({ document, element, model }: FoundNic, input: ForwardInput): string => {
  const matching = model.portForwards.find(
    (one) =>
      one.proto === input.proto &&
      one.address === input.hostAddress &&
      one.ranges.some((range) => range.start === input.hostPort && range.end === undefined),
  );
  if (input.how === 'add' && matching === undefined) {
    const to = input.guestPort === input.hostPort ? undefined : input.guestPort;
    const rule = { proto: input.proto, address: input.hostAddress };
    const added = fragment('portForward', rule, fragment('range', { start: input.hostPort, to }));
    return applySplices(document, [insertionSplice(document, element, predecessor(element, added.name), [added])]).text;
  }
  const found = input.how === 'remove' && matching !== undefined ? elementAt(document, matching.path) : undefined;
  if (found === undefined || matching === undefined) return applySplices(document, []).text;
  if (matching.ranges.length === 1) return withoutElement(document, found).text;
  const range = childElements(found, 'range')[matching.ranges.findIndex((one) => one.start === input.hostPort && one.end === undefined)];
  return range === undefined ? applySplices(document, []).text : withoutElement(document, range).text;
};
