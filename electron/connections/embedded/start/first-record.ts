import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';
import type { StartRequest } from './start-request.ts';
import type { ThisBoot } from '../run/this-boot.ts';

/** What is written down of a start before anything is made. @param startedAt ms since the epoch */
export function firstRecord(request: StartRequest, plan: LaunchPlan, startedAt: number, here: ThisBoot): RuntimeRecord {
  return {
    uuid: request.facts.uuid,
    name: request.facts.name,
    phase: 'starting',
    id: request.id,
    qemu: null,
    monitor: plan.monitorPath,
    log: request.paths.log,
    logOffset: 0,
    startedAt,
    boot: here.boot,
    computer: here.computer,
    state: { state: 'paused', reason: 'starting up' },
    liveXml: plan.liveXml,
    definition: request.xml,
    startPaused: request.paused,
    rebootAskedAt: null,
    nics: [],
    consoles: plan.consoles.map(({ alias, label, via }) => ({ alias, label, interactive: via.kind !== 'log' })),
    images: plan.images.map((image) => ({ ...image })),
    diverged: false,
    detachPending: [],
    replugs: [],
  };
}
