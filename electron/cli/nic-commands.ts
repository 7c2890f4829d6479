import type { Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { GuestInterface, NicStatus } from '../../shared/contract/networks.ts';
import { parseXml } from '../../shared/domain-xml/index.ts';
import { TapestryError, type ErrorCode } from '../../shared/errors.ts';
import { CliError, during, machineOf, notRunning, print, printBare, printExact, type CliContext, type CommonOptions } from './context.ts';
import { change } from './device-commands.ts';
import { findNic, nicsOf, nicXml, ratesOf, readRate, withLink, withRates, type Rate } from './domain-nics.ts';
import { table } from './output.ts';
import { scopeOf, withScope, type ScopeOptions } from './scope.ts';

const counters: readonly (readonly [string, keyof NicStatus])[] = [
  ['rx_bytes', 'rxBytes'],
  ['rx_packets', 'rxPackets'],
  ['rx_errs', 'rxErrors'],
  ['rx_drop', 'rxDrops'],
  ['tx_bytes', 'txBytes'],
  ['tx_packets', 'txPackets'],
  ['tx_errs', 'txErrors'],
  ['tx_drop', 'txDrops'],
];

/** domiflist, domifstat, domifaddr, domif-getlink, domif-setlink, domiftune. */
export function addNicCommands(program: Command, context: CliContext): void {
  const xmlOf = async (machine: MachineRef, config: boolean): Promise<string> => {
    const { live, inactive } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
    return (config ? (inactive ?? live) : (live ?? inactive)) ?? '<domain/>';
  };
  const stripsOf = async (machine: MachineRef): Promise<NicStatus[]> => (await context.api())['networks.nic']({ machine: refOf(machine) });

  program
    .command('domiflist <domain>')
    .description('list all domain virtual interfaces')
    .option('--inactive', 'get inactive rather than running configuration')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions & { inactive?: boolean }) => {
      const machine = await machineOf(context, ref);
      const nics = nicsOf(parseXml(await xmlOf(machine, options.inactive === true)));
      const json = nics.map(({ target, type, source, model, mac, alias }) => ({ interface: target, type, source, model, mac, alias }));
      print(
        context,
        options,
        json,
        table(
          ['Interface', 'Type', 'Source', 'Model', 'MAC'],
          nics.map(({ target, type, source, model, mac }) => [target ?? '-', type, source ?? '-', model ?? '-', mac ?? '-']),
        ),
      );
    });

  program
    .command('domifstat <domain> <interface>')
    .description('get network interface stats for a domain (interface: device, MAC or alias)')
    .option('--json', 'print JSON')
    .action(async (ref: string, name: string, options: CommonOptions) => {
      const machine = await machineOf(context, ref);
      const { name: domain, id } = machine;
      const heading = `Failed to get interface stats ${domain} ${name}`;
      if (id === null) throw new CliError(notRunning, heading);
      const strip = stripNamed(await stripsOf(machine), name);
      if (strip === undefined)
        throw new CliError({ code: 'not-found', message: `invalid argument: '${name}' is not a known interface` }, heading);
      const known = counters.flatMap(([key, from]) => (typeof strip[from] === 'number' ? [[key, strip[from]] as const] : []));
      print(context, options, Object.fromEntries(known), known.map(([key, value]) => `${name} ${key} ${value}\n`).join(''));
    });

  program
    .command('domifaddr <domain> [interface]')
    .description('get network interfaces’ addresses for a running domain')
    .option(
      '--source <source>',
      'lease, arp or agent; without it addresses from every source are shown (virsh shows leases only: --source lease)',
    )
    .option('--full', 'always display names and MACs of interfaces')
    .option('--json', 'print JSON')
    .action(async (ref: string, name: string | undefined, options: CommonOptions & { source?: string; full?: boolean }) => {
      if (options.source !== undefined && !['lease', 'arp', 'agent'].includes(options.source))
        throw new CliError({ code: 'invalid', message: `Unknown data source '${options.source}'` });
      const machine = await machineOf(context, ref);
      if (machine.id === null) throw new CliError(notRunning, 'Failed to query for interfaces addresses');
      if (options.source === 'agent') {
        const told = await guestInterfaces(context, machine);
        const found = told
          .filter((one) => name === undefined || one.name === name || one.mac === name.toLowerCase())
          .map((one) => ({ ...one, addresses: one.addresses.map((address) => ({ ...address, source: 'agent' })) }));
        return print(context, options, found, addressText(found, options.full === true, true));
      }
      const all = await stripsOf(machine);
      const strips = name === undefined ? all : all.filter((strip) => strip === stripNamed(all, name));
      const found = strips.map((strip) => ({
        name: strip.device ?? strip.alias,
        mac: strip.mac,
        addresses: strip.addresses.filter(({ source }) => options.source === undefined || source === options.source),
      }));
      print(context, options, found, addressText(found, options.full === true));
    });

  program
    .command('domif-getlink <domain> <interface>')
    .description('get link state of a virtual interface')
    .option('--config', 'get persistent interface state')
    .option('--json', 'print JSON')
    .action(async (ref: string, name: string, options: CommonOptions & { config?: boolean }) => {
      const machine = await machineOf(context, ref);
      const { nic } = knownNic(await xmlOf(machine, options.config === true), name);
      printBare(context, options, { interface: name, link: nic.link }, `${name} ${nic.link}`);
    });

  program
    .command('domif-setlink <domain> <interface> <state>')
    .description('set link state of a virtual interface (state: up, down)')
    .option('--config', 'affect the next boot')
    .option('--print-xml', 'print the changed XML instead of applying it')
    .option('--json', 'print JSON')
    .action(async (ref: string, name: string, state: string, options: CommonOptions & { config?: boolean; printXml?: boolean }) => {
      if (state !== 'up' && state !== 'down') throw new CliError({ code: 'invalid', message: `invalid link state '${state}'` });
      const machine = await machineOf(context, ref);
      const { document, nic } = knownNic(await xmlOf(machine, options.config === true), name, {
        message: `interface '${name}' not found`,
      });
      const xml = withLink(nicXml(document, nic), state);
      if (options.printXml === true) return printExact(context, options, { xml }, xml, '\n');
      await change(
        context,
        machine,
        'update',
        xml,
        { ...options, ...(options.config === true ? {} : { current: true }) },
        { heading: 'Failed to update interface link state', done: 'Device updated successfully' },
      );
    });

  withScope(
    program
      .command('domiftune <domain> <interface>')
      .description('get/set parameters of a virtual interface')
      .option('--inbound <rates>', 'average,peak,burst,floor to the guest (KiB/s, KiB); 0 takes the limit away')
      .option('--outbound <rates>', 'average,peak,burst from the guest (KiB/s, KiB); 0 takes the limit away'),
  )
    .option('--json', 'print JSON')
    .action(async (ref: string, name: string, options: CommonOptions & ScopeOptions & { inbound?: string; outbound?: string }) => {
      const machine = await machineOf(context, ref);
      const wanted = {
        inbound: options.inbound === undefined ? undefined : readRate(options.inbound),
        outbound: options.outbound === undefined ? undefined : readRate(options.outbound),
      };
      const asked = wanted.inbound === undefined && wanted.outbound === undefined;
      const scope = scopeOf(
        options,
        machine.id !== null,
        asked ? 'Unable to get number of interface parameters' : 'Unable to set interface parameters',
      );
      const heading = asked ? 'Unable to get interface parameters' : 'Unable to set interface parameters';
      const { document, nic } = knownNic(await xmlOf(machine, scope === 'config'), name, {
        heading,
        message: `invalid argument: '${name}' is not a known interface`,
      });
      if (asked) {
        const rates = ratesOf(nic.element);
        return print(context, options, rates, rateText(rates));
      }
      const xml = withRates(nicXml(document, nic), wanted);
      const api = await context.api();
      await during(heading, api['machines.device']({ machine: refOf(machine), how: 'update', xml, scope }));
      print(context, options, wanted, '');
    });
}

/** virsh's words for an agent that doesn't answer, by what is wrong. */
const agentWords: Partial<Record<ErrorCode, (message: string) => string>> = {
  'agent-missing': () => 'argument unsupported: QEMU guest agent is not configured',
  'agent-absent': () => 'Guest agent is not responding: QEMU guest agent is not connected',
  'agent-failed': (message) => `Guest agent is not responding: ${message}`,
  'wrong-state': () => notRunning.message,
};

/** All interfaces of a guest, its own words for them. */
async function guestInterfaces(context: CliContext, machine: MachineRef): Promise<GuestInterface[]> {
  try {
    return await (await context.api())['networks.guestInterfaces']({ machine: refOf(machine) });
  } catch (error) {
    const words = error instanceof TapestryError ? agentWords[error.code] : undefined;
    if (!(error instanceof TapestryError) || words === undefined) throw error;
    throw new CliError({ ...error.data, message: words(error.message) }, 'Failed to query for interfaces addresses');
  }
}

function stripNamed(strips: readonly NicStatus[], name: string): NicStatus | undefined {
  return strips.find(({ device, mac, alias }) => device === name || mac.toLowerCase() === name.toLowerCase() || alias === name);
}

/** The NIC of that name, or the failure in the words that virsh has for it in this command. */
function knownNic(
  xml: string,
  name: string,
  words: { readonly heading?: string; readonly message: string } = { message: `Interface (dev: ${name}) not found.` },
): NonNullable<ReturnType<typeof findNic>> {
  const found = findNic(xml, name);
  if (found === undefined) throw new CliError({ code: 'not-found', message: words.message }, words.heading);
  return found;
}

/** virsh's table of addresses: fixed columns, name and MAC only on an interface's first line unless `full`. Its agent tells of interfaces without an address too. */
function addressText(
  found: readonly { name: string; mac: string | null; addresses: readonly { address: string; prefix: number; family: string }[] }[],
  full: boolean,
  agent = false,
): string {
  const row = (name: string, mac: string, family: string, address: string): string =>
    ` ${name.padEnd(10)} ${mac.padEnd(20)} ${family.padEnd(8)}     ${address}\n`;
  const rows = found.flatMap(({ name, mac, addresses }) => {
    if (addresses.length === 0 && agent) return [row(name, mac ?? 'N/A', 'N/A', 'N/A')];
    return addresses.map(({ address, prefix, family }, n) =>
      row(n > 0 && !full ? '-' : name, n > 0 && !full ? '-' : (mac ?? 'N/A'), family, `${address}/${prefix}`),
    );
  });
  return `${row('Name', 'MAC address', 'Protocol', 'Address')}${'-'.repeat(79)}\n${rows.join('')}`;
}

function rateText({ inbound, outbound }: { inbound: Rate | undefined; outbound: Rate | undefined }): string {
  const line = (key: string, value: number | undefined): string => `${key.padEnd(15)}: ${value ?? 0}\n`;
  return [
    line('inbound.average', inbound?.average),
    line('inbound.peak', inbound?.peak),
    line('inbound.burst', inbound?.burst),
    line('inbound.floor', inbound?.floor),
    line('outbound.average', outbound?.average),
    line('outbound.peak', outbound?.peak),
    line('outbound.burst', outbound?.burst),
  ].join('');
}
