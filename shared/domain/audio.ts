/** One direction of an audio backend. Times in µs. */
export interface AudioDirection {
  readonly mixingEngine?: boolean;
  readonly fixedSettings?: boolean;
  readonly voices?: number;
  readonly bufferLength?: number;
  readonly frequency?: number;
  readonly channels?: number;
  readonly format?: 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32' | 'f32';
  /** ALSA, OSS: device. */
  readonly dev?: string;
  readonly tryPoll?: boolean;
  readonly bufferCount?: number;
  /** PulseAudio, PipeWire: device name and stream name; latency in µs. */
  readonly name?: string;
  readonly streamName?: string;
  readonly latency?: number;
  /** JACK. */
  readonly serverName?: string;
  readonly clientName?: string;
  readonly connectPorts?: string;
  readonly exactName?: boolean;
}

/** `<audio>`: the host's side of sound. Has no guest address. */
export interface Audio {
  readonly kind: 'audio';
  readonly path: string;
  /** From 1, unique. */
  readonly id: number;
  readonly type: 'none' | 'alsa' | 'coreaudio' | 'jack' | 'oss' | 'pulseaudio' | 'sdl' | 'spice' | 'file' | 'dbus' | 'pipewire';
  /** µs. */
  readonly timerPeriod?: number;
  readonly input: AudioDirection;
  readonly output: AudioDirection;
  /** OSS. */
  readonly tryMMap?: boolean;
  readonly exclusive?: boolean;
  readonly dspPolicy?: number;
  /** PulseAudio server, PipeWire runtime directory, SDL driver, path of the file. */
  readonly serverName?: string;
  readonly runtimeDir?: string;
  readonly sdlDriver?: string;
  readonly filePath?: string;
}
