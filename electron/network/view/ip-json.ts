import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';
import { findProgram } from '../../processes/find-program.ts';

const counters = z.object({ bytes: z.number(), packets: z.number(), errors: z.number(), dropped: z.number() });

/** What we use of one element of `ip -json -details -statistics address show` (iproute2); the rest is left alone. */
const ipLink = z.object({
  ifindex: z.number().int(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number().int(),
  master: z.string().optional(),
  address: z.string().optional(),
  ifalias: z.string().optional(),
  group: z.string().optional(),
  operstate: z.string().optional(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: z
        .object({
          type: z.string().optional(),
          pi: z.boolean().optional(),
          vnet_hdr: z.boolean().optional(),
          multi_queue: z.boolean().optional(),
          persist: z.boolean().optional(),
        })
        .optional(),
      info_slave_data: z.object({ state: z.string().optional(), isolated: z.boolean().optional() }).optional(),
    })
    .optional(),
  addr_info: z.array(z.object({ family: z.string(), local: z.string().optional(), prefixlen: z.number().int().optional() })).default([]),
  stats64: z.object({ rx: counters, tx: counters }).optional(),
});

/** A link as `ip` tells of it. */
export type IpLink = z.infer<typeof ipLink>;

const ipNeighbour = z.object({
  dst: z.string(),
  dev: z.string().optional(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
  /** Seconds since the kernel last had a proof that it is there, and since the entry last changed its state or MAC (rtnetlink, nda_cacheinfo). */
  confirmed: z.number().optional(),
  updated: z.number().optional(),
});

/** An entry of the neighbour table. */
export type IpNeighbour = z.infer<typeof ipNeighbour>;

const run = promisify(execFile);

/** Path of iproute2's `ip`. @throws TapestryError host-missing */
export async function ipProgram(): Promise<string> {
  const program = await findProgram('ip');
  if (program === undefined)
    throw new TapestryError('host-missing', 'The program “ip” (iproute2) is not installed, so interfaces can’t be listed.', {
      next: 'Install the package iproute2.',
    });
  return program;
}

const ipJson = async <T>(schema: z.ZodType<T>, args: readonly string[]): Promise<T[]> => {
  const { stdout } = await run(await ipProgram(), ['-json', ...args], {
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20_000,
    env: { LC_ALL: 'C' },
  });
  // iproute2 writes nothing at all for an empty list, and an empty object for a link that vanished while it was asked.
  const list: unknown = stdout.trim() === '' ? [] : JSON.parse(stdout);
  const entries = z.array(z.unknown()).parse(list);
  return entries.flatMap((entry) =>
    typeof entry === 'object' && entry !== null && Object.keys(entry).length === 0 ? [] : [schema.parse(entry)],
  );
};

/** All links of our network namespace with addresses and counters. @throws TapestryError host-missing; Error when `ip` says nonsense */
export function ipLinks(): Promise<IpLink[]> {
  return ipJson(ipLink, ['-details', '-statistics', 'address', 'show']);
}

/** The host's neighbour table (ARP and NDP) with the ages of its entries. */
export function ipNeighbours(): Promise<IpNeighbour[]> {
  return ipJson(ipNeighbour, ['-statistics', 'neighbour', 'show']);
}
