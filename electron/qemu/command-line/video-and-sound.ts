import type { Audio, AudioDirection, Sound, Video } from '../../../shared/domain/index.ts';
import { unsupported, type Draft } from '../plan/draft.ts';
import { virtioProps, type CommandLine } from './builder.ts';
import type { OptionProps } from './options.ts';

const primaryDrivers: Readonly<Record<string, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl-vga',
  virtio: 'virtio-vga',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
};

/** Adds video cards (formatdomain "Video devices"). */
export function addVideos(line: CommandLine): void {
  line.each(line.draft.devices.videos, (video, index) => {
    if (video.model === 'none') return;
    const isVhostUser = video.driver.name === 'vhostuser';
    let chardev: string | undefined;
    if (isVhostUser) {
      if (line.starts) line.refuse(unsupported(`${video.path}/driver/@name`, 'vhost-user video cards are not supported.'));
      chardev = `chr-vu-${line.id(video)}`;
      line.chardev({
        backend: 'socket',
        id: chardev,
        fd: line.descriptor({ kind: 'listen', path: `${line.paths.runtime}/${line.id(video)}.sock` }),
      });
    }
    line.device({ ...videoProps(line, video, index === 0), chardev, ...line.place(video) });
  });
}

const videoDriver = (line: CommandLine, video: Draft<Video>, primary: boolean): string => {
  if (video.model === 'virtio') {
    const gl = video.acceleration?.accel3d === true && video.driver.name !== 'vhostuser';
    if (video.driver.name === 'vhostuser') return primary ? 'vhost-user-vga' : 'vhost-user-gpu-pci';
    if (primary && line.capabilities.hasType('virtio-vga'))
      return gl && line.capabilities.hasType('virtio-vga-gl') ? 'virtio-vga-gl' : 'virtio-vga';
    return gl && line.capabilities.hasType('virtio-gpu-gl-pci') ? 'virtio-gpu-gl-pci' : 'virtio-gpu-pci';
  }
  if (!primary) {
    if (video.model === 'qxl') return 'qxl';
    throw unsupported(`${video.path}/model/@type`, `A card of the model '${video.model}' can be the first video card only.`);
  }
  const driver = primaryDrivers[video.model];
  if (driver === undefined) throw unsupported(`${video.path}/model/@type`, `QEMU has no video card of the model '${video.model}'.`);
  return driver;
};

const KIB = 1024;

const videoProps = (line: CommandLine, video: Draft<Video>, primary: boolean): OptionProps => {
  const driver = videoDriver(line, video, primary);
  const isVirtio = video.model === 'virtio';
  const isQxl = video.model === 'qxl';
  const heads = video.heads ?? (isVirtio || isQxl ? 1 : undefined);
  return {
    driver,
    // The VGA card of vhost-user has none of them in libvirt's command line; a start refuses both.
    ...(isVirtio && driver !== 'vhost-user-vga' ? virtioProps(video.driver) : {}),
    id: video.alias,
    blob: video.blob,
    ...(isQxl || isVirtio ? { max_outputs: heads } : {}),
    ...(isQxl
      ? {
          ram_size: (video.ram ?? 64 * KIB) * KIB,
          vram_size: (video.vram ?? 64 * KIB) * KIB,
          vram64_size_mb: (video.vram64 ?? 0) / KIB,
          vgamem_mb: (video.vgamem ?? 16 * KIB) / KIB,
        }
      : {}),
    ...(video.model === 'vga' || video.model === 'vmvga' ? { vgamem_mb: (video.vram ?? 16 * KIB) / KIB } : {}),
    ...(video.model === 'bochs' ? { vgamem: (video.vram ?? 16 * KIB) * KIB } : {}),
    ...(video.resolution === undefined ? {} : { xres: video.resolution.x, yres: video.resolution.y }),
  };
};

const soundDrivers: Readonly<Record<string, string>> = {
  es1370: 'ES1370',
  ac97: 'AC97',
  sb16: 'sb16',
  usb: 'usb-audio',
  ich6: 'intel-hda',
  ich9: 'ich9-intel-hda',
  virtio: 'virtio-sound-pci',
};

/** Adds sound cards and the codecs of those that have them (formatdomain "Sound devices"). */
export function addSounds(line: CommandLine): void {
  line.each(line.draft.devices.sounds, (sound) => {
    if (sound.model === 'pcspk') return;
    const driver = soundDrivers[sound.model];
    if (driver === undefined || sound.model === 'virtio')
      throw unsupported(`${sound.path}/@model`, `QEMU has no sound card of the model '${sound.model}'.`);
    const audiodev = `audio${sound.audioId ?? line.draft.devices.audios[0]?.id ?? 1}`;
    const hasCodecs = sound.model === 'ich6' || sound.model === 'ich9';
    line.device({ driver, id: sound.alias, ...(hasCodecs ? {} : { audiodev }), multi: sound.multichannel, ...line.place(sound) });
    if (hasCodecs) addCodecs(line, sound, audiodev);
  });
}

const addCodecs = (line: CommandLine, sound: Draft<Sound>, audiodev: string): void => {
  const codecs = sound.codecs.length === 0 ? (['duplex'] as const) : sound.codecs;
  codecs.forEach((codec, cad) => {
    line.device({ driver: `hda-${codec}`, id: `${line.id(sound)}-codec${cad}`, bus: `${line.id(sound)}.0`, cad, audiodev });
  });
};

const audioDrivers: Readonly<Record<Audio['type'], string>> = {
  none: 'none',
  alsa: 'alsa',
  coreaudio: 'coreaudio',
  jack: 'jack',
  oss: 'oss',
  pulseaudio: 'pa',
  sdl: 'sdl',
  spice: 'spice',
  file: 'wav',
  dbus: 'dbus',
  pipewire: 'pipewire',
};

/** Adds the host's side of sound (formatdomain "Audio backends"; QAPI type Audiodev). */
export function addAudios(line: CommandLine): void {
  line.each(line.draft.devices.audios, (audio) => {
    line.add(
      'audiodev',
      JSON.stringify(
        compact({
          id: `audio${audio.id}`,
          driver: audioDrivers[audio.type],
          'timer-period': audio.timerPeriod,
          path: audio.filePath,
          server: audio.serverName,
          'try-mmap': audio.tryMMap,
          exclusive: audio.exclusive,
          'dsp-policy': audio.dspPolicy,
          in: direction(audio.input),
          out: direction(audio.output),
        }),
      ),
    );
  });
}

const compact = (props: OptionProps): OptionProps => Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));

const direction = (d: AudioDirection): OptionProps | undefined => {
  const props = compact({
    'mixing-engine': d.mixingEngine,
    'fixed-settings': d.fixedSettings,
    voices: d.voices,
    'buffer-length': d.bufferLength,
    frequency: d.frequency,
    channels: d.channels,
    format: d.format,
    dev: d.dev,
    'buffer-count': d.bufferCount,
    'try-poll': d.tryPoll,
    name: d.name,
    'stream-name': d.streamName,
    latency: d.latency,
    'server-name': d.serverName,
    'client-name': d.clientName,
    'connect-ports': d.connectPorts,
    'exact-name': d.exactName,
  });
  return Object.keys(props).length === 0 ? undefined : props;
};
