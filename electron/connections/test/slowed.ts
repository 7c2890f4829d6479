import { setTimeout as delay } from 'node:timers/promises';
import { methodKinds } from '../../../shared/contract/method-kinds.ts';

type AnyMethod = (...given: unknown[]) => unknown;

/** Methods that are a stream, by their own names, whatever their area. */
const streams: ReadonlySet<string> = new Set(
  Object.entries(methodKinds).flatMap(([name, kind]) => (kind === 'events' ? [name.slice(name.indexOf('.') + 1)] : [])),
);

/** The same methods, each of which begins so many ms later. */
export function slowed<Area extends object>(area: Area, ms: number): Area {
  const methods = Object.entries(area) as [string, AnyMethod][];
  return Object.fromEntries(
    methods.map(([name, method]): [string, AnyMethod] => [
      name,
      streams.has(name)
        ? async function* (...given) {
            await delay(ms);
            yield* method(...given) as AsyncIterable<unknown>;
          }
        : async (...given) => {
            await delay(ms);
            return await (method(...given) as Promise<unknown>);
          },
    ]),
  ) as Area;
}
