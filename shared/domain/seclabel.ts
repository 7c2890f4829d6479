/** `<seclabel>` of the domain. Tapestry labels nothing: types other than `none` are reported where they'd be needed. */
export interface SecurityLabel {
  readonly path: string;
  readonly type: 'none' | 'dynamic' | 'static' | 'default';
  readonly model?: string;
  readonly relabel?: boolean;
  readonly label?: string;
  readonly imageLabel?: string;
  readonly baseLabel?: string;
}

/** `<seclabel>` inside a disk's or chardev's `<source>`. */
export interface SourceSecurityLabel {
  readonly path: string;
  readonly model?: string;
  readonly relabel?: boolean;
  readonly labelSkip?: boolean;
  readonly label?: string;
}
