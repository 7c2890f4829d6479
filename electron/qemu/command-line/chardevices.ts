import type { Channel, ChardevSource, RedirFilter } from '../../../shared/domain/index.ts';
import { characterSocket } from '../plan/character-socket.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import type { PlannedConsole } from '../plan/launch-plan.types.ts';
import { virtioProps, type CommandLine } from './builder.ts';
import { addChardev } from './chardev.ts';
import type { OptionProps } from './options.ts';

/**
 * How the recorder reaches a port; undefined: not at all (the XML sends it where nobody can follow). A socket that the XML names, or a TCP port, is
 * the user's: QEMU takes one client there, and that one is theirs. Such a port is recorded by QEMU's own log, beside them.
 *
 * @param named the source as the XML has it, before a socket of ours was put into it
 */
const viaOf = (source: ChardevSource, named: ChardevSource): PlannedConsole['via'] | undefined => {
  if (source.type === 'pty') return { kind: 'pty' };
  const isOurs = named.type === 'unix' && named.path === undefined;
  if (isOurs && source.type === 'unix' && source.path !== undefined) return { kind: 'unix', path: source.path };
  return source.log === undefined ? { kind: 'log' } : undefined;
};

const consoleOf = (alias: string, label: string, source: ChardevSource, named: ChardevSource): PlannedConsole[] => {
  const via = viaOf(source, named);
  return via === undefined ? [] : [{ alias, label, via }];
};

const isRecorded = (source: ChardevSource, named: ChardevSource): boolean => viaOf(source, named)?.kind === 'log';

/** Adds serial ports; returns those that can be opened as consoles. */
export function addSerials(line: CommandLine): PlannedConsole[] {
  return line
    .each(line.draft.devices.serials, (serial, place) => {
      const alias = line.id(serial);
      const source = withPath(line, serial.source, alias);
      const chardev = addChardev(line, source, { alias, path: serial.path, recorded: isRecorded(source, serial.source) });
      line.device({
        ...serialDriver(line, serial),
        chardev,
        id: alias,
        ...(serial.targetType === 'isa-serial' ? { index: serial.port } : {}),
        ...line.place(serial),
      });
      return consoleOf(alias, `Serial ${place + 1}`, source, serial.source);
    })
    .flat();
}

const serialDriver = (line: CommandLine, serial: CommandLine['draft']['devices']['serials'][number]): OptionProps => {
  const type = serial.targetType ?? 'isa-serial';
  switch (type) {
    case 'isa-serial':
    case 'usb-serial':
    case 'pci-serial':
      return { driver: type };
    case 'isa-debug':
      return { driver: 'isa-debugcon' };
    case 'spapr-vio-serial':
    case 'system-serial':
    case 'sclp-serial':
      throw invalid(`${serial.path}/target/@type`, `A serial port of type '${type}' does not exist on ${line.draft.arch}.`);
  }
};

/** A socket without a path listens on one of the machine's own, as libvirt has it for channels. */
const withPath = (line: CommandLine, source: ChardevSource, alias: string): ChardevSource =>
  source.type === 'unix' && source.path === undefined
    ? { ...source, mode: 'bind', path: characterSocket(line.paths.runtime, alias) }
    : source;

/** Parallel ports: a chardev and an isa-parallel each (formatdomain "Parallel port"). @throws TapestryError `xml-unsupported` for back ends that this QEMU lacks */
export function addParallels(line: CommandLine): void {
  line.each(line.draft.devices.parallels, (parallel) => {
    const alias = line.id(parallel);
    const chardev = addChardev(line, parallel.source, { alias, path: parallel.path, parallel: true });
    line.device({ driver: 'isa-parallel', chardev, id: alias, ...line.place(parallel) });
  });
}

const addVirtioPort = (
  line: CommandLine,
  driver: string,
  device: { path: string; address?: Draft<Channel>['address'] },
  rest: OptionProps,
): void => {
  const { address } = device;
  if (address === undefined) {
    line.device({ driver, ...rest });
    return;
  }
  if (address.type !== 'virtio-serial')
    throw invalid(`${device.path}/address`, 'A port of a virtio-serial controller needs an address of type virtio-serial.');
  const bus = `${line.controllerAlias('virtio-serial', address.controller, device.path)}.${address.bus}`;
  line.device({ driver, bus, nr: address.port, ...rest });
};

/** Adds channels (formatdomain "Channel"). */
export function addChannels(line: CommandLine): void {
  line.each(line.draft.devices.channels, (channel) => {
    const alias = line.id(channel);
    const { target } = channel;
    const source = withPath(line, channel.source, alias);
    const chardev = addChardev(line, source, { alias, path: channel.path, spiceName: 'vdagent' });
    if (target.type === 'guestfwd') {
      const address = target.address.includes(':') ? `[${target.address}]` : target.address;
      line.netdev({ type: 'user', guestfwd: [{ str: `tcp:${address}:${target.port}-chardev:${chardev}` }], id: alias });
    } else if (target.type === 'virtio') {
      const name = target.name ?? (source.type === 'spicevmc' || source.type === 'qemu-vdagent' ? 'com.redhat.spice.0' : undefined);
      addVirtioPort(line, 'virtserialport', channel, { chardev, id: alias, name });
    } else throw invalid(`${channel.path}/target/@type`, 'Channels of type xen exist on Xen only.');
  });
}

/** Adds consoles that are not another name for a serial port; returns them. */
export function addConsoles(line: CommandLine): PlannedConsole[] {
  return line
    .each(line.draft.devices.consoles, (device) => {
      if (device.targetType === 'serial' || device.targetType === undefined) return [];
      if (device.targetType !== 'virtio')
        throw unsupported(`${device.path}/target/@type`, `A console of type '${device.targetType}' does not exist on ${line.draft.arch}.`);
      const alias = line.id(device);
      const source = withPath(line, device.source, alias);
      const chardev = addChardev(line, source, { alias, path: device.path, recorded: isRecorded(source, device.source) });
      addVirtioPort(line, 'virtconsole', device, { chardev, id: alias });
      return consoleOf(alias, `Virtio console ${alias.replace('console', '')}`, source, device.source);
    })
    .flat();
}

/** Adds smart cards. */
export function addSmartcards(line: CommandLine): void {
  line.each(line.draft.devices.smartcards, (card) => {
    const alias = line.id(card);
    const { source } = card;
    const rest = { id: alias, ...line.place(card) };
    if (source.mode === 'host') line.device({ driver: 'ccid-card-emulated', backend: 'nss-emulated', ...rest });
    else if (source.mode === 'host-certificates') {
      const [cert1, cert2, cert3] = source.certificates;
      line.device({
        driver: 'ccid-card-emulated',
        backend: 'certificates',
        cert1,
        cert2,
        cert3,
        db: source.database ?? '/etc/pki/nssdb',
        ...rest,
      });
    } else {
      const chardev = addChardev(line, withPath(line, source.chardev, alias), { alias, path: card.path, spiceName: 'smartcard' });
      line.device({ driver: 'ccid-card-passthru', chardev, ...rest });
    }
  });
}

/** Adds USB devices that a viewer redirects. */
export function addRedirdevs(line: CommandLine): void {
  const filter = line.draft.domain.devices.redirFilter;
  line.each(line.draft.devices.redirdevs, (redirdev) => {
    const alias = line.id(redirdev);
    const chardev = addChardev(line, withPath(line, redirdev.source, alias), {
      alias,
      path: redirdev.path,
      spiceName: 'usbredir',
    });
    line.device({
      driver: 'usb-redir',
      chardev,
      id: alias,
      filter: filter === undefined ? undefined : filterText(filter),
      bootindex: redirdev.bootIndex,
      ...line.place(redirdev),
    });
  });
}

/** usb-redir's filter rules: class:vendor:product:version:allow, joined by `|`; -1 is any. */
const filterText = (filter: RedirFilter): string => {
  const hex = (n: number | undefined, digits: number) =>
    n === undefined ? '-1' : `0x${n.toString(16).toUpperCase().padStart(digits, '0')}`;
  return filter.rules
    .map((rule) =>
      [hex(rule.class, 2), hex(rule.vendor, 4), hex(rule.product, 4), hex(bcd(rule.version), 4), rule.allow ? '1' : '0'].join(':'),
    )
    .join('|');
};

/** USB writes versions in binary-coded decimals: 1.10 is 0x0110. */
const bcd = (version: string | undefined): number | undefined => {
  if (version === undefined) return undefined;
  const [major = '0', minor = '0'] = version.split('.');
  return (Number.parseInt(major, 16) << 8) + Number.parseInt(minor.padEnd(2, '0'), 16);
};

/** Adds random number generators. */
export function addRngs(line: CommandLine): void {
  line.each(line.draft.devices.rngs, (rng) => {
    const alias = line.id(rng);
    const id = `obj${alias}`;
    const { backend } = rng;
    if (backend.model === 'random') line.object({ 'qom-type': 'rng-random', id, filename: backend.device ?? '/dev/random' });
    else if (backend.model === 'builtin') line.object({ 'qom-type': 'rng-builtin', id });
    else
      line.object({
        'qom-type': 'rng-egd',
        id,
        chardev: addChardev(line, withPath(line, backend.source, alias), { alias, path: rng.path }),
      });
    line.device({
      driver: line.virtioType('virtio-rng', rng.address, rng.model, rng.path),
      ...virtioProps(rng.driver),
      rng: id,
      id: alias,
      'max-bytes': rng.rate?.bytes,
      period: rng.rate === undefined ? undefined : (rng.rate.period ?? 1000),
      ...line.place(rng),
    });
  });
}
