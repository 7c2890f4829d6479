import type { contract } from './index.ts';

type Methods = typeof contract;

/** The names of the methods that have a trait, each to be listed: the compiler names one that is missing and one that is too many. */
type Having<Trait> = { readonly [Name in keyof Methods as Methods[Name] extends Trait ? Name : never]: true };

/**
 * The kind of each method, without its schemas: what a client needs to know of a contract. A command that only asks another host is done
 * before the schemas of a whole contract would be made. The type completes the list.
 */
export const methodKinds: { readonly [Name in keyof Methods]: Methods[Name]['kind'] } = {
  'connections.list': 'call',
  'connections.watch': 'events',
  'connections.connect': 'call',
  'connections.disconnect': 'call',
  'machines.list': 'call',
  'machines.watch': 'events',
  'machines.get': 'call',
  'machines.xml': 'call',
  'machines.define': 'call',
  'machines.undefine': 'call',
  'machines.rename': 'call',
  'machines.act': 'call',
  'machines.autostart': 'call',
  'machines.startMarked': 'call',
  'machines.device': 'call',
  'machines.check': 'call',
  'machines.native': 'call',
  'machines.cpuTime': 'call',
  'machines.monitor': 'call',
  'machines.stats': 'events',
  'machines.log': 'call',
  'machines.createDemo': 'call',
  'consoles.watch': 'events',
  'consoles.open': 'bytes',
  'consoles.recording': 'bytes',
  'consoles.clear': 'call',
  'storage.defaults': 'call',
  'storage.imageInfo': 'call',
  'storage.createImage': 'call',
  'storage.deleteImage': 'call',
  'storage.browse': 'call',
  'host.facts': 'call',
  'host.capabilities': 'call',
  'host.domainCapabilities': 'call',
  'networks.interfaces': 'call',
  'networks.watch': 'events',
  'networks.nics': 'events',
  'networks.nic': 'call',
  'networks.guestInterfaces': 'call',
  'networks.createBridge': 'call',
  'networks.deleteBridge': 'call',
  'networks.addUplink': 'call',
  'networks.confirmUplink': 'call',
  'networks.cancelUplink': 'call',
  'networks.trials': 'events',
  'networks.removeUplink': 'call',
  'networks.keepMove': 'call',
  'networks.generateMac': 'call',
  'networks.forward': 'call',
  'jobs.list': 'call',
  'jobs.watch': 'events',
  'jobs.cancel': 'call',
  'jobs.forget': 'call',
  'computer.alive': 'call',
  'computer.facts': 'call',
  'computer.doctor': 'call',
  'computer.checks': 'events',
  'computer.activity': 'events',
};

/** The calls that the contract declares as repeatable. */
export const repeatable: Having<{ readonly repeatable: true }> = {
  'computer.alive': true,
  'computer.facts': true,
  'connections.list': true,
  'host.capabilities': true,
  'host.domainCapabilities': true,
  'host.facts': true,
  'jobs.list': true,
  'machines.check': true,
  'machines.cpuTime': true,
  'machines.get': true,
  'machines.list': true,
  'machines.log': true,
  'machines.native': true,
  'machines.xml': true,
  'networks.generateMac': true,
  'networks.guestInterfaces': true,
  'networks.interfaces': true,
  'networks.nic': true,
  'storage.browse': true,
  'storage.defaults': true,
  'storage.imageInfo': true,
};

/** The streams that the contract declares as resumable. */
export const resumable: Having<{ readonly resumable: true }> = {
  'connections.watch': true,
  'consoles.watch': true,
  'jobs.watch': true,
  'machines.stats': true,
  'machines.watch': true,
  'networks.nics': true,
  'networks.trials': true,
  'networks.watch': true,
};
