import type { Input } from '../../../domain/input.ts';
import { made } from '../../../domain/made.ts';
import type { Video, VideoModel } from '../../../domain/video.ts';
import type { Reader } from '../reader/reader.ts';
import { readInfo, readVirtioOptions, virtioModels } from './info.ts';

const videoModels: readonly VideoModel[] = [
  'vga',
  'cirrus',
  'vmvga',
  'xen',
  'vbox',
  'qxl',
  'parallels',
  'virtio',
  'gop',
  'none',
  'bochs',
  'ramfb',
  'default',
];

/** Reads a `<video>`. */
export function readVideo(reader: Reader): Video {
  const model = reader.child('model');
  const driver = reader.child('driver');
  const acceleration = model?.child('acceleration');
  const resolution = model?.child('resolution') ?? reader.child('resolution');
  const type = model === undefined ? 'default' : model.requiredOneOf('type', videoModels, 'default');
  const size = { max: 0xffffffff };
  const video = made<Video>({
    ...readInfo(reader),
    kind: 'video',
    model: type,
    vram: model?.integer('vram', size),
    vram64: model?.integer('vram64', size),
    ram: model?.integer('ram', size),
    vgamem: model?.integer('vgamem', size),
    heads: model?.integer('heads', size),
    primary: model?.yesNo('primary') ?? false,
    blob: model?.onOff('blob'),
    acceleration:
      acceleration === undefined
        ? undefined
        : made({
            accel3d: acceleration.yesNo('accel3d'),
            accel2d: acceleration.yesNo('accel2d'),
            renderNode: acceleration.filled('rendernode'),
          }),
    resolution:
      resolution === undefined
        ? undefined
        : { x: resolution.requiredInteger('x', { min: 1 }), y: resolution.requiredInteger('y', { min: 1 }) },
    driver: made<Video['driver']>({
      ...readVirtioOptions(driver),
      name: driver?.oneOf('name', ['qemu', 'vhostuser']),
      vgaconf: driver?.oneOf('vgaconf', ['io', 'on', 'off']),
    }),
  });
  if (type !== 'qxl') {
    for (const name of ['ram', 'vram64', 'vgamem'] as const) {
      const allowed = name === 'vgamem' && (type === 'vga' || type === 'bochs');
      if (video[name] !== undefined && !allowed && name !== 'vgamem') model?.error(`"${name}" is for qxl only.`, name);
    }
  }
  return video;
}

/** Reads an `<input>`. */
export function readInput(reader: Reader): Input {
  const type = reader.requiredOneOf('type', ['mouse', 'tablet', 'keyboard', 'passthrough', 'evdev'], 'mouse');
  const bus = reader.oneOf('bus', ['ps2', 'usb', 'xen', 'parallels', 'virtio', 'none']);
  const source = reader.child('source');
  if (bus === 'ps2' && type === 'tablet') reader.error('A tablet cannot sit on the PS/2 bus; use usb or virtio.', 'bus');
  if (type === 'passthrough' && bus !== undefined && bus !== 'virtio')
    reader.error('Passing an input device through needs the bus virtio.', 'bus');
  if (type === 'evdev' && bus !== undefined && bus !== 'none') reader.error('An evdev input has no bus.', 'bus');
  const node = source?.filled('evdev') ?? source?.filled('dev');
  if ((type === 'passthrough' || type === 'evdev') && node === undefined) {
    reader.error(`An input of type '${type}' needs <source ${type === 'evdev' ? 'dev' : 'evdev'}=…/>.`);
  }
  return made<Input>({
    ...readInfo(reader),
    kind: 'input',
    type,
    bus,
    model: reader.oneOf('model', virtioModels),
    source: node,
    grab: source?.oneOf('grab', ['all']),
    grabToggle: source?.oneOf('grabToggle', ['ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock']),
    repeat: source?.onOff('repeat'),
    driver: readVirtioOptions(reader.child('driver')),
  });
}
