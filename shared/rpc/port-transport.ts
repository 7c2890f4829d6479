import { TapestryError } from '../errors.ts';
import { maxByteFrame, maxMessage, violation, type Receiver, type Transport } from './protocol.ts';

/** What the browser's MessagePort, Node's and (through `on`) Electron's MessagePortMain have in common. */
export interface PortLike {
  postMessage(message: unknown): void;
  start?(): void;
  close(): void;
  addEventListener?(type: 'message' | 'close', listener: (event: unknown) => void): void;
  on?(type: 'message' | 'close', listener: (event: unknown) => void): unknown;
}

const tooLarge = (): TapestryError =>
  new TapestryError('limit', `The connection was closed: a message was larger than ${maxMessage / 1024 / 1024} MiB.`);

/**
 * The transport over a message port. Bytes are cloned, never transferred: Electron loses a whole message whose transfer list
 * holds an ArrayBuffer (electron#34905).
 */
export function portTransport(port: PortLike): Transport {
  let open = true;
  let receiver: Receiver | undefined;
  const shut = (error?: TapestryError): void => {
    if (!open) return;
    open = false;
    port.close();
    receiver?.closed(error);
  };
  const onMessage = (event: unknown): void => {
    const data = typeof event === 'object' && event !== null && 'data' in event ? event.data : undefined;
    if (!open) return;
    if (isByteFrame(data)) {
      if (data.b.byteLength > maxByteFrame) shut(tooLarge());
      else receiver?.bytes(data.c, data.b);
    } else if (fits(data, { left: maxMessage })) {
      receiver?.message(data);
    } else {
      shut(tooLarge());
    }
  };
  return {
    start: (to) => {
      receiver = to;
      if (port.addEventListener !== undefined) {
        port.addEventListener('message', onMessage);
        port.addEventListener('close', () => shut());
      } else if (port.on !== undefined) {
        port.on('message', onMessage);
        port.on('close', () => shut());
      } else {
        throw violation('the port delivers no messages');
      }
      port.start?.();
    },
    send: (message) => {
      if (!open) return;
      if (!fits(message, { left: maxMessage })) throw new TapestryError('limit', 'The message is too large to be sent.');
      port.postMessage(message);
    },
    sendBytes: (channel, bytes) => {
      if (!open) return;
      // A view of a larger buffer would be cloned with all of that buffer.
      port.postMessage({ c: channel, b: bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice() });
    },
    close: () => shut(),
  };
}

function isByteFrame(data: unknown): data is { c: number; b: Uint8Array } {
  return (
    typeof data === 'object' && data !== null && 'b' in data && data.b instanceof Uint8Array && 'c' in data && Number.isInteger(data.c)
  );
}

/** Walks a structured value as far as its budget (bytes, roughly those of its JSON) allows. */
function fits(value: unknown, budget: { left: number }): boolean {
  budget.left -= typeof value === 'string' ? value.length : 8;
  if (budget.left < 0) return false;
  if (ArrayBuffer.isView(value)) {
    budget.left -= value.byteLength;
    return budget.left >= 0;
  }
  if (typeof value !== 'object' || value === null) return true;
  for (const [key, inner] of Object.entries(value)) {
    budget.left -= key.length;
    if (!fits(inner, budget)) return false;
  }
  return true;
}
