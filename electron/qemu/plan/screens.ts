import type { Graphics, Video, VncGraphics } from '../../../shared/domain/index.ts';
import { listensByTcp } from './display-port.ts';

/** A picture that a machine has: one head of one of its video devices. */
export interface Screen {
  /** `video0`, `video0.1` for a further head. */
  readonly id: string;
  readonly video: string;
  readonly model: string;
  readonly head: number;
}

/** Where a screen can be opened without a password: a file in the machine's runtime directory. */
export interface ScreenSocket extends Screen {
  readonly file: string;
  /** QEMU listens there only for us: beside what the XML asks for, or because that has a password or shows another screen. */
  readonly extra: boolean;
}

/** What screens are made of. */
export interface ScreenDevices {
  readonly graphics: readonly Graphics[];
  readonly videos: readonly Video[];
}

/** The socket of a VNC server that the XML leaves to us. */
export const vncSocket = 'vnc.sock';

/** The socket of a SPICE server that the XML leaves to us. */
export const spiceSocket = 'spice.sock';

/** Video models each head of which is a console of QEMU's; the heads of a qxl are one picture (hw/display/qxl.c). */
const severalHeads: ReadonlySet<string> = new Set(['virtio']);

/** A machine has no more heads than QEMU gives a video device (VIRTIO_GPU_MAX_SCANOUTS), whatever a definition says. */
const mostHeads = 16;

/** Is this a VNC server on a socket of ours that asks for no password? */
const isOurs = (device: VncGraphics): boolean => {
  const [listen] = device.listens;
  const elsewhere = listen?.type === 'none' || (listen?.type === 'socket' && listen.socket !== undefined);
  return !elsewhere && !listensByTcp(device) && device.password === undefined;
};

/**
 * The screens of a machine in their order, with their sockets: none where the XML has no `<graphics type='vnc'>`, or no video device. The first is
 * served by the XML's own VNC server where that is on a socket of ours and without a password, each other one by a server of its own. Pure; the
 * same for a definition and for the XML of its run.
 */
export function screensOf({ graphics, videos }: ScreenDevices): readonly ScreenSocket[] {
  const vnc = graphics.find((device) => device.type === 'vnc');
  if (vnc === undefined) return [];
  // As a start has them: one where libvirt adds one, the primary one first.
  const inOrder: readonly Pick<Video, 'model' | 'alias' | 'heads'>[] =
    videos.length === 0 ? [{ model: 'default' }] : videos.toSorted((a, b) => Number(b.primary) - Number(a.primary));
  const screens = inOrder.flatMap(({ model, alias, heads }, place): Screen[] => {
    if (model === 'none') return [];
    const video = alias?.startsWith('ua-') === true ? alias : `video${place}`;
    const count = severalHeads.has(model) ? Math.min(Math.max(heads ?? 1, 1), mostHeads) : 1;
    return Array.from({ length: count }, (_, head) => ({ id: head === 0 ? video : `${video}.${head}`, video, model, head }));
  });
  return screens.map((screen, place) =>
    place === 0 && isOurs(vnc) ? { ...screen, file: vncSocket, extra: false } : { ...screen, file: `screen${place}.sock`, extra: true },
  );
}
