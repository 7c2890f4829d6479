import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { CliError, during, print, type CliContext, type CommonOptions } from './context.ts';
import { table } from './output.ts';

/** iface-list, iface-bridge, iface-unbridge. */
export function addInterfaceCommands(program: Command, context: CliContext): void {
  program
    .command('iface-list')
    .description('list physical host interfaces and bridges')
    .option('--inactive', 'list inactive interfaces')
    .option('--all', 'list inactive & active interfaces')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions & { inactive?: boolean; all?: boolean }) => {
      const interfaces = await (await context.api())['networks.interfaces']({ connection: await context.connection() });
      const wanted = interfaces.filter(
        ({ kind, up }) => kind !== 'tap' && kind !== 'macvtap' && (options.all === true || up === (options.inactive !== true)),
      );
      print(
        context,
        options,
        wanted,
        table(
          ['Name', 'State', 'MAC Address'],
          wanted.map(({ name, up, mac }) => [name, up ? 'active' : 'inactive', mac]),
        ),
      );
    });

  program
    .command('iface-bridge <interface> <bridge>')
    .description('create a bridge device and attach an existing network device to it')
    .option('--stp', 'enable the spanning tree protocol')
    .option('--no-stp', 'do not')
    .option('--yes', 'keep the change without asking; it is undone after 30 s otherwise')
    .option('--json', 'print JSON')
    .action(async (port: string, bridge: string, options: CommonOptions & { stp?: boolean; yes?: boolean }) => {
      if (options.yes !== true && !context.stdin.isTTY)
        throw new CliError({
          code: 'invalid',
          message: 'iface-bridge asks whether to keep the change',
          next: 'Give --yes where nobody can answer.',
        });
      const [api, connection] = [await context.api(), await context.connection()];
      // One call: a bridge whose device can't be attached, or whose change isn't kept, goes again.
      const create = options.stp === undefined ? {} : { stp: options.stp };
      const { token, until } = await during(
        `Failed to create bridge ${bridge}`,
        api['networks.addUplink']({ connection, bridge, port, confirmWithin: 30, create }),
      );
      if (options.yes === true || (await keep(context, until))) {
        await during('Failed to keep the change', api['networks.confirmUplink']({ connection, token }));
        print(
          context,
          options,
          { bridge, port },
          `Created bridge ${bridge} with attached device ${port}\nBridge interface ${bridge} started`,
        );
      } else {
        await takenBack(api['networks.cancelUplink']({ connection, token }));
        throw new CliError({ code: 'cancelled', message: `The change wasn't kept: ${port} is off the bridge ${bridge} again.` });
      }
    });

  program
    .command('iface-unbridge <bridge>')
    .description('detach the uplink from a bridge and delete the bridge')
    .option('--json', 'print JSON')
    .action(async (name: string, options: CommonOptions) => {
      const [api, connection] = [await context.api(), await context.connection()];
      const interfaces = await api['networks.interfaces']({ connection });
      const bridge = bridgeNamed(interfaces, name);
      const machineEnd = (port: string) => ['tap', 'tun'].includes(interfaces.find((one) => one.name === port)?.kind ?? '');
      const port = bridge.uplink ?? bridge.ports.find((one) => !machineEnd(one));
      const uplink = port === undefined ? {} : { uplink: port };
      await during(`Failed to delete bridge ${name}`, api['networks.deleteBridge']({ connection, name, ...uplink }));
      const device = port === undefined ? `Bridge ${name} deleted` : `Device ${port} un-attached from bridge ${name}`;
      print(context, options, { bridge: name, port: port ?? null }, device);
    });
}

function bridgeNamed(interfaces: readonly HostInterface[], name: string): HostInterface {
  const found = interfaces.find((one) => one.name === name);
  if (found === undefined) throw new CliError({ code: 'bridge-missing', message: `failed to get interface '${name}'` });
  if (found.kind !== 'bridge') throw new CliError({ code: 'not-a-bridge', message: `Interface device '${name}' is not a bridge` });
  return found;
}

/** The helper may have been quicker: its time was over. */
async function takenBack(cancel: Promise<unknown>): Promise<void> {
  try {
    await cancel;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not-found')) throw error;
  }
}

/** Asks on the terminal, no longer than the helper waits. */
async function keep(context: CliContext, until: number): Promise<boolean> {
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const answer = await terminal.question('Does the network still work? Keep the change? [y/N] ', {
      signal: AbortSignal.timeout(Math.max(0, until - Date.now())),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    terminal.close();
  }
}
