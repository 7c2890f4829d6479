import type { Audio, AudioDirection } from '../../../domain/audio.ts';
import { made } from '../../../domain/made.ts';
import type { Sound } from '../../../domain/sound.ts';
import type { Reader } from '../reader/reader.ts';
import { readInfo } from './info.ts';

/** Reads a `<sound>`. */
export function readSound(reader: Reader): Sound {
  return made<Sound>({
    ...readInfo(reader),
    kind: 'sound',
    model: reader.requiredOneOf('model', ['sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich9', 'usb', 'ich7', 'virtio'], 'ich9'),
    codecs: reader.children('codec').map((codec) => codec.requiredOneOf('type', ['duplex', 'micro', 'output'], 'duplex')),
    audioId: reader.child('audio')?.integer('id', { min: 1, max: 0xffffffff }),
    multichannel: reader.yesNo('multichannel'),
  });
}

const readDirection = (reader: Reader | undefined): AudioDirection => {
  if (reader === undefined) return {};
  const settings = reader.child('settings');
  const number = { min: 1, max: 0xffffffff };
  const fixedSettings = reader.yesNo('fixedSettings');
  if (settings !== undefined && fixedSettings !== true) reader.error('Settings need fixedSettings="yes".', 'fixedSettings');
  return made<AudioDirection>({
    mixingEngine: reader.yesNo('mixingEngine'),
    fixedSettings,
    voices: reader.integer('voices', number),
    bufferLength: reader.integer('bufferLength', number),
    frequency: settings?.integer('frequency', number),
    channels: settings?.integer('channels', number),
    format: settings?.oneOf('format', ['s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32']),
    dev: reader.filled('dev'),
    tryPoll: reader.yesNo('tryPoll'),
    bufferCount: reader.integer('bufferCount', number),
    name: reader.filled('name'),
    streamName: reader.filled('streamName'),
    latency: reader.integer('latency', number),
    serverName: reader.filled('serverName'),
    clientName: reader.filled('clientName'),
    connectPorts: reader.filled('connectPorts'),
    exactName: reader.yesNo('exactName'),
  });
};

/** Reads an `<audio>`. */
export function readAudio(reader: Reader): Audio {
  return made<Audio>({
    kind: 'audio',
    path: reader.path,
    id: reader.requiredInteger('id', { min: 1, max: 0xffffffff }),
    type: reader.requiredOneOf(
      'type',
      ['none', 'alsa', 'coreaudio', 'jack', 'oss', 'pulseaudio', 'sdl', 'spice', 'file', 'dbus', 'pipewire'],
      'none',
    ),
    timerPeriod: reader.integer('timerPeriod', { min: 1, max: 0xffffffff }),
    input: readDirection(reader.child('input')),
    output: readDirection(reader.child('output')),
    tryMMap: reader.yesNo('tryMMap'),
    exclusive: reader.yesNo('exclusive'),
    dspPolicy: reader.integer('dspPolicy', { max: 0x7fffffff }),
    serverName: reader.filled('serverName'),
    runtimeDir: reader.filled('runtimeDir'),
    sdlDriver: reader.oneOf('driver', ['esd', 'alsa', 'arts', 'pulseaudio']),
    filePath: reader.filled('path'),
  });
}
