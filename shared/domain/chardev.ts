import type { SourceSecurityLabel } from './seclabel.ts';

/** `<log file append>`: QEMU copies what the guest writes into this file. */
export interface ChardevLog {
  readonly file: string;
  /** Absent: truncate at start. */
  readonly append?: boolean;
}

/** `<reconnect>` of a client socket. Timeout in seconds, from 1. */
export interface Reconnect {
  readonly enabled: boolean;
  readonly timeout?: number;
}

/** A TCP or UDP end point; `service` is a port number or a service name. */
export interface ChardevEndpoint {
  readonly host?: string;
  readonly service?: string;
}

interface Common {
  readonly log?: ChardevLog;
  readonly seclabels?: readonly SourceSecurityLabel[];
}

export interface NullSource extends Common {
  readonly type: 'null';
}
export interface VcSource extends Common {
  readonly type: 'vc';
}
export interface StdioSource extends Common {
  readonly type: 'stdio';
}
/** `path` is known only while the machine runs. */
export interface PtySource extends Common {
  readonly type: 'pty';
  readonly path?: string;
}
export interface DevSource extends Common {
  readonly type: 'dev';
  readonly path: string;
}
export interface FileSource extends Common {
  readonly type: 'file';
  readonly path: string;
  readonly append?: boolean;
}
export interface PipeSource extends Common {
  readonly type: 'pipe';
  readonly path: string;
}
export interface UdpSource extends Common {
  readonly type: 'udp';
  /** Where QEMU sends to. */
  readonly connect: ChardevEndpoint;
  /** Where QEMU receives; absent: any. */
  readonly bind?: ChardevEndpoint;
}
export interface TcpSource extends Common {
  readonly type: 'tcp';
  /** bind: QEMU listens; connect: QEMU connects. */
  readonly mode: 'bind' | 'connect';
  readonly host: string;
  readonly service: string;
  readonly protocol: 'raw' | 'telnet' | 'telnets' | 'tls';
  readonly tls?: boolean;
  readonly reconnect?: Reconnect;
}
export interface UnixSource extends Common {
  readonly type: 'unix';
  readonly mode: 'bind' | 'connect';
  /** Absent on channels with a virtio target: the start chooses the path. */
  readonly path?: string;
  readonly reconnect?: Reconnect;
}
export interface SpicevmcSource extends Common {
  readonly type: 'spicevmc';
}
export interface SpiceportSource extends Common {
  readonly type: 'spiceport';
  readonly channel: string;
}
export interface QemuVdagentSource extends Common {
  readonly type: 'qemu-vdagent';
  readonly clipboardCopyPaste?: boolean;
  readonly mouseMode?: 'server' | 'client';
}
export interface DbusSource extends Common {
  readonly type: 'dbus';
  readonly channel: string;
}
export interface NmdmSource extends Common {
  readonly type: 'nmdm';
  readonly master: string;
  readonly slave: string;
}

/** The host's end of a character device (formatdomain, "Consoles, serial, parallel & channel devices"). */
export type ChardevSource =
  | NullSource
  | VcSource
  | StdioSource
  | PtySource
  | DevSource
  | FileSource
  | PipeSource
  | UdpSource
  | TcpSource
  | UnixSource
  | SpicevmcSource
  | SpiceportSource
  | QemuVdagentSource
  | DbusSource
  | NmdmSource;
