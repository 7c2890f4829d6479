import { z } from 'zod';
import type { Display } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { ScreenMachine, ScreenSource } from './screen-source.types.ts';

/** QAPI's VncInfo2 and SpiceInfo, as far as they are used. */
const vncServers = z.array(
  z.object({
    id: z.string(),
    // Of a unix socket `service` is its path.
    server: z.array(z.object({ host: z.string(), service: z.string(), family: z.string(), websocket: z.boolean().default(false) })),
  }),
);
const spiceServer = z.object({
  host: z.string().optional(),
  port: z.number().int().optional(),
  'tls-port': z.number().int().optional(),
});

/** Where a running QEMU listens for viewers. */
export interface DisplayServers {
  /** Paths of the sockets of its VNC servers. */
  readonly sockets: ReadonlySet<string>;
  readonly displays: readonly Display[];
}

/**
 * Asks QEMU where it listens: it alone knows which port it found free, and a QEMU that another version of us started has what that one gave it.
 * @throws TapestryError `qmp`, `wrong-state`, as {@link ScreenSource.ask}
 */
export async function askDisplayServers(source: ScreenSource, machine: ScreenMachine): Promise<DisplayServers> {
  const ask = (command: string) => source.ask(machine.uuid, 'asked where it listens', command);
  const has = (type: Display['type']) => machine.displays.some((display) => display.type === type);
  const vnc = has('vnc') ? understood(vncServers, await ask('query-vnc-servers')) : [];
  const spice = has('spice') ? understood(spiceServer, await ask('query-spice')) : {};
  const own = new Set(machine.screens.filter(({ extra }) => extra).map(({ id }) => id));
  const written = vnc.find(({ id }) => !own.has(id))?.server ?? [];
  const portOf = (websocket: boolean) => {
    const server = written.find((one) => one.family !== 'unix' && one.websocket === websocket);
    return server === undefined ? null : Number(server.service);
  };
  return {
    sockets: new Set(vnc.flatMap(({ server }) => server.filter(({ family }) => family === 'unix').map(({ service }) => service))),
    displays: machine.displays.map((display) =>
      display.listen !== 'address'
        ? display
        : display.type === 'vnc'
          ? { ...display, port: portOf(false), websocket: portOf(true) }
          : { ...display, port: spice.port ?? null, tlsPort: spice['tls-port'] ?? null },
    ),
  };
}

function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { data, success } = schema.safeParse(answer);
  if (!success) throw new TapestryError('qmp-protocol', 'QEMU’s answer about its displays is not understood.');
  return data;
}
