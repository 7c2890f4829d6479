import { parseXml } from '../../../shared/domain-xml/index.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';
import type { LaunchPlan } from '../plan/launch-plan.types.ts';
import { argvOf } from '../command-line/argv.ts';
import { planLaunch, readForLaunch } from '../launch-plan.ts';
import { unknownHost, type PlanHost, type PlanPurpose } from '../plan/plan-input.ts';
import { syntheticCapabilities } from './synthetic-capabilities.ts';

/** What a test of a plan may say differently. */
export interface PlanOptions {
  readonly capabilities?: QemuCapabilities;
  readonly purpose?: PlanPurpose;
  readonly host?: Partial<PlanHost>;
  readonly runtime?: string;
}

/** A whole domain around some devices: q35 by TCG, without balloon and USB, so that only what is tested is there. */
export function domainXml(
  devices: string,
  more: { readonly machine?: string; readonly type?: string; readonly top?: string } = {},
): string {
  return (
    `<domain type='${more.type ?? 'qemu'}'><name>demo</name><uuid>a75aca4b-a02f-2bcb-4a91-c93cd848c34b</uuid><memory unit='MiB'>256</memory><vcpu>1</vcpu>` +
    `<os><type arch='x86_64' machine='${more.machine ?? 'pc'}'>hvm</type></os><features><acpi/></features>${more.top ?? ''}` +
    `<devices><controller type='usb' model='none'/><memballoon model='none'/>${devices}</devices></domain>`
  );
}

/** The plan of an XML text. */
export function planOf(xml: string, options: PlanOptions = {}): LaunchPlan {
  const document = parseXml(xml);
  const runtime = options.runtime ?? '/run/tapestry/demo';
  return planLaunch({
    document,
    domain: readForLaunch(document),
    capabilities: options.capabilities ?? syntheticCapabilities(),
    purpose: options.purpose ?? 'start',
    paths: { runtime, nvram: '/var/lib/tapestry/nvram' },
    host: { ...unknownHost, ...options.host },
  });
}

type PlannedWords = Parameters<typeof argvOf>[0];

/** Values of one option in the order of the command line. */
export function valuesOf(plan: PlannedWords, option: string): string[] {
  const argv = argvOf(plan);
  return argv.flatMap((word, i) => (argv[i - 1] === option ? [word] : []));
}

/** The devices of a plan as QEMU's JSON has them, `[key=value]` spellings left out. */
export function devicesOf(plan: PlannedWords, option = '-device'): Record<string, unknown>[] {
  return valuesOf(plan, option)
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}
