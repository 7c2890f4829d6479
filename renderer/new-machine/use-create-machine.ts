import { useState } from 'react';
import { z } from 'zod';
import { connectionId } from '../../shared/contract/references.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';
import { errorDataOf } from '../words/errors.ts';
import { actOn } from '../machine/use-machine-actions.ts';
import { go } from '../state/route.ts';
import { useScope } from '../state/connections.ts';
import { useServices } from '../state/services.ts';
import { useJobAt } from '../state/job-place.ts';
import type { NewImage } from '../forms/use-create-image.ts';

/** What is defined when its disk is there; `disk` is that disk's path. */
const wish = z.object({ connection: connectionId, xml: z.string(), start: z.boolean(), disk: z.string().optional() });

/** Makes a machine: its disk, then its definition; an image that was made for a definition that is refused is taken away again. */
export function useCreateMachine(onCreated: () => void) {
  const services = useServices();
  const { api } = services;
  const connection = useScope();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const define = async ({ connection: where, xml, start, disk }: z.infer<typeof wish>) => {
    let made;
    try {
      made = await api['machines.define']({ connection: where, xml, createOnly: true });
    } catch (thrown) {
      if (disk !== undefined) await api['storage.deleteImage']({ connection: where, path: disk });
      throw thrown;
    }
    onCreated();
    const machine = { connection: where, uuid: made.uuid };
    go({ page: 'machine', ...machine, tab: 'console' });
    if (start) await actOn(services, machine, 'start');
  };
  const image = useJobAt('new-machine', (_job, note) => define(wish.parse(note)));
  const create = async (make: () => Promise<string>, disk: NewImage | undefined, start: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const xml = await make();
      parseXml(xml);
      const { problems } = await api['machines.check']({ connection, xml });
      const wrong = problems.find((problem) => problem.severity === 'error');
      if (wrong) {
        const { path, line, column, message } = wrong;
        throw new TapestryError('xml-invalid', message, {
          path,
          ...(line === undefined ? {} : { line }),
          ...(column === undefined ? {} : { column }),
        });
      }
      const wanted = { connection, xml, start };
      if (disk) image.begin(() => api['storage.createImage']({ connection, ...disk }), { ...wanted, disk: disk.path });
      else await define(wanted);
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { create, busy: busy || image.busy, error: error ?? image.error, image };
}
