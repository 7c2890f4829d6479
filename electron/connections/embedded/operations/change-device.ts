import { generateMac, parseXml, readDevice, withoutGenerated, type XmlElement } from '../../../../shared/domain-xml/index.ts';
import { attachesLive, detachesLive, updatesLive } from '../../../../shared/domain-xml/live-changes.ts';
import { nameIn } from '../../../../shared/contract/machine-key.ts';
import { deviceOperation } from '../../../../shared/contract/operations.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import type { CallContext } from '../../../../shared/contract/kinds.ts';
import type { Domains } from '../../connection.ts';
import { requireSupport } from '../../require-support.ts';
import { embeddedSupport } from '../support/embedded-support.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import type { Backend } from '../ports/ports.ts';
import { completedFrom, withMac } from '../definitions/edit-devices.ts';
import { withDevice, withReplaced, withoutElement } from '../../../../shared/domain-xml/edit/texts.ts';
import { definitionHash } from '../definitions/store/stored-definition.ts';
import { conflict } from '../definitions/store/definition-errors.ts';
import { findAlias, findDevice, macOf } from '../definitions/find-device.ts';
import type { LiveChange, LiveOutcome } from '../hotplug/live-change.types.ts';
import { updateDrive } from '../hotplug/live-drive.ts';
import { attachDevice, removeDevice } from '../hotplug/live-device.ts';
import { attachNic } from '../hotplug/attach-nic.ts';
import { detachNic, updateNic } from '../hotplug/live-nic.ts';

type Input = Parameters<Domains['device']>[0];

/**
 * Attaches, detaches or updates a device: in the running machine, in its definition, or both. For both, neither is left changed when either says
 * no; see {@link beforeStoring} and {@link afterStoring}.
 *
 * @throws TapestryError `xml-*`, `not-found`, `wrong-state` (live, and it is off), `unsupported-operation`, and what the live part says
 */
export async function changeDevice(
  context: { readonly machines: Machines; readonly backend: Backend },
  input: Input,
  signal: CallContext['signal'],
): ReturnType<Domains['device']> {
  const { machines, backend } = context;
  const machine = machines.find(nameIn(input.machine));
  return machine.jobs.run(async () => {
    const text = prepared(input);
    const wanted = parseXml(text).root;
    const stored = await toBeStored(machines, machine, input, text, backend);
    const wasInStep = machine.stored !== undefined && machine.run?.record.definition === machine.stored.xml;
    const live = async (): Promise<LiveOutcome> => {
      if (input.scope === 'config') return { state: 'done' };
      const run = machine.running('changed while it runs');
      return await applyLive(input.how, {
        backend,
        machine,
        run,
        wanted,
        text,
        signal,
        linkFlap: input.linkFlap === true,
        replug: input.replug === true,
        ...(input.alias === undefined ? {} : { alias: input.alias }),
        held: (except) => machines.held(except),
        announce: () => machines.announce(machine),
      });
    };
    const save = async ({ xml, expect }: Edited) => machines.adoptDefinition(await machines.store.save(xml, { expect }));
    const outcome =
      stored !== undefined && input.how === 'detach'
        ? await afterStoring(machine, stored, save, live)
        : await beforeStoring(stored, save, live);
    if (machine.run !== undefined && input.scope !== 'config') {
      // Both sides were changed alike: they are as much in step as before. Not so where more than the change was stored.
      const alike = stored !== undefined && input.stored === undefined;
      if (alike && wasInStep) await machine.run.update({ definition: stored.xml });
      if (!alike) await machine.run.update({ diverged: true });
      machines.announce(machine);
    }
    const { state, message, replugged } = outcome;
    return { state, ...(message === undefined ? {} : { message }), ...(replugged === undefined ? {} : { replugged }) };
  });
}

/** Most changes: what runs goes first, and is taken back where the definition can't be stored. */
const beforeStoring = async (
  stored: Edited | undefined,
  save: (edited: Edited) => Promise<unknown>,
  live: () => Promise<LiveOutcome>,
): Promise<LiveOutcome> => {
  const outcome = await live();
  if (stored === undefined) return outcome;
  try {
    await save(stored);
    return outcome;
  } catch (error) {
    throw await rollBack(error, outcome.undo === undefined ? [] : [outcome.undo]);
  }
};

/** What a guest has let go of is another device when it comes back, so that can't be taken back: the definition goes first, and comes back where the machine says no. */
const afterStoring = async (
  machine: Machine,
  stored: Edited,
  save: (edited: Edited) => Promise<unknown>,
  live: () => Promise<LiveOutcome>,
): Promise<LiveOutcome> => {
  const before = machine.stored?.xml;
  await save(stored);
  try {
    return await live();
  } catch (error) {
    throw await rollBack(error, before === undefined ? [] : [() => save({ xml: before, expect: definitionHash(stored.xml) })]);
  }
};

/** Reads the device's XML, and gives a new NIC its MAC: the same one for the running machine and the definition. */
const prepared = (input: Input): string => {
  const document = parseXml(input.xml);
  const { problems, unclaimed } = readDevice(document);
  const fault =
    problems.find((problem) => problem.severity === 'error') ??
    (input.scope === 'config' ? undefined : problems.find((problem) => problem.severity === 'unsupported'));
  if (fault !== undefined) {
    const { path, line, column } = fault;
    throw new TapestryError(fault.severity === 'error' ? 'xml-invalid' : 'xml-unsupported', fault.message, {
      path,
      next: fault.severity === 'error' ? 'Correct the value.' : 'Remove the element, or change it to something that is supported.',
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    });
  }
  const [path] = unclaimed;
  if (path !== undefined && input.scope !== 'config' && input.how !== 'detach')
    throw new TapestryError('xml-unsupported', `${path} is not something that is understood here.`, {
      path,
      next: 'Remove it, or correct its name.',
    });
  const text = input.xml.trim();
  return input.how === 'attach' && document.root.name === 'interface' && macOf(document.root) === undefined
    ? withMac(text, generateMac())
    : text;
};

/** What tells the definition's device: the running device that the alias names, or what the XML says. */
const meant = (machine: Machine, alias: string | undefined, wanted: XmlElement): XmlElement =>
  alias === undefined || machine.run === undefined ? wanted : findAlias(parseXml(machine.run.record.liveXml), alias);

/** A definition to be stored, checked, and what must be stored until then. */
interface Edited {
  readonly xml: string;
  readonly expect: string;
}

/** What the change stores: nothing, the text that came with it, or the definition with the change. */
const toBeStored = async (
  machines: Machines,
  machine: Machine,
  { how, scope, alias, expect, stored }: Input,
  text: string,
  backend: Backend,
): Promise<Edited | undefined> => {
  if (stored !== undefined && scope !== 'both')
    throw new TapestryError('invalid', 'A definition is stored with a change of both the running machine and its definition only.', {
      path: 'stored',
    });
  if (expect !== undefined && (scope === 'live' || stored !== undefined))
    throw new TapestryError('invalid', 'What runs has no hash, and a definition that is given brings its own.', { path: 'expect' });
  if (scope === 'live') return undefined;
  if (expect !== undefined && machine.stored !== undefined && machine.stored.hash !== expect) throw conflict(machine.facts.name, false);
  if (stored !== undefined) return givenDefinition(machine, stored, await machines.completed(stored.xml), backend);
  // What a start chose for the running device (its alias, a TAP's name) is none of the definition's.
  const document = parseXml(text);
  return editedDefinition(machine, how, withoutGenerated(document).text, meant(machine, alias, document.root), backend);
};

/** The text that is to be stored: of this machine, and an edit of what is stored now. Asked before anything is changed, and again by the store. */
const givenDefinition = (machine: Machine, { expect }: Edited, xml: string, backend: Backend): Edited => {
  const { uuid, name } = backend.facts(xml);
  if (uuid !== machine.uuid || name !== machine.facts.name)
    throw new TapestryError('xml-invalid', `This is not a definition of “${machine.facts.name}”: its name or UUID is another.`, {
      path: uuid === machine.uuid ? '/domain/name' : '/domain/uuid',
      next: 'Rename the machine by itself; a UUID stays.',
    });
  if (machine.stored?.hash !== expect) throw conflict(machine.facts.name, machine.stored === undefined);
  return { xml, expect };
};

/** The definition with the change, checked; what it must still be when it is stored. */
const editedDefinition = (machine: Machine, how: Input['how'], text: string, wanted: XmlElement, backend: Backend): Edited => {
  const { stored } = machine;
  if (stored === undefined) {
    throw new TapestryError('wrong-state', `“${machine.facts.name}” has no stored definition that could be changed.`, {
      next: 'Change the running machine only.',
    });
  }
  const document = parseXml(stored.xml);
  let xml: string;
  if (how === 'attach') {
    refuseTwin(document, wanted);
    xml = withDevice(document, text).text;
  } else {
    const found = findDevice(document, wanted);
    const edited = how === 'detach' ? withoutElement(document, found) : withReplaced(document, found, completedFrom(text, document, found));
    xml = edited.text;
  }
  backend.facts(xml);
  return { xml, expect: stored.hash };
};

/** Two disks can't have one target, two NICs of a machine not one MAC. */
const refuseTwin = (document: ReturnType<typeof parseXml>, wanted: XmlElement): void => {
  const isNic = wanted.name === 'interface' && macOf(wanted) !== undefined;
  if (wanted.name !== 'disk' && !isNic) return;
  try {
    findDevice(document, wanted);
  } catch (error) {
    if (error instanceof TapestryError && error.code === 'not-found') return;
    throw error;
  }
  if (isNic)
    throw new TapestryError('xml-invalid', 'The machine has a NIC with this MAC already.', {
      path: '/interface/mac/@address',
      next: 'Choose another MAC, or change that NIC.',
    });
  throw new TapestryError('xml-invalid', 'The machine has a disk with this target already.', {
    path: '/disk/target/@dev',
    next: 'Choose another target.',
  });
};

const applyLive = async (how: Input['how'], change: LiveChange): Promise<LiveOutcome> => {
  requireSupport(embeddedSupport, deviceOperation(how, change.text));
  const { name } = change.wanted;
  if (name === 'interface') return how === 'attach' ? attachNic(change) : how === 'detach' ? detachNic(change) : updateNic(change);
  const can = { attach: attachesLive, detach: detachesLive, update: updatesLive }[how];
  if (!can(change.wanted)) {
    return Promise.reject(
      new TapestryError(
        'unsupported-operation',
        `A <${name}> can't be ${how === 'update' ? 'changed' : `${how}ed`} while the machine runs.`,
        { next: 'Do it for the next start.' },
      ),
    );
  }
  if (how === 'update') return updateDrive(change);
  return how === 'attach' ? attachDevice(change) : removeDevice(change);
};
