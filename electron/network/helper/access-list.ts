import { getuid } from 'node:process';
import { userName } from '../../processes/user-name.ts';

/** The helper's list of who may do what. */
export const accessListFile = '/etc/tapestry/net-helper.conf';

/** Who a line of the list is for: by number, since the helper knows only the names of /etc/passwd; the name is a comment. */
const me = { uid: String(getuid?.() ?? 0), name: userName() };

/**
 * A line of the access list that allows this user something.
 * @param verb of the list's grammar (`tap`, `manage`, `name`, `uplink`, `host`, `direct`)
 * @param what a name of an interface, or the beginning of one and `*`
 */
export function allowLine(verb: string, what: string, { uid, name } = me): string {
  return `allow ${verb} ${uid} ${what}${/^[\w.-]+$/.test(name) && name !== uid ? ` # ${name}` : ''}`;
}

/** The command with which the administrator adds lines to the list, which may not be there yet. */
export function allowCommand(...lines: readonly string[]): string {
  return `sudo mkdir -p /etc/tapestry && printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | sudo tee -a ${accessListFile}`;
}
