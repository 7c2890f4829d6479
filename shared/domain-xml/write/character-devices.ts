import type { ChardevSource, Reconnect } from '../../domain/chardev.ts';
import type { Console } from '../../domain/console.ts';
import type { Serial } from '../../domain/serial.ts';
import { fragment, fragmentIfAny, onOff, renderInfo, single, textFragment, yesNo, type Fragment } from './common.ts';

const renderReconnect = (reconnect: Reconnect | undefined): Fragment | undefined =>
  reconnect === undefined ? undefined : fragment('reconnect', { enabled: yesNo(reconnect.enabled), timeout: reconnect.timeout });

/** `<source>`, `<protocol>` and `<log>` of a character device; its `type` is the device's own attribute. */
const renderChardev = (source: ChardevSource): (Fragment | undefined | Fragment[])[] => {
  const labels = source.seclabels?.map(({ model, relabel, labelSkip, label }) =>
    fragment('seclabel', { model, labelskip: yesNo(labelSkip), relabel: yesNo(relabel) }, textFragment('label', label)),
  );
  const log = source.log === undefined ? undefined : fragment('log', { file: source.log.file, append: onOff(source.log.append) });
  switch (source.type) {
    case 'null':
    case 'vc':
    case 'stdio':
    case 'spicevmc':
      return [log];
    case 'pty':
    case 'dev':
    case 'pipe':
      return [fragmentIfAny('source', { path: source.path }, labels), log];
    case 'file':
      return [fragment('source', { path: source.path, append: onOff(source.append) }, labels), log];
    case 'unix':
      return [
        source.path === undefined && source.mode === 'connect'
          ? undefined
          : fragment('source', { mode: source.mode, path: source.path }, renderReconnect(source.reconnect), labels),
        log,
      ];
    case 'tcp':
      return [
        fragment(
          'source',
          { mode: source.mode, host: source.host, service: source.service, tls: yesNo(source.tls) },
          renderReconnect(source.reconnect),
        ),
        fragment('protocol', { type: source.protocol }),
        log,
      ];
    case 'udp':
      return [
        [
          ...(source.bind === undefined
            ? []
            : [fragment('source', { mode: 'bind', host: source.bind.host, service: source.bind.service })]),
          fragment('source', { mode: 'connect', host: source.connect.host, service: source.connect.service }),
        ],
        log,
      ];
    case 'spiceport':
    case 'dbus':
      return [fragment('source', { channel: source.channel }), log];
    case 'qemu-vdagent':
      return [
        fragmentIfAny(
          'source',
          {},
          single('clipboard', 'copypaste', yesNo(source.clipboardCopyPaste)),
          single('mouse', 'mode', source.mouseMode),
        ),
        log,
      ];
    case 'nmdm':
      return [fragment('source', { master: source.master, slave: source.slave }), log];
  }
};

/** Writes a `<serial>`. */
export function renderSerial(serial: Serial): Fragment {
  return fragment(
    'serial',
    { type: serial.source.type },
    ...renderChardev(serial.source),
    fragmentIfAny('target', { type: serial.targetType, port: serial.port }, single('model', 'name', serial.targetModel)),
    ...renderInfo(serial),
  );
}

/** Writes a `<console>`. */
export function renderConsole(console: Console): Fragment {
  return fragment(
    'console',
    { type: console.source.type },
    ...renderChardev(console.source),
    fragmentIfAny('target', { type: console.targetType, port: console.port }),
    ...renderInfo(console),
  );
}
