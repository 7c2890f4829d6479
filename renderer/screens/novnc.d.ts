/** As much of noVNC 1.7 as is used here (docs/API.md of the package); it brings no types of its own. */
declare module '@novnc/novnc' {
  interface RfbEvents {
    readonly connect: CustomEvent;
    readonly disconnect: CustomEvent<{ readonly clean: boolean }>;
    readonly clipboard: CustomEvent<{ readonly text: string }>;
  }

  export default class RFB {
    constructor(target: Element, channel: WebSocket, options?: { readonly shared?: boolean });
    viewOnly: boolean;
    scaleViewport: boolean;
    resizeSession: boolean;
    /** A CSS background, of what is around the picture. */
    background: string;
    disconnect(): void;
    focus(): void;
    blur(): void;
    clipboardPasteFrom(text: string): void;
    /** The picture as it is, as a PNG. */
    toDataURL(): string;
    addEventListener<Name extends keyof RfbEvents>(name: Name, listener: (event: RfbEvents[Name]) => void): void;
  }
}
