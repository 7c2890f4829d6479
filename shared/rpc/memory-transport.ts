import type { Receiver, Transport } from './protocol.ts';

/**
 * Two transports that end in each other, within one process: the command line speaks to its own backend over the same
 * contract, with the same checks, as to another host. Messages arrive in later turns, as over a wire.
 */
export function memoryTransports(): [Transport, Transport] {
  const receivers: (Receiver | undefined)[] = [undefined, undefined];
  let open = true;
  const deliver = (to: 0 | 1, what: (receiver: Receiver) => void): void => {
    void Promise.resolve().then(() => {
      const receiver = receivers[to];
      if (receiver !== undefined) what(receiver);
    });
  };
  const end = (mine: 0 | 1, other: 0 | 1): Transport => ({
    start: (receiver) => {
      receivers[mine] = receiver;
    },
    send: (message) => {
      if (open) deliver(other, (receiver) => receiver.message(message));
    },
    sendBytes: (channel, bytes) => {
      const copy = bytes.slice();
      if (open) deliver(other, (receiver) => receiver.bytes(channel, copy));
    },
    close: () => {
      if (!open) return;
      open = false;
      deliver(0, (receiver) => receiver.closed());
      deliver(1, (receiver) => receiver.closed());
    },
  });
  return [end(0, 1), end(1, 0)];
}
