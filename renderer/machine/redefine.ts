import { refOf } from '../../shared/contract/machine-key.ts';
import type { Api } from '../../shared/contract/index.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { TapestryError } from '../../shared/errors.ts';

/**
 * Changes a machine's stored definition: reads it, edits it, and writes it only if nobody else wrote in between.
 * @throws TapestryError what the host said; `unsupported-operation` for a machine without a stored definition
 */
export async function redefine(api: Api, machine: MachineRef, edit: (xml: string) => string): Promise<void> {
  const { inactive, hash } = await api['machines.xml']({ machine: refOf(machine) });
  if (inactive === null) {
    throw new TapestryError('unsupported-operation', 'This machine has no stored definition: it exists only while it runs.');
  }
  const xml = edit(inactive);
  if (xml !== inactive) await api['machines.define']({ connection: machine.connection, xml, expect: hash });
}
