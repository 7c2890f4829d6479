import type { ComponentType } from 'react';
import type { XmlDocument, XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import type { FieldSpec, FormContext } from './field-spec.ts';

/** A picture of a device. `size` in px. */
export type DeviceIcon = ComponentType<{ readonly size?: number }>;

/** What a form component gets: the context, and the errors of its `check` by field id. */
export interface DeviceFormProps {
  readonly context: FormContext;
  readonly errors: ReadonlyMap<string, string>;
}

/** What a way to apply at once gets, where something waits for the next start and nothing is wrong in the form. */
export interface ApplyNowProps {
  readonly context: FormContext;
  readonly busy: boolean;
  /** Unplugs the device and plugs the edited one in, and stores it. */
  readonly onApply: () => void;
}

/**
 * How the window shows, edits and adds one kind of device (an element of `<devices>`) or one part of the domain.
 * Either `fields` (a form made of field specs) or `Form` with `check`; without both, the device is shown by its XML.
 */
export interface DeviceEditor {
  readonly Icon: DeviceIcon;
  /** Where one kind has several faces (a USB and a PCI controller); undefined: `Icon`. */
  readonly iconOf?: (element: XmlElement) => DeviceIcon | undefined;
  /** What a person calls it: `VirtIO disk 1`, `LAN br0`. `index` counts the devices of the kind from 0; of ports it is their number. */
  readonly title: (element: XmlElement, index: number) => string;
  /** Beside the title, dim: the target, the size. `index` as for the title. */
  readonly aside?: (element: XmlElement, index?: number) => string | undefined;
  /** Undefined for a variant of the kind that is edited as XML. */
  readonly fields?: (context: FormContext) => readonly FieldSpec[] | undefined;
  readonly Form?: ComponentType<DeviceFormProps>;
  /** Errors of `Form` by field id. Pure. */
  readonly check?: (context: FormContext) => ReadonlyMap<string, string>;
  /** Below the fields: facts, actions. */
  readonly Extra?: ComponentType<DeviceFormProps>;
  /** Above the fields, over the whole width: a live strip. */
  readonly Head?: ComponentType<DeviceFormProps>;
  /** Above form and XML, over the whole width, also for a device that only runs: a live strip. */
  readonly Strip?: ComponentType<DeviceFormProps>;
  /** Beside the title, dim: what tells it from others of its kind. */
  readonly Subtitle?: ComponentType<DeviceFormProps>;
  /** Below what waits for the next start: a way to have it at once all the same. */
  readonly ApplyNow?: ComponentType<ApplyNowProps>;
  /** Commands beside the title. */
  readonly Actions?: ComponentType<DeviceFormProps>;
  /** Can this edit be made while the machine runs (`update-device`). Else it waits for the next start. */
  readonly liveUpdate?: (stored: XmlElement, edited: XmlElement) => boolean;
  /** The entry of Add Hardware; several for kinds with variants, none for what isn't added by a form. */
  readonly add: readonly {
    readonly id: string;
    readonly label: string;
    /** By default the kind's. */
    readonly Icon?: DeviceIcon;
    readonly hint: string;
    /** The new device's XML with sensible defaults for this definition. */
    readonly make: (document: XmlDocument) => string;
    /** Why it can't be added to this definition (only one is possible, say). */
    readonly refuse?: (document: XmlDocument) => string | undefined;
  }[];
}
