import { z } from 'zod';

/** One descriptor of an installed firmware (QEMU's docs/interop/firmware.json), as far as a choice needs it. */
export const firmwareDescriptor = z.looseObject({
  description: z.string().optional(),
  'interface-types': z.array(z.string()),
  mapping: z.discriminatedUnion('device', [
    z.looseObject({
      device: z.literal('flash'),
      mode: z.enum(['split', 'combined', 'stateless']).optional(),
      executable: z.looseObject({ filename: z.string(), format: z.string() }),
      'nvram-template': z.looseObject({ filename: z.string(), format: z.string() }).optional(),
    }),
    z.looseObject({ device: z.literal('memory'), filename: z.string() }),
    z.looseObject({ device: z.literal('kernel'), filename: z.string() }),
  ]),
  targets: z.array(z.looseObject({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

/** See {@link firmwareDescriptor}. */
export type FirmwareDescriptor = z.infer<typeof firmwareDescriptor>;

/** The template of the variables that a firmware in flash comes with; undefined where it keeps none. */
export function templateOf({ mapping }: FirmwareDescriptor): { readonly filename: string; readonly format: string } | undefined {
  return mapping.device === 'flash' ? mapping['nvram-template'] : undefined;
}

/** Machine patterns of descriptors are globs (`pc-q35-*`). */
const isGlobMatch = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(name);

/** Is this firmware one for machines of this architecture and type (by its full name)? */
export function isForMachine({ targets }: FirmwareDescriptor, arch: string, machine: string): boolean {
  return targets.some((t) => t.architecture === arch && t.machines.some((pattern) => isGlobMatch(pattern, machine)));
}
