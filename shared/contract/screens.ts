import { z } from 'zod';
import { keyboardLayouts } from '../keyboard/layouts.ts';
import { bytes, call, events } from './kinds.ts';
import { machineTarget } from './references.ts';

/** A picture of the machine: one head of one of its video devices. */
export const screenState = z.object({
  /** `video0`; for further heads of one device `video0.1`, … The same for every run of a definition. */
  id: z.string(),
  /** Alias of the video device, and its model by libvirt's name. */
  video: z.string(),
  model: z.string(),
  /** From 0. */
  head: z.number().int().nonnegative(),
  /**
   * ready: it can be opened; paused: so too, but the guest stands still; off: the machine doesn't run; silent: QEMU doesn't answer;
   * missing: it runs without this screen (`message` says why). An open stream outlives all of them.
   */
  state: z.enum(['ready', 'paused', 'off', 'silent', 'missing']),
  /** Open streams of this screen, over all windows and commands of the host. */
  viewers: z.number().int().nonnegative(),
  message: z.string().optional(),
});
export type ScreenState = z.infer<typeof screenState>;

/**
 * A `<graphics>` of the definition that other programs can connect to: where it listens while the machine runs; as the XML says it while it
 * doesn't (then what a start chooses is null).
 */
export const display = z.object({
  type: z.enum(['vnc', 'spice']),
  /** `none`: it listens nowhere, as the XML asks; `private`: on a socket that is only Tapestry's. */
  listen: z.enum(['address', 'socket', 'private', 'none']),
  /** Of `address`. */
  address: z.string().nullable(),
  /** TCP ports. `port` is VNC's whole number (5900 is display 0). */
  port: z.number().int().nullable(),
  tlsPort: z.number().int().nullable(),
  websocket: z.number().int().nullable(),
  /** Path of the unix socket of `socket` and `private`. */
  socket: z.string().nullable(),
  /** The password itself is in the definition's XML only. */
  hasPassword: z.boolean(),
  /** ISO 8601, as `passwdValidTo` says it. */
  passwordValidTo: z.string().nullable(),
});
export type Display = z.infer<typeof display>;

/** Everything about the pictures of one machine. */
export const screensState = z.object({
  /** Empty where nothing shows one: no `<graphics type='vnc'>`, or no video device. */
  screens: z.array(screenState),
  displays: z.array(display),
  /**
   * Can the guest's clipboard and a viewer's meet (`<channel type='qemu-vdagent'>`)? none: there is no such channel; off: it says
   * `<clipboard copypaste='no'/>`; on: yes, as soon as the guest's agent runs.
   */
  clipboard: z.enum(['none', 'off', 'on']),
});
export type ScreensState = z.infer<typeof screensState>;

/** Whose numbers (or names) of keys: libvirt's virKeycodeSet. Names are of `linux` (KEY_LEFTCTRL), `win32` (VK_CONTROL) and `os_x` only. */
export const keyCodeset = z.enum(['linux', 'xt', 'atset1', 'atset2', 'atset3', 'os_x', 'xt_kbd', 'usb', 'win32', 'rfb', 'qnum']);
export type KeyCodeset = z.infer<typeof keyCodeset>;

/** Keyboard layouts that text can be typed under. */
export const keyboardLayout = z.enum(keyboardLayouts);

/** Characters of one `screens.type`; longer text is typed in pieces. */
export const maxTypedText = 4096;

/** Largest PNG of `screens.shot`, bytes: in base64 it fits one message. */
export const maxShot = 11 * 1024 * 1024;

const screen = { machine: machineTarget, /** {@link screenState}'s id; the first one when left out. */ screen: z.string().optional() };

export const screens = {
  /** Everything at once and at each change. */
  'screens.watch': events(z.object({ machine: machineTarget }), screensState, { resumable: true, needs: ['screen'] }),
  /**
   * A screen as the server side of a RFB (VNC) connection, from its `RFB 003.008` on; without a password. What is written goes to QEMU. Any
   * number may be open. It ends when the machine goes off, QEMU goes, or either side ends it: a viewer opens it again when `screens.watch` says
   * `ready`. Fails with `wrong-state` while the machine is off, `not-found` for a screen that it hasn't.
   */
  'screens.open': bytes(
    z.object({
      ...screen,
      /** Keys, pointer, clipboard and sizes that the viewer sends are dropped on the way, whatever the viewer does. */
      readOnly: z.boolean().default(false),
      /** false: what the viewer copies is kept from the guest. What the guest copies is the viewer's to drop. */
      clipboard: z.boolean().default(true),
    }),
    { needs: ['screen'] },
  ),
  /** The picture now, as a PNG in base64. Fails with `wrong-state` while the machine is off, `limit` over {@link maxShot}. */
  'screens.shot': call(
    z.object(screen),
    z.object({ png: z.base64(), width: z.number().int().positive(), height: z.number().int().positive() }),
    { repeatable: true, needs: ['screenshot'] },
  ),
  /** Presses keys together and lets go of them (virDomainSendKey). Fails with `invalid` for a key that the codeset hasn't. */
  'screens.sendKey': call(
    z.object({
      machine: machineTarget,
      codeset: keyCodeset.default('linux'),
      /** Numbers, or names where the codeset has them. */
      keys: z
        .array(z.union([z.number().int().nonnegative().max(0xffff), z.string().min(1).max(64)]))
        .min(1)
        .max(16),
      /** How long they are held, ms; QEMU's own time when 0. */
      holdMs: z.number().int().min(0).max(100_000).default(0),
    }),
    z.object({}),
    { needs: ['send-key'] },
  ),
  /**
   * Types text as keys under the keyboard layout that the guest has set. Answers when the last key was sent; cancelled, it stops after the key
   * that it is at. Fails with `invalid` before anything is typed where the layout can't type a character; `issues` has one entry for each such
   * character (see shared/keyboard/layouts.ts).
   */
  'screens.type': call(
    z.object({ machine: machineTarget, text: z.string().min(1).max(maxTypedText), layout: keyboardLayout }),
    z.object({}),
    { needs: ['send-key'] },
  ),
};
