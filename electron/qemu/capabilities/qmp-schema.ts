import { z } from 'zod';

const entry = z.looseObject({
  name: z.string(),
  'meta-type': z.string(),
  'arg-type': z.string().optional(),
  features: z.array(z.string()).optional(),
  values: z.array(z.string()).optional(),
  members: z.array(z.looseObject({ name: z.string().optional(), type: z.string().optional() })).optional(),
  variants: z.array(z.looseObject({ case: z.string(), type: z.string() })).optional(),
});

/** One entry of `query-qmp-schema` (QEMU's QAPI introspection, docs/devel/qapi-code-gen). */
export type SchemaEntry = z.infer<typeof entry>;

/** Answers questions about what a QEMU's monitor understands, from its introspection data. */
export class QmpSchema {
  readonly #entries: ReadonlyMap<string, SchemaEntry>;

  /** @param result what `query-qmp-schema` returned; throws a zod error when it is something else */
  constructor(result: unknown) {
    this.#entries = new Map(
      z
        .array(entry)
        .parse(result)
        .map((e) => [e.name, e]),
    );
  }

  /** Is there a command or event of this name? */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Does the command or event carry this feature flag (`json-cli-hotplug`)? */
  feature(name: string, flag: string): boolean {
    return this.#entries.get(name)?.features?.includes(flag) ?? false;
  }

  /** Can the discriminator of the command's argument take this value (`netdev_add`, `dgram`)? */
  variant(command: string, value: string): boolean {
    return this.#argument(command)?.variants?.some((v) => v.case === value) ?? false;
  }

  /** Values of the argument's discriminator. */
  variants(command: string): readonly string[] {
    return this.#argument(command)?.variants?.map((v) => v.case) ?? [];
  }

  /** Has the variant `value` of the command's argument a member of this name (`netdev_add`, `stream`, `reconnect-ms`)? */
  variantMember(command: string, value: string, member: string): boolean {
    const type = this.#argument(command)?.variants?.find((v) => v.case === value)?.type;
    return type !== undefined && (this.#entries.get(type)?.members?.some((m) => m.name === member) ?? false);
  }

  #argument(command: string): SchemaEntry | undefined {
    const type = this.#entries.get(command)?.['arg-type'];
    return type === undefined ? undefined : this.#entries.get(type);
  }
}
