/** The `http://libvirt.org/schemas/domain/qemu/1.0` namespace: words for QEMU itself. */
export interface QemuExtras {
  /** `qemu:commandline`: appended to the command line as they are. */
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** `qemu:override`: properties of a device by its alias. */
  readonly overrides: readonly {
    readonly path: string;
    readonly alias: string;
    readonly properties: readonly {
      readonly name: string;
      readonly type: 'string' | 'signed' | 'unsigned' | 'bool' | 'remove';
      readonly value?: string;
    }[];
  }[];
  /** `qemu:capabilities`: libvirt's names of capabilities to assume or deny. */
  readonly capabilitiesAdd: readonly string[];
  readonly capabilitiesDel: readonly string[];
  readonly deprecation?: 'omit' | 'reject' | 'crash' | 'none';
}
