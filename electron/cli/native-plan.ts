import { parseXmlBytes, withoutGenerated } from '../../shared/domain-xml/index.ts';
import type { Domain } from '../../shared/domain/index.ts';
import { shellQuote } from '../../shared/shell-quote.ts';
import type { QemuCapabilities } from '../qemu/capabilities/capabilities.ts';
import { argvOf } from '../qemu/command-line/argv.ts';
import { planLaunch, readForLaunch } from '../qemu/launch-plan.ts';
import type { PlanHost } from '../qemu/plan/plan-input.ts';

/** Where capabilities and facts come from: by the emulator of the XML (undefined: it names none) and the domain. */
export interface NativeSource {
  readonly host: (domain: Domain) => Promise<PlanHost>;
  readonly capabilities: (emulator: string) => Promise<QemuCapabilities>;
}

/**
 * A definition as the command line of its machine: environment, emulator and arguments, shell-quoted, one line.
 * @throws TapestryError `xml-*` with the path at fault; what the source throws
 */
export async function nativeCommandLine(xml: Uint8Array, source: NativeSource): Promise<string> {
  // As when it is defined: what a daemon or an earlier start wrote in for itself is no wish of the user's.
  const document = withoutGenerated(parseXmlBytes(xml), { keepDisks: true });
  const domain = readForLaunch(document);
  const host = await source.host(domain);
  const plan = planLaunch({
    document,
    domain,
    capabilities: await source.capabilities(domain.devices.emulator ?? host.emulator),
    purpose: 'native',
    // As libvirt names them: what only says where sockets would be says nothing of the guest.
    paths: { runtime: `/var/lib/libvirt/qemu/domain-1-${domain.name.slice(0, 20)}`, nvram: '/var/lib/libvirt/qemu/nvram' },
    host,
  });
  const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return [...environment, ...[plan.emulator, ...argvOf(plan)].map(shellQuote)].join(' ');
}
