import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { attachRecorder, startRecorder } from '../../../consoles/recorder.ts';
import { prepareLogPort } from '../../../consoles/log-port.ts';
import { acquireDescriptors, releaseNics } from '../../../network/nics/descriptors.ts';
import { NetworkHelper } from '../../../network/helper/helper.ts';
import type { Backend, DefinitionFacts } from '../ports/ports.ts';

const one = (xml: string, element: string): string | undefined => new RegExp(`<${element}(?: [^>]*)?>([^<]*)</${element}>`).exec(xml)?.[1];
const all = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1] ?? '');

const words = (...given: readonly string[]) => ({ words: given });

const factsOf = (xml: string): DefinitionFacts => {
  const [uuid, name] = [one(xml, 'uuid'), one(xml, 'name')];
  if (uuid === undefined || name === undefined) throw new TapestryError('xml-invalid', 'The definition has no name or no UUID.');
  return {
    uuid,
    name,
    vcpus: 1,
    memoryKiB: 32 * 1024,
    maxMemoryKiB: 32 * 1024,
    type: xml.includes("type='kvm'") ? 'kvm' : 'qemu',
    arch: 'x86_64',
    machine: 'pc',
    macs: [],
    consoles: [],
    lifecycle: {
      onPoweroff: one(xml, 'on_poweroff') ?? 'destroy',
      onReboot: one(xml, 'on_reboot') ?? 'restart',
      onCrash: one(xml, 'on_crash') ?? 'destroy',
    },
  };
};

/**
 * A backend that needs no domain reader and no capabilities, so that tests of the machines' life fail for their own reasons
 * only. Definitions are `<domain><name/><uuid/>…` with `<arg>` (one more argument for QEMU), `<image>` (a raw disk, IDE),
 * `<emulator>`, `<pty/>` (a recorded serial port) and on_poweroff, on_reboot, on_crash.
 */
export function simpleBackend(changes: Partial<Backend> = {}): Backend {
  const helper = new NetworkHelper();
  return {
    facts: factsOf,
    identify: factsOf,
    complete: (xml) => xml,
    place: (xml) => Promise.resolve(xml),
    images: (xml) => all(xml, 'image'),
    withName: (xml, name) => xml.replace(/<name>[^<]*<\/name>/, `<name>${name}</name>`),
    problems: () => Promise.resolve([]),
    prepare: (xml, paths) => {
      const monitorPath = join(paths.runtime, 'monitor.sock');
      const images = all(xml, 'image');
      const pty = xml.includes('<pty/>');
      return Promise.resolve({
        nics: [],
        plan: {
          emulator: one(xml, 'emulator') ?? 'qemu-system-x86_64',
          spelling: { device: 'json', netdev: 'json', object: 'json' },
          options: [
            words(
              ...`-machine pc,usb=off -accel ${xml.includes("type='kvm'") ? 'kvm' : 'tcg'} -m 32 -nodefaults -no-user-config -display none -S -no-shutdown`.split(
                ' ',
              ),
              ...`-chardev socket,id=charmonitor,path=${monitorPath},server=on,wait=off -mon chardev=charmonitor,mode=control`.split(' '),
              '-uuid',
              one(xml, 'uuid') ?? '',
              '-name',
              `guest=${one(xml, 'name') ?? ''}`,
              ...images.flatMap((path, index) => ['-drive', `file=${path},format=raw,if=ide,index=${index}`]),
            ),
            ...(pty
              ? [
                  { option: 'chardev', props: { backend: 'pty', id: 'charserial0' } } as const,
                  { option: 'device', props: { driver: 'isa-serial', chardev: 'charserial0', id: 'serial0' } } as const,
                ]
              : []),
            words(...all(xml, 'arg')),
          ],
          descriptors: [],
          monitorPath,
          consoles: pty ? [{ alias: 'serial0', label: 'Serial 1', via: { kind: 'pty' } as const }] : [],
          liveXml: pty ? xml.replace('<pty/>', "<devices><serial type='pty'><alias name='serial0'/></serial></devices>") : xml,
          images: images.map((path) => ({ path, readOnly: false, shareable: false, element: '/domain/devices/disk', format: 'raw' })),
          linksDown: [],
          environment: {},
        },
      });
    },
    prepareRunning: () => Promise.reject(new TapestryError('unsupported-operation', 'Not part of this test.')),
    acquire: acquireDescriptors,
    releaseNics: (records) => releaseNics(records, helper),
    startRecorder,
    attachRecorder,
    prepareLogPort,
    helper,
    kvm: async () => {
      try {
        await access('/dev/kvm', constants.R_OK | constants.W_OK);
        return { usable: 'untested', message: '' };
      } catch (error) {
        return { usable: 'no', message: `/dev/kvm can’t be opened by this user: ${String(error)}` };
      }
    },
    native: () => Promise.reject(new TapestryError('unsupported-operation', 'Not part of this test.')),
    ...changes,
  };
}
