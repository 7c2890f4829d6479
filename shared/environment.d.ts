// The few globals that Node and browsers share and that shared/ may use. Only shared/'s own check sees this
// file; whoever imports shared/ brings the real declarations with Node's or the DOM's library.
export {};
declare global {
  interface AbortSignal {
    readonly aborted: boolean;
    readonly reason: unknown;
    throwIfAborted(): void;
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
    removeEventListener(type: 'abort', listener: () => void): void;
  }
  class TextEncoder {
    encode(text?: string): Uint8Array<ArrayBuffer>;
  }
  class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
  }
  const crypto: { getRandomValues<T extends Uint8Array>(array: T): T; randomUUID(): string };
}
