import type { Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import { fragment, renderFragment, type Fragment } from '../../shared/domain-xml/xml/fragment.ts';
import { attributeValue, childElements, parseXml } from '../../shared/domain-xml/index.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { CliError, during, machineOf, print, printExact, type CliContext, type CommonOptions } from './context.ts';
import { nicsOf, nicXml, readRate } from './domain-nics.ts';
import { readXml } from './files.ts';
import { scopeOf, withScope, type ScopeOptions } from './scope.ts';

type How = 'attach' | 'detach' | 'update';

interface AttachInterfaceOptions extends CommonOptions, ScopeOptions {
  readonly target?: string;
  readonly mac?: string;
  readonly script?: string;
  readonly model?: string;
  readonly alias?: string;
  readonly inbound?: string;
  readonly outbound?: string;
  readonly managed?: boolean;
  readonly sourceMode?: string;
  readonly printXml?: boolean;
}

const past: Record<How, string> = { attach: 'attached', detach: 'detached', update: 'updated' };

/** attach-device, detach-device, update-device, attach-interface, detach-interface. */
export function addDeviceCommands(program: Command, context: CliContext): void {
  for (const how of ['attach', 'detach', 'update'] as const) {
    const command = program.command(`${how}-device <domain> <file>`).description(`${how} a device that an XML file describes`);
    if (how === 'update')
      command.option('--link-flap', 'when a NIC moves to another bridge: pull its cable for a moment, so that the guest asks DHCP again');
    withScope(command)
      .option('--json', 'print JSON')
      .action(async (ref: string, file: string, options: CommonOptions & ScopeOptions & { linkFlap?: boolean }) => {
        const xml = await readXml(file, context.stdin);
        const machine = await machineOf(context, ref);
        await change(context, machine, how, xml, options, {
          heading: `Failed to ${how} device from ${file}`,
          done: `Device ${past[how]} successfully`,
          linkFlap: options.linkFlap === true,
        });
      });
  }

  withScope(
    program
      .command('attach-interface <domain> <type> <source>')
      .description('attach a NIC (type: network, bridge, direct, hostdev, ethernet, user)')
      .option('--target <name>', 'name of the TAP on the host')
      .option('--mac <address>', 'MAC address')
      .option('--script <path>', 'script that configures the TAP')
      .option('--model <model>', 'model of the NIC')
      .option('--alias <alias>', 'alias of the device')
      .option('--inbound <rates>', 'average,peak,burst,floor to the guest (KiB/s, KiB)')
      .option('--outbound <rates>', 'average,peak,burst from the guest (KiB/s, KiB)')
      .option('--managed', 'hostdev: detach the card from the host and give it back')
      .option('--source-mode <mode>', 'direct: vepa, bridge, private or passthrough')
      .option('--print-xml', 'print the XML instead of attaching'),
  )
    .option('--json', 'print JSON')
    .action(async (ref: string, type: string, source: string, options: AttachInterfaceOptions) => {
      const machine = await machineOf(context, ref);
      const xml = interfaceXml(type, source, options);
      if (options.printXml === true) return printExact(context, options, { xml }, xml);
      await change(context, machine, 'attach', xml, options, {
        heading: 'Failed to attach interface',
        done: 'Interface attached successfully',
      });
    });

  withScope(
    program
      .command('detach-interface <domain> <type>')
      .description('detach a NIC')
      .option('--mac <address>', 'MAC address; needed when there are several of the type')
      .option('--print-xml', 'print the XML instead of detaching'),
  )
    .option('--json', 'print JSON')
    .action(async (ref: string, type: string, options: CommonOptions & ScopeOptions & { mac?: string; printXml?: boolean }) => {
      const machine = await machineOf(context, ref);
      const heading = 'Failed to detach interface';
      const { live, inactive } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
      const text = scopeOf(options, machine.id !== null, heading) === 'config' ? inactive : live;
      const document = parseXml(text ?? inactive ?? '');
      const refuse = (code: 'not-found' | 'invalid', message: string): CliError => new CliError({ code, message }, undefined, heading);
      const ofType = nicsOf(document).filter((nic) => nic.type === type);
      if (ofType.length === 0) throw refuse('not-found', `No interface found whose type is ${type}`);
      const { mac } = options;
      const found = mac === undefined ? ofType : ofType.filter((nic) => nic.mac?.toLowerCase() === mac.toLowerCase());
      const [nic, second] = found;
      if (nic === undefined) throw refuse('not-found', `No interface with MAC address ${mac ?? ''} was found`);
      if (second !== undefined)
        throw refuse(
          'invalid',
          mac === undefined
            ? `Domain has ${found.length} interfaces. Please specify which one to detach using --mac`
            : `multiple interfaces with MAC address ${mac} found`,
        );
      const xml = nicXml(document, nic);
      if (options.printXml === true) return printExact(context, options, { xml }, xml, '\n');
      await change(context, machine, 'detach', xml, options, {
        heading,
        done: 'Interface detached successfully',
      });
    });
}

interface ChangeWords {
  readonly heading: string;
  readonly done: string;
  readonly linkFlap?: boolean;
}

/** Applies one device change and says how it went. */
export async function change(
  context: CliContext,
  machine: MachineSummary,
  how: How,
  xml: string,
  options: CommonOptions & ScopeOptions,
  words: ChangeWords,
): Promise<void> {
  const scope = scopeOf(options, machine.id !== null, words.heading);
  const api = await context.api();
  const answer = await during(
    words.heading,
    api['machines.device']({ machine: refOf(machine), how, xml, scope, ...(words.linkFlap === true ? { linkFlap: true } : {}) }),
  );
  const plain =
    answer.state === 'pending'
      ? (answer.message ?? `The guest has not let go of the device yet; ${words.done.toLowerCase()} when it does.`)
      : words.done;
  print(context, options, answer, plain);
}

/** The element that attach-interface's options describe. Values are escaped by the writer. */
function interfaceXml(type: string, source: string, options: AttachInterfaceOptions): string {
  const sources: Record<string, Fragment | undefined> = {
    network: fragment('source', { network: source }),
    bridge: fragment('source', { bridge: source }),
    direct: fragment('source', { dev: source, ...(options.sourceMode === undefined ? {} : { mode: options.sourceMode }) }),
    hostdev: type === 'hostdev' ? fragment('source', {}, [pciAddress(source)]) : undefined,
    ethernet: undefined,
    user: undefined,
  };
  if (!Object.hasOwn(sources, type))
    throw new CliError({
      code: 'invalid',
      message: `No support for ${type} in command 'attach-interface'`,
      next: 'Use attach-device with the XML.',
    });
  if (options.sourceMode !== undefined && !(type === 'direct' && ['vepa', 'bridge', 'private', 'passthrough'].includes(options.sourceMode)))
    throw new CliError({
      code: 'invalid',
      message: `Invalid source mode: ${options.sourceMode}`,
      next: 'A NIC of type direct has vepa, bridge, private or passthrough.',
    });
  const rate = (direction: 'inbound' | 'outbound'): Fragment | undefined => {
    const text = options[direction];
    if (text === undefined) return undefined;
    const { average, ...others } = readRate(text);
    if (average === 0) throw new CliError({ code: 'invalid', message: `${direction} average is mandatory` });
    return fragment(direction, { average, ...others });
  };
  const rates = [rate('inbound'), rate('outbound')].filter((one) => one !== undefined);
  const children = [
    sources[type],
    options.target === undefined ? undefined : fragment('target', { dev: options.target }),
    options.mac === undefined ? undefined : fragment('mac', { address: options.mac }),
    options.script === undefined ? undefined : fragment('script', { path: options.script }),
    options.model === undefined ? undefined : fragment('model', { type: options.model }),
    options.alias === undefined ? undefined : fragment('alias', { name: options.alias }),
    rates.length === 0 ? undefined : fragment('bandwidth', {}, rates),
  ];
  const xml = renderFragment(
    fragment(
      'interface',
      { type, ...(type === 'hostdev' && options.managed === true ? { managed: 'yes' } : {}) },
      children.filter((child) => child !== undefined),
    ),
  );
  // What was made from words of a command line is read once before it goes further.
  const made = parseXml(xml).root;
  if (attributeValue(made, 'type') !== type || childElements(made).length > children.length)
    throw new CliError({ code: 'internal', message: 'The interface’s XML came out wrong.' });
  return xml;
}

/** The PCI address of `0000:03:00.0` (virsh's spelling of a host device; the domain may be left out). */
function pciAddress(text: string): Fragment {
  const [, domain = '0', bus, slot, fn] = /^(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i.exec(text) ?? [];
  if (bus === undefined || slot === undefined || fn === undefined)
    throw new CliError({ code: 'invalid', message: `cannot parse pci address '${text}'`, next: 'Give it as 0000:03:00.0.' });
  const hex = (digits: string, width: number) => `0x${digits.toLowerCase().padStart(width, '0')}`;
  return fragment('address', { type: 'pci', domain: hex(domain, 4), bus: hex(bus, 2), slot: hex(slot, 2), function: `0x${fn}` });
}
