import type { LaunchSecurity } from '../../../domain/launch-security.ts';
import { made } from '../../../domain/made.ts';
import type { QemuExtras } from '../../../domain/qemu-extras.ts';
import { Reader } from '../reader/reader.ts';
import type { XmlElement } from '../../xml/nodes.ts';

/** Namespace of libvirt's words for QEMU itself. */
export const qemuNamespace = 'http://libvirt.org/schemas/domain/qemu/1.0';

/** Children in QEMU's namespace by their local name, whatever the prefix. */
const inQemu = (reader: Reader | undefined, localName: string): Reader[] =>
  (reader?.element.children ?? [])
    .filter((node): node is XmlElement => node.kind === 'element' && node.namespace === qemuNamespace && node.localName === localName)
    .map((element) => new Reader(element, (reader as Reader).findings));

/** Reads `qemu:commandline`, `qemu:override`, `qemu:capabilities`, `qemu:deprecation`. */
export function readQemuExtras(domain: Reader): QemuExtras {
  const [commandline] = inQemu(domain, 'commandline');
  const [capabilities] = inQemu(domain, 'capabilities');
  const [override] = inQemu(domain, 'override');
  const [deprecation] = inQemu(domain, 'deprecation');
  return made<QemuExtras>({
    args: inQemu(commandline, 'arg').map((arg) => {
      if (arg.attribute('value') === undefined) arg.error('<arg> needs the attribute "value".', 'value');
      return arg.attribute('value') ?? '';
    }),
    env: inQemu(commandline, 'env').map((env) => {
      const name = env.required('name');
      if (name !== '' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) env.error(`'${name}' is no name for an environment variable.`, 'name');
      return { name, value: env.attribute('value') ?? '' };
    }),
    overrides: inQemu(override, 'device').map((device) => ({
      path: device.path,
      alias: device.required('alias'),
      properties: inQemu(device, 'frontend')
        .flatMap((frontend) => inQemu(frontend, 'property'))
        .map((property) => {
          const type = property.requiredOneOf('type', ['string', 'signed', 'unsigned', 'bool', 'remove'], 'string');
          const value = property.attribute('value');
          if (type !== 'remove' && value === undefined) property.error('<property> needs the attribute "value".', 'value');
          return made<QemuExtras['overrides'][number]['properties'][number]>({ name: property.required('name'), type, value });
        }),
    })),
    capabilitiesAdd: inQemu(capabilities, 'add').map((one) => one.required('capability')),
    capabilitiesDel: inQemu(capabilities, 'del').map((one) => one.required('capability')),
    deprecation: deprecation?.oneOf('behavior', ['omit', 'reject', 'crash', 'none']),
  });
}

/** Reads `<launchSecurity>`. */
export function readLaunchSecurity(domain: Reader): LaunchSecurity | undefined {
  const security = domain.child('launchSecurity');
  if (security === undefined) return undefined;
  const type = security.requiredOneOf('type', ['sev', 'sev-snp', 'tdx', 's390-pv'], 'sev');
  if (type !== 'sev') {
    // Known to libvirt, and refused as a whole when the machine is planned: what is inside is of no use by itself.
    security.ignore('kernelHashes', 'authorKey', 'vcek');
    security.inert('cbitpos', 'reducedPhysBits', 'policy', 'guestVisibleWorkarounds', 'idBlock', 'idAuth', 'hostData');
    security.inert('mrConfigId', 'mrOwner', 'mrOwnerConfig', 'quoteGenerationService', 'quoteGenerationSocket');
    return { path: security.path, type };
  }
  const policy = security.child('policy');
  if (policy === undefined) security.error('SEV needs a <policy>.');
  return made<LaunchSecurity>({
    path: security.path,
    type,
    kernelHashes: security.yesNo('kernelHashes'),
    cbitpos: security.child('cbitpos')?.textInteger({ max: 0xffffffff }),
    reducedPhysBits: security.child('reducedPhysBits')?.textInteger({ max: 0xffffffff }),
    policy: policy?.textInteger({ max: 0xffffffff, hex: true }) ?? 0,
    dhCert: security.childText('dhCert'),
    session: security.childText('session'),
  });
}
