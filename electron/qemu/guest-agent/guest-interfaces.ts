import { isIP } from 'node:net';
import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';

/** An interface as the guest sees it. */
export interface GuestInterface {
  /** The guest's own name (`eth0`, `Ethernet 2`), at most 64 characters that can be shown. */
  readonly name: string;
  /** In lower case, with colons; null where it has none. */
  readonly mac: string | null;
  readonly addresses: readonly { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' }[];
}

/** Longer names are cut, characters. */
const longestName = 64;

/** How many interfaces, and addresses of each, are taken; the rest of a guest that tells of more is left out. */
const mostInterfaces = 1024;
const mostAddresses = 64;

const told = z.array(
  z.object({
    name: z.string(),
    'hardware-address': z.string().optional(),
    'ip-addresses': z
      .array(z.object({ 'ip-address': z.string(), 'ip-address-type': z.enum(['ipv4', 'ipv6']), prefix: z.number().int() }))
      .optional(),
  }),
);

type ToldAddress = NonNullable<z.infer<typeof told>[number]['ip-addresses']>[number];

/** Characters that don't show, end a line, or turn the text around them (Unicode Cc, Cf, Zl, Zp, unpaired surrogates) become `�`. Pure. */
export function visibleName(name: string): string {
  const shown = Array.from(name.slice(0, 4 * longestName).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD'));
  return shown.length > longestName ? `${shown.slice(0, longestName - 1).join('')}…` : shown.join('');
}

const addressOf = (one: ToldAddress): GuestInterface['addresses'] => {
  // Windows adds the zone of link-local ones.
  const address = one['ip-address'].replace(/%.*$/s, '');
  const version = isIP(address.length > 45 ? '' : address);
  if (version === 0) return [];
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const longest = version === 4 ? 32 : 128;
  return one.prefix < 0 || one.prefix > longest ? [] : [{ address: address.toLowerCase(), prefix: one.prefix, family }];
};

/**
 * What `guest-network-get-interfaces` returned (QEMU docs/interop/qemu-ga-ref). The guest may say anything: what has another shape is refused,
 * and single addresses that are none are left out.
 *
 * @throws TapestryError `agent-failed`
 */
export function readGuestInterfaces(answer: unknown): GuestInterface[] {
  const parsed = told.safeParse(Array.isArray(answer) ? answer.slice(0, mostInterfaces) : answer);
  if (!parsed.success) {
    throw new TapestryError('agent-failed', 'The guest agent’s list of interfaces can’t be read.', {
      detail: parsed.error.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; '),
    });
  }
  return parsed.data.map((one) => {
    const mac = one['hardware-address']?.toLowerCase();
    return {
      name: visibleName(one.name),
      mac: mac !== undefined && /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac) ? mac : null,
      addresses: (one['ip-addresses'] ?? []).slice(0, mostAddresses).flatMap(addressOf),
    };
  });
}
