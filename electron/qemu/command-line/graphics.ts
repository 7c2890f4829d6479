import type { Graphics, GraphicsListen, SpiceGraphics, VncGraphics } from '../../../shared/domain/index.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import { choosesPort, leavesSpiceToUs, listensByTcp } from '../plan/display-port.ts';
import { screensOf, spiceSocket, vncSocket } from '../plan/screens.ts';
import type { CommandLine } from './builder.ts';
import { escapeCommas, flag, join, pair } from './options.ts';

/** VNC's display 0 is this TCP port. */
const VNC_PORT = 5900;

/** Adds displays (formatdomain "Graphical framebuffers"). */
export function addGraphics(line: CommandLine): void {
  const { graphics } = line.draft.devices;
  if (!graphics.some((g) => g.type === 'sdl' || g.type === 'egl-headless' || g.type === 'dbus')) line.add('display', 'none');
  line.each(graphics, (device) => {
    switch (device.type) {
      case 'vnc':
        addVnc(line, device);
        break;
      case 'spice':
        addSpice(line, device);
        break;
      case 'egl-headless':
        line.add('display', join('egl-headless', rendering(device.renderNode ?? line.host.renderNode)));
        break;
      case 'sdl':
        if (line.starts)
          line.refuse(unsupported(`${device.path}/@type`, 'A window of SDL needs a desktop that QEMU could open it on.', 'Use VNC.'));
        line.add('display', join('sdl', flag('gl', device.gl)));
        if (device.fullscreen === true) line.add('full-screen');
        break;
      case 'dbus':
        if (line.starts) line.refuse(unsupported(`${device.path}/@type`, 'Displays by D-Bus are not supported.', 'Use VNC.'));
        line.add(
          'display',
          join(
            'dbus',
            device.busAddress === undefined ? undefined : `addr=${escapeCommas(device.busAddress)}`,
            device.p2p === true ? 'p2p=on' : undefined,
          ),
        );
        break;
      case 'rdp':
      case 'desktop':
        throw unsupported(`${device.path}/@type`, `QEMU has no display of the type '${device.type}'.`, 'Use VNC.');
    }
  });
  if (line.starts) addScreens(line);
}

/**
 * Adds a VNC server for each screen that the XML's own doesn't show to us. They come last: QEMU takes the first one for commands that name none
 * (set_password). Not in what libvirt would run.
 */
function addScreens(line: CommandLine): void {
  const { devices } = line.draft;
  const [vnc] = devices.graphics.filter((device) => device.type === 'vnc');
  for (const { id, video, head, file, extra } of screensOf(devices)) {
    if (!extra) continue;
    line.add(
      'vnc',
      join(
        `vnc=unix:${escapeCommas(`${line.paths.runtime}/${file}`)}`,
        `id=${id}`,
        `display=${video}`,
        `head=${head}`,
        'share=force-shared',
        vnc === undefined ? undefined : audioOf(line, vnc),
      ),
    );
  }
}

/** What libvirt shows for a SPICE port that is chosen at the start. */
const SPICE_PORT = 5901;

/** An address as part of an option's text: IPv6 in brackets, commas doubled. */
const bracketed = (address: string): string => escapeCommas(address.includes(':') ? `[${address}]` : address);
const socketOf = (line: CommandLine, listen: GraphicsListen, name: string): string =>
  (listen.type === 'socket' ? listen.socket : undefined) ?? `${line.paths.runtime}/${name}`;
const addressOf = (device: Draft<Graphics>, listen: GraphicsListen | undefined): string => {
  if (listen?.type === 'network' && listen.address === undefined)
    throw unsupported(`${device.path}/listen/@network`, 'Listening on the address of a virtual network is not supported.');
  const address = (listen?.type === 'address' || listen?.type === 'network' ? listen.address : undefined) ?? '127.0.0.1';
  // A name or an address of a host: nothing else that a resolver takes for one has other characters.
  if (!/^[\w.:%-]+$/.test(address)) throw invalid(`${device.path}/listen/@address`, `'${address}' is no address of a computer.`);
  return address;
};

/** Which GPU renders for the guest; left open, QEMU takes the first. */
const rendering = (node: string | undefined): string | undefined => (node === undefined ? undefined : `rendernode=${escapeCommas(node)}`);

const spiceNode = (line: CommandLine, device: Draft<SpiceGraphics>): string | undefined => {
  const node = device.renderNode ?? line.host.renderNode;
  if (node === undefined && !line.knowsHost)
    line.refuse(
      unsupported(
        `${device.path}/gl/@rendernode`,
        "OpenGL is rendered by the host's first GPU, and none is known here.",
        "Name its node: rendernode='/dev/dri/renderD128'.",
      ),
    );
  return node;
};

/** Where a viewer of VNC gets the guest's sound from. */
const audioOf = (line: CommandLine, device: Draft<VncGraphics>): string | undefined => {
  const audio = device.audioId ?? line.draft.devices.audios[0]?.id;
  return audio === undefined ? undefined : `audiodev=audio${audio}`;
};

const addVnc = (line: CommandLine, device: Draft<VncGraphics>): void => {
  const listen = device.listens[0];
  if (device.listens.length > 1) line.refuse(unsupported(`${device.path}/listen[2]`, 'A VNC server listens in one place.'));
  const head = vncHead(line, device, listen);
  line.add(
    'vnc',
    join(
      head,
      device.websocket === undefined || device.websocket < 0 ? undefined : `websocket=${device.websocket}`,
      pair('share', device.sharePolicy),
      device.password === undefined ? undefined : 'password=on',
      flag('power-control', device.powerControl),
      audioOf(line, device),
    ),
  );
  if (device.keymap !== undefined) line.add('k', device.keymap);
};

const vncHead = (line: CommandLine, device: Draft<VncGraphics>, listen: GraphicsListen | undefined): string => {
  if (listen?.type === 'none') return 'none';
  if (listen?.type === 'socket' || (line.starts && !listensByTcp(device))) {
    return `vnc=unix:${escapeCommas(socketOf(line, listen ?? { type: 'socket' }, vncSocket))}`;
  }
  // A port beside autoport is the one of an earlier run.
  const isAuto = device.autoport === true || device.port === undefined || device.port < 0;
  if (isAuto && line.starts) return join(`${bracketed(addressOf(device, listen))}:0`, 'to=99');
  const port = isAuto ? VNC_PORT : (device.port ?? VNC_PORT);
  if (port < VNC_PORT) line.refuse(invalid(`${device.path}/@port`, `A VNC port is ${VNC_PORT} or above.`));
  return `${bracketed(addressOf(device, listen))}:${port - VNC_PORT}`;
};

const addSpice = (line: CommandLine, device: Draft<SpiceGraphics>): void => {
  if (!line.capabilities.hasOption('spice'))
    line.refuse(unsupported(`${device.path}/@type`, 'This QEMU has no SPICE.', 'Use VNC, or install the SPICE module of QEMU.'));
  if (line.starts && ((device.tlsPort ?? -1) > 0 || device.defaultMode === 'secure'))
    line.refuse(unsupported(`${device.path}/@tlsPort`, 'SPICE with TLS is not supported.'));
  for (const [place, { name, mode }] of device.channels.entries()) {
    if (!line.starts || mode !== 'secure' || (device.tlsPort ?? -1) > 0) continue;
    line.refuse(
      unsupported(
        `${device.path}/channel${device.channels.length > 1 ? `[${place + 1}]` : ''}/@mode`,
        `The channel '${name}' of SPICE is to be secure, and TLS is not supported.`,
        "Choose mode='any', or remove the channel.",
      ),
    );
  }
  const listen = device.listens[0];
  if (listen?.type === 'network') addressOf(device, listen);
  const hasTls = (device.tlsPort ?? -1) > 0;
  const parts: (string | undefined)[] = [];
  if (listen?.type === 'socket') parts.push(line.starts ? 'unix=on' : 'unix', `addr=${escapeCommas(socketOf(line, listen, spiceSocket))}`);
  else if (listen?.type === 'none') parts.push('port=0');
  else if (line.starts && leavesSpiceToUs(device)) parts.push('unix=on', `addr=${escapeCommas(`${line.paths.runtime}/${spiceSocket}`)}`);
  else {
    const isAuto = device.autoport === true || (device.port === -1 && device.tlsPort === -1);
    const port = isAuto || choosesPort(device) ? (line.host.displayPort ?? SPICE_PORT) : (device.port ?? 0);
    const explicit = listen?.type === 'address' || listen?.type === 'network' ? addressOf(device, listen) : undefined;
    parts.push(port > 0 || !hasTls ? `port=${Math.max(port, 0)}` : undefined, hasTls ? `tls-port=${device.tlsPort}` : undefined);
    if (port > 0 || hasTls) parts.push(`addr=${escapeCommas(explicit ?? '127.0.0.1')}`);
    if (hasTls) parts.push('x509-dir=/etc/pki/libvirt-spice');
  }
  if (device.defaultMode === 'secure') parts.push('tls-channel=default');
  if (device.defaultMode === 'insecure') parts.push('plaintext-channel=default');
  for (const channel of device.channels) {
    if (channel.mode === 'secure') parts.push(`tls-channel=${escapeCommas(channel.name)}`);
    if (channel.mode === 'insecure') parts.push(`plaintext-channel=${escapeCommas(channel.name)}`);
  }
  parts.push(
    pair('image-compression', device.imageCompression),
    pair('jpeg-wan-compression', device.jpegCompression),
    pair('zlib-glz-wan-compression', device.zlibCompression),
    flag('playback-compression', device.playbackCompression),
    pair('streaming-video', device.streamingMode),
    device.mouseMode === undefined ? undefined : `agent-mouse=${device.mouseMode === 'client' ? 'on' : 'off'}`,
    device.copyPaste === false ? 'disable-copy-paste=on' : undefined,
    device.fileTransfer === false ? 'disable-agent-file-xfer=on' : undefined,
    device.gl === true ? 'gl=on' : undefined,
    device.gl === true ? rendering(spiceNode(line, device)) : undefined,
    line.starts && device.password === undefined ? 'disable-ticketing=on' : undefined,
    'seamless-migration=on',
  );
  line.add('spice', join(...parts));
  if (device.keymap !== undefined) line.add('k', device.keymap);
};
