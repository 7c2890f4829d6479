import { z } from 'zod';

/**
 * The closed list of error codes. A code tells a program what happened; the sentence tells a person.
 * Whoever needs a new one adds it here with its meaning; codes are never reused for something else.
 */
export const errorCodes = [
  // requests
  'invalid', // the request's values don't fit its schema (`issues` names the fields)
  'unknown-method', // no such call in the contract
  'unauthorized', // no or wrong token
  'limit', // a frame, a list or a count is over its limit
  'closed', // the connection or channel went away before the answer
  'cancelled', // the caller cancelled
  'deadline', // no answer in time
  'internal', // a defect of ours; logged on the host with its stack, never sent with one
  'unsupported-operation', // this connection can't do that; the message says why
  'connection-offline', // the connection isn't there; `since` says since when
  // domain XML
  'xml-syntax', // not well-formed; `line` and `column` (1-based) say where
  'xml-forbidden', // DTD, entity expansion, or over the size limit
  'xml-invalid', // well-formed, but a value breaks libvirt's rules; `path` names it
  'xml-unsupported', // valid, but this backend can't honour it; `path` names it
  // definitions
  'not-found', // no such machine, device, network, volume
  'duplicate-name',
  'duplicate-uuid',
  'conflict', // the definition changed since the edit began
  'definition-corrupt', // a stored definition can't be read; it was kept aside
  'storage-full', // no space left on a device we write to
  'io', // reading or writing a file failed; the message names it
  // life cycle
  'wrong-state', // the machine's state doesn't allow this action
  'start-failed', // QEMU said no; `detail` holds its own words
  'qemu-missing', // the emulator isn't there or isn't executable
  'qemu-invalid', // the file named as emulator isn't a QEMU
  'qemu-exited', // QEMU ended when it should not have
  'qmp', // QEMU answered a monitor command with an error
  'qmp-protocol', // the peer on the monitor socket doesn't speak QMP
  'kvm-unavailable', // the XML says kvm and KVM can't be used here
  'disk-missing',
  'disk-unreadable',
  'disk-locked', // another process holds the image
  'disk-in-use', // another running machine of ours uses the image
  // guest agent
  'agent-missing', // the machine has no channel for a guest agent that we could use
  'agent-absent', // it has one, and no program in the guest has opened it
  'agent-failed', // the agent doesn't answer, or what it says is no answer
  // network
  'helper-missing', // the network helper isn't built or installed
  'helper-unprivileged', // it is there, but without CAP_NET_ADMIN
  'helper-denied', // its access list says no
  'helper-failed', // it said no for another reason, or died
  'interface-exists', // the TAP's name is taken
  'interface-missing', // managed='no' and no such interface
  'bridge-missing',
  'not-a-bridge',
  'script-failed', // an up script exited non-zero or ran over its deadline
  // host
  'state-owned', // another host owns the state directory and can't be attached to
  'host-missing', // a program this needs isn't installed
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/** A mending step that the window can offer as a button. `kind` is closed; `label` is what the button says. */
export const errorFix = z.object({
  kind: z.enum([
    'use-tcg',
    'create-bridge',
    'use-managed-no',
    'choose-other-name',
    'open-xml',
    'retry',
    'force-off',
    'copy-command',
    'replug',
    'put-back',
    'set-format', // the driver's format becomes the one that the file has; `value` is that format
    'choose-image', // the disk's form, at its image
    'eject', // an empty drive instead of a medium that is gone
    'use-bridge', // the NIC on a bridge of this computer; `value` is the bridge
    'use-user-network', // the NIC as <interface type='user'>
    'set-aside', // starts without this part, by the user's word; only for parts that the guest doesn't see
    'remove-element', // takes the element or attribute at `path` out of the definition
  ]),
  label: z.string(),
  /** For `copy-command`: the command; for others a name (bridge, TAP) if one is needed. */
  value: z.string().optional(),
  /** The XML path that the fix changes, where it isn't that of the finding. */
  path: z.string().optional(),
});

/** A {@link errorFix} value. */
export type ErrorFix = z.infer<typeof errorFix>;

/**
 * A finding about XML. `error` stops a define, `unsupported` a start; a `warning` stops nothing, nor does a `note`: what was left aside on
 * purpose, such as values that libvirt's daemon generated for itself.
 */
export const xmlProblem = z.object({
  severity: z.enum(['error', 'unsupported', 'warning', 'note']),
  path: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  message: z.string(),
  /** What to do next, one sentence. */
  next: z.string().optional(),
  /** What a button can do about it. */
  fixes: z.array(errorFix).optional(),
});

/** See {@link xmlProblem}. */
export type XmlProblem = z.infer<typeof xmlProblem>;

/** What crosses a boundary when something fails: everything a person and a program need, and no stack. */
export const errorData = z.object({
  code: z.enum(errorCodes),
  /** One sentence a user understands: what happened and to what. */
  message: z.string(),
  /** What to do next, one sentence. */
  next: z.string().optional(),
  /** The XML element path (`/domain/devices/interface[2]/source/@bridge`) or form field at fault. */
  path: z.string().optional(),
  /** 1-based line of the XML text, where known. */
  line: z.number().int().positive().optional(),
  /** 1-based column of the XML text, where known. */
  column: z.number().int().positive().optional(),
  /** Of what is away (`connection-offline`): since when, ms since the epoch. */
  since: z.number().optional(),
  /** Raw words of QEMU, the helper or the kernel; shown one click away. */
  detail: z.string().optional(),
  /** Field-level findings of a schema check. */
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  fixes: z.array(errorFix).optional(),
  /** Everything that stands in the way, where it is more than this error: itself and the others, each with its path. */
  findings: z.array(xmlProblem).optional(),
});

/** See {@link errorData}. */
export type ErrorData = z.infer<typeof errorData>;

/** Every failure that a user can meet. Thrown inside a process; crosses boundaries as {@link ErrorData}. */
export class TapestryError extends Error {
  readonly data: ErrorData;

  /**
   * @param code what happened, for programs
   * @param message one sentence a user understands
   * @param more next step, path at fault, raw words, fixes; `cause` stays in this process
   */
  constructor(code: ErrorCode, message: string, more: Omit<ErrorData, 'code' | 'message'> & { cause?: unknown } = {}) {
    const { cause, ...data } = more;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TapestryError';
    this.data = { code, message, ...data };
  }

  get code(): ErrorCode {
    return this.data.code;
  }
}

/** What happened and what to do, in one line; for another kind of error its message. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof TapestryError)) return error instanceof Error ? error.message : String(error);
  const { message, next } = error.data;
  return next === undefined ? message : `${message} ${next}`;
}

/** An error as data that is kept: whatever isn't one that users meet is a defect of ours, `internal` with its own words. */
export function errorDataOf(error: unknown): ErrorData {
  if (error instanceof TapestryError) return error.data;
  return { code: 'internal', message: error instanceof Error ? error.message : 'an unknown failure' };
}
