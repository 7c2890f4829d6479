import type { Problem } from '../../shared/domain-xml/reader.ts';
import { parseXmlBytes, readDomain } from '../../shared/domain-xml/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { QemuCapabilities } from '../qemu/capabilities/capabilities.ts';
import { planLaunch } from '../qemu/launch-plan.ts';
import { shellQuote } from './output.ts';
import { recordedHost } from './recorded-host.ts';

/** A definition as the command line that a start would run where these capabilities were recorded: environment, emulator and arguments, shell-quoted, one line. */
export function nativeCommandLine(xml: Uint8Array, capabilities: QemuCapabilities): string {
  const document = parseXmlBytes(xml);
  const { domain, problems, unclaimed } = readDomain(document);
  const fault = problems.find(({ severity }) => severity === 'error') ?? problems.find(({ severity }) => severity === 'unsupported');
  if (fault !== undefined) throw problemError(fault);
  const [unknown] = unclaimed;
  if (unknown !== undefined) throw new TapestryError('xml-unsupported', `${unknown} is not supported.`, { path: unknown });
  const plan = planLaunch({
    document,
    domain,
    capabilities,
    purpose: 'native',
    // As libvirt names them: what only says where sockets would be says nothing of the guest.
    paths: { runtime: `/var/lib/libvirt/qemu/domain-1-${domain.name.slice(0, 20)}`, nvram: '/var/lib/libvirt/qemu/nvram' },
    host: recordedHost(capabilities.arch, domain.name),
  });
  const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return [...environment, ...[plan.emulator, ...plan.argv].map(shellQuote)].join(' ');
}

/** A finding as the error that refuses the definition. */
export function problemError(problem: Problem): TapestryError {
  const { severity, path, message, line, column } = problem;
  return new TapestryError(severity === 'unsupported' ? 'xml-unsupported' : 'xml-invalid', message, {
    path,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  });
}
