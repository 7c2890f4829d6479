import { z } from 'zod';
import { attributeValue, firstChild, parseXml } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import type { RuntimeRecord } from './runtime-record.ts';

/** How often the guest is asked for its numbers where its definition names no period (`<stats period=…/>`), s. */
const period = 5;

/** Numbers older than this are none: the guest's driver went, or the guest stands still, s. */
const stale = 60;

/** What QEMU's balloon knows (docs/interop/virtio-balloon-stats.rst), bytes; a number of 2^64-1 was never told. */
const guestStats = z.looseObject({
  'last-update': z.number(),
  stats: z.looseObject({ 'stat-total-memory': z.number(), 'stat-available-memory': z.number(), 'stat-free-memory': z.number() }),
});

/** A run as far as this needs it. */
export interface BallooningRun {
  readonly record: Pick<RuntimeRecord, 'liveXml'>;
  /** @throws TapestryError `qmp` when it can't be reached now */
  readonly qmp: Pick<QmpClient, 'execute'>;
}

/** What one guest uses of its memory by its own account, which it gives through a virtio balloon. */
export class GuestMemory {
  readonly #run: BallooningRun;
  readonly #deadline: number;
  #balloon: Promise<string | undefined> | undefined;

  /** @param deadline for each question to QEMU, ms */
  constructor(run: BallooningRun, deadline: number) {
    this.#run = run;
    this.#deadline = deadline;
  }

  /** Used memory (all but what programs could still get), KiB; undefined for a guest that doesn't tell. */
  async used(now = Date.now()): Promise<number | undefined> {
    try {
      this.#balloon ??= this.#prepare();
      const path = await this.#balloon;
      if (path === undefined) return undefined;
      const told = guestStats.safeParse(await this.#ask('qom-get', { path, property: 'guest-stats' }));
      if (!told.success || now / 1000 - told.data['last-update'] > stale) return undefined;
      const { 'stat-total-memory': total, 'stat-available-memory': available, 'stat-free-memory': free } = told.data.stats;
      const left = isTold(available) ? available : free;
      return isTold(total) && isTold(left) ? Math.max(0, Math.round((total - left) / 1024)) : undefined;
    } catch (error) {
      this.#balloon = undefined;
      // A QEMU that doesn't answer tells nothing of its guest; the next look asks again.
      if (error instanceof TapestryError) return undefined;
      throw error;
    }
  }

  /** Finds the balloon, and has the guest asked regularly. @returns its path in QEMU */
  async #prepare(): Promise<string | undefined> {
    const devices = firstChild(parseXml(this.#run.record.liveXml).root, 'devices');
    const balloon = devices === undefined ? undefined : firstChild(devices, 'memballoon');
    const alias = balloon === undefined ? undefined : aliasOf(balloon);
    if (balloon === undefined || alias === undefined || attributeValue(balloon, 'model')?.startsWith('virtio') !== true) return undefined;
    const where = { path: `/machine/peripheral/${alias}`, property: 'guest-stats-polling-interval' };
    if ((await this.#ask('qom-get', where)) === 0) await this.#ask('qom-set', { ...where, value: period });
    return where.path;
  }

  #ask(command: string, args: Record<string, unknown>): Promise<unknown> {
    return this.#run.qmp.execute(command, args, { deadline: this.#deadline });
  }
}

const isTold = (bytes: number): boolean => bytes >= 0 && bytes < 2 ** 63;
