/** Names that the helper takes for no interface of ours (net-helper/values.c), with what they are. */
const reserved: Readonly<Record<string, string>> = {
  lo: 'the loopback interface of this computer, which can be no end, bridge or card of a machine',
  all: 'what Linux calls its settings for all interfaces (/proc/sys/net/*/conf)',
  default: 'what Linux calls its settings for new interfaces (/proc/sys/net/*/conf)',
  none: 'the network helper’s word for no bridge',
};

/**
 * Why a name can't be that of an interface, as the helper judges it, in words; undefined when it can. Pure.
 * @param kind what the name is meant for, with its article
 */
export function nameFault(
  name: string,
  kind: 'an interface' | 'a bridge' = 'an interface',
): { readonly message: string; readonly next: string } | undefined {
  const what = Object.hasOwn(reserved, name) ? reserved[name] : undefined;
  if (what !== undefined)
    return { message: `“${name}” is ${what}.`, next: `Give the name of ${kind === 'a bridge' ? kind : 'another one'}.` };
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name)) return undefined;
  return {
    message: `“${name}” is no name for ${kind}.`,
    next: 'A name has 1 to 15 letters, digits, “_”, “.” or “-”, and begins with a letter or digit.',
  };
}
