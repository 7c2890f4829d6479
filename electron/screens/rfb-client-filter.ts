import { TapestryError } from '../../shared/errors.ts';

/** What of a viewer's messages goes on to QEMU. */
export interface RfbRights {
  /** Keys, pointer, sizes of the picture, power. */
  readonly input: boolean;
  /** What the viewer copies. */
  readonly clipboard: boolean;
}

/** What is done with a message: its length in bytes, as far as its head tells; undefined: more of the head is needed. */
interface Message {
  readonly length: number;
  readonly use: 'view' | 'input' | 'clipboard';
}

const is = (length: number, use: Message['use'] = 'view'): Message => ({ length, use });

/** Messages of a viewer by their type (RFB 6.5; QEMU's ui/vnc.c for those of its own). None has a head longer than 8 bytes. */
const messages: Readonly<Record<number, (head: DataView) => Message | undefined>> = {
  0: () => is(20), // SetPixelFormat
  2: (head) => (head.byteLength < 4 ? undefined : is(4 + 4 * head.getUint16(2))), // SetEncodings
  3: () => is(10), // FramebufferUpdateRequest
  4: () => is(8, 'input'), // KeyEvent
  5: () => is(6, 'input'), // PointerEvent
  // ClientCutText; the extended one has its length negated
  6: (head) => (head.byteLength < 8 ? undefined : is(8 + Math.abs(head.getInt32(4)), 'clipboard')),
  150: () => is(10), // EnableContinuousUpdates
  250: () => is(4, 'input'), // xvp: power
  251: (head) => (head.byteLength < 7 ? undefined : is(8 + 16 * head.getUint8(6), 'input')), // SetDesktopSize
  255: (head) => {
    if (head.byteLength < 2) return undefined;
    const kind = head.getUint8(1);
    if (kind === 0) return is(12, 'input'); // extended KeyEvent
    if (kind !== 1) throw strange(`255/${kind}`);
    if (head.byteLength < 4) return undefined;
    return is(head.getUint16(2) === 2 ? 10 : 4); // sound: on, off, its format
  },
};

const strange = (type: string | number): TapestryError =>
  new TapestryError('invalid', 'The viewer said something that is not understood.', {
    next: 'Open the screen again, or use another viewer.',
    detail: `RFB client message ${type}`,
  });

/** Bytes of ProtocolVersion. */
const versionLength = 12;

/**
 * Lets the viewer's side of an RFB connection through but for what it may not do. The viewer need not be told, nor be trusted: a message that
 * isn't known has no known length, and ends it. Keeps no more than the head of one message. As every viewer may stay while another comes, each is
 * made to share.
 */
export class RfbClientFilter {
  readonly #rights: RfbRights;
  #stage: 'version' | 'security' | 'init' | 'messages' = 'version';
  /** The beginning of something, until it is known how long it is. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the present message that are still to come, and whether they go on. */
  #left = 0;
  #passes = true;

  constructor(rights: RfbRights) {
    this.#rights = rights;
  }

  /** What of these bytes goes on. @throws TapestryError `invalid` */
  pass(bytes: Uint8Array): Uint8Array {
    const all = this.#rights.input && this.#rights.clipboard;
    const out: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#stage === 'messages' && all) {
        out.push(bytes.subarray(at));
        break;
      }
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        if (this.#passes) out.push(part);
        this.#left -= part.length;
        at += part.length;
        continue;
      }
      this.#head = Buffer.concat([this.#head, bytes.subarray(at, at + 1)]);
      at += 1;
      const begun = this.#begin(this.#head);
      if (begun === undefined) continue;
      if (begun.passes) out.push(begun.bytes);
      this.#left = begun.left;
      this.#passes = begun.passes;
      this.#head = Buffer.alloc(0);
    }
    return Buffer.concat(out);
  }

  /** What begins with these bytes, once they tell. */
  #begin(head: Buffer): { readonly bytes: Uint8Array; readonly left: number; readonly passes: boolean } | undefined {
    switch (this.#stage) {
      case 'version': {
        if (head.length < versionLength) return undefined;
        const minor = /^RFB 003\.00([3-8])\n$/.exec(head.toString('latin1'))?.[1];
        if (minor === undefined) throw strange('ProtocolVersion');
        // Before 3.7 the server chooses the security type.
        this.#stage = Number(minor) < 7 ? 'init' : 'security';
        return { bytes: head, left: 0, passes: true };
      }
      case 'security':
        // None: our sockets offer nothing else.
        if (head[0] !== 1) throw strange('security type');
        this.#stage = 'init';
        return { bytes: head, left: 0, passes: true };
      case 'init':
        this.#stage = 'messages';
        return { bytes: Uint8Array.of(1), left: 0, passes: true };
      case 'messages': {
        const type = head[0] ?? 0;
        const lengthOf = messages[type];
        if (lengthOf === undefined) throw strange(type);
        const message = lengthOf(new DataView(head.buffer, head.byteOffset, head.length));
        if (message === undefined) return undefined;
        const passes = message.use === 'view' || this.#rights[message.use];
        return { bytes: head, left: message.length - head.length, passes };
      }
    }
  }
}
