import type { Domain } from '../../../../shared/domain/index.ts';
import type { QemuCapabilities } from '../../../qemu/capabilities/capabilities.ts';
import { planLaunch } from '../../../qemu/launch-plan.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import type { PlanHost } from '../../../qemu/plan/plan-input.ts';
import { parsedDefinition } from './parsed-definition.ts';
import type { MachinePaths } from '../ports/ports.ts';
import { Remembered } from './remembered.ts';

/** How many plans are remembered. */
const limit = 32;

/** Makes the plan of a start. See {@link launchPlans}. */
export type PlanStart = (
  xml: string,
  domain: Domain,
  capabilities: QemuCapabilities,
  paths: Pick<MachinePaths, 'runtime' | 'persistent'>,
  host: PlanHost,
  /** The text is a running machine's: see PlanInput. */
  running?: true,
) => LaunchPlan;

/**
 * Plans of starts, remembered by everything that they are made of: the definition's text, the answers of its emulator, the paths and
 * what the host was asked for. The time of day counts where the machine's clock begins at it.
 */
export function launchPlans(): PlanStart {
  // A newer emulator, or KVM that came, gives other answers: then everything is planned again.
  const known = new WeakMap<QemuCapabilities, Remembered<LaunchPlan>>();
  return (xml, domain, capabilities, { runtime, persistent }, host, running) => {
    const plans = known.get(capabilities) ?? new Remembered<LaunchPlan>(limit);
    known.set(capabilities, plans);
    const facts = domain.clock.offset === 'variable' ? host : { ...host, now: 0 };
    return plans.of(JSON.stringify([xml, domain.os.nvram?.file, runtime, persistent, facts, running]), () =>
      planLaunch({
        document: parsedDefinition(xml),
        domain,
        capabilities,
        purpose: 'start',
        paths: { runtime, nvram: persistent },
        host: facts,
        ...(running === undefined ? {} : { running }),
      }),
    );
  };
}
