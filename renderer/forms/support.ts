import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { deviceOperation, type Operation } from '../../shared/contract/operations.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { whyNot } from '../../shared/contract/support-of.ts';
import { interfaceTypes } from '../../shared/domain/interface.ts';
import { attachesLive, detachesLive } from '../../shared/domain-xml/live-changes.ts';
import { attributeValue, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';

/** What decides about an operation with a machine: what its connection said that it can, and what is otherwise with the machine. */
export interface SupportContext {
  readonly connection: ConnectionInfo | undefined;
  readonly machine: MachineSummary;
}

/** Why the machine's connection can't do something; undefined where it can, or hasn't said. Pure. */
export function unsupported(operation: Operation, { connection, machine }: SupportContext): string | undefined {
  return connection && whyNot(operation, connection, machine);
}

/**
 * Can a device be added to, or taken out of, the machine while it runs: where its connection doesn't say no to its kind (of a NIC, to its type),
 * and where nothing in the device itself stands against it. Pure.
 */
export function changesLive(how: 'attach' | 'detach', element: XmlElement, context: SupportContext): boolean {
  const can = (operation: Operation) => unsupported(operation, context) === undefined;
  if (!can(deviceOperation(how, `<${element.name}`))) return false;
  const type = element.name === 'interface' ? (attributeValue(element, 'type') ?? 'user') : undefined;
  const known = interfaceTypes.find((one) => one === type);
  if (known !== undefined && !can(`attach-nic-${known}`)) return false;
  return how === 'attach' ? attachesLive(element) : detachesLive(element);
}

/** What people call the computer that a connection's machines run on, within a sentence. Pure. */
export function hostWord(connection: Pick<ConnectionInfo, 'id' | 'title'> | undefined): string {
  return connection === undefined || connection.id === embeddedConnection ? 'this computer' : connection.title;
}

/** The same at the beginning of a sentence. Pure. */
export function hostWordFirst(connection: Pick<ConnectionInfo, 'id' | 'title'> | undefined): string {
  const word = hostWord(connection);
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
