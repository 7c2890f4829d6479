import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { keyCodeset, type KeyCodeset, type ScreensState } from '../../shared/contract/screens.ts';
import { attributeValue, childElements, firstChild, parseXml } from '../../shared/domain-xml/index.ts';
import { displayUri, vncDisplayOf } from '../../shared/words/display-address.ts';
import { CliError, during, machineOf, notRunning, print, type CliContext, type CommonOptions } from './context.ts';
import { reason } from './files.ts';

interface DisplayOptions extends CommonOptions {
  readonly includePassword?: boolean;
  readonly type?: string;
  readonly all?: boolean;
}

/** A number of the command line. @throws InvalidArgumentError */
const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

/** vncdisplay, domdisplay, screenshot, send-key. */
export function addScreenCommands(program: Command, context: CliContext): void {
  program
    .command('vncdisplay <domain>')
    .description('where the VNC server of a running domain listens')
    .option('--json', 'print JSON')
    .action(async (domain: string, options: CommonOptions) => {
      const { displays } = await screensOf(context, await runningOf(context, domain));
      const vnc = displays.find(({ type }) => type === 'vnc');
      const address = vnc === undefined ? undefined : vncDisplayOf(vnc);
      if (address === undefined) {
        throw new CliError({
          code: 'not-found',
          message: 'Failed to get VNC port. Is this domain using VNC?',
          ...(typeof vnc?.socket === 'string' ? { next: `It listens on the socket ${vnc.socket}.` } : {}),
        });
      }
      print(context, options, { display: address }, address);
    });

  program
    .command('domdisplay <domain>')
    .description('addresses for viewers of a running domain')
    .option('--include-password', 'include the password')
    .option('--type <type>', 'select a particular graphical display (vnc, spice)')
    .option('--all', 'show all possible graphical displays')
    .option('--json', 'print JSON')
    .action(async (domain: string, options: DisplayOptions) => {
      const machine = await runningOf(context, domain);
      const passwords = options.includePassword === true ? await passwordsOf(context, machine) : new Map<string, string>();
      const { displays } = await screensOf(context, machine);
      const found = displays
        .filter(({ type }) => options.type === undefined || options.type === type)
        .flatMap((display) => displayUri(display, passwords.get(display.type)) ?? []);
      const shown = options.all === true ? found : found.slice(0, 1);
      if (shown.length === 0) throw new CliError({ code: 'not-found', message: 'No graphical display found' });
      print(context, options, shown, shown.join('\n'));
    });

  program
    .command('screenshot <domain> [file]')
    .description('take a picture of a screen of a running domain, as a PNG')
    .option('--screen <number>', 'number of the screen, from 0', wholeNumber)
    .option('--json', 'print JSON')
    .action(async (domain: string, file: string | undefined, options: CommonOptions & { readonly screen?: number }) => {
      const machine = await runningOf(context, domain);
      const api = await context.api();
      const screen = options.screen === undefined ? undefined : (await screensOf(context, machine)).screens[options.screen]?.id;
      if (options.screen !== undefined && screen === undefined)
        throw new CliError({ code: 'not-found', message: `The domain has no screen ${options.screen}` });
      const asked = { machine: refOf(machine), ...(screen === undefined ? {} : { screen }) };
      const { png, width, height } = await during(`could not take a screenshot of ${domain}`, api['screens.shot'](asked));
      const path = file ?? `${machine.name.replaceAll('/', '_')}-${new Date().toISOString().replace(/\..*/, '')}.png`;
      try {
        await writeFile(path, Buffer.from(png, 'base64'));
      } catch (error) {
        throw new CliError({ code: 'io', message: `cannot create file ${path}`, detail: reason(error) });
      }
      print(context, options, { path, width, height }, `Screenshot saved to ${path}, with type of image/png`);
    });

  program
    .command('send-key <domain> <keycode...>')
    .description('press keys together, by their names or numbers (send-key DOMAIN KEY_LEFTCTRL KEY_LEFTALT KEY_DELETE)')
    .addOption(new Option('--codeset <codeset>', 'whose names and numbers they are').choices(keyCodeset.options).default('linux'))
    .option('--holdtime <ms>', 'how long the keys are held, ms', wholeNumber, 0)
    .action(async (domain: string, codes: readonly string[], options: { readonly codeset: KeyCodeset; readonly holdtime: number }) => {
      const machine = await runningOf(context, domain);
      const keys = codes.map((code) => (/^(0x[\da-f]+|\d+)$/i.test(code) ? Number(code) : code));
      const api = await context.api();
      await api['screens.sendKey']({ machine: refOf(machine), codeset: options.codeset, keys, holdMs: options.holdtime });
    });
}

/** @throws CliError where it is off, or there is none */
async function runningOf(context: CliContext, domain: string): Promise<MachineSummary> {
  const machine = await machineOf(context, domain);
  if (machine.id === null) throw new CliError(notRunning);
  return machine;
}

/** What is said of the screens now. */
async function screensOf(context: CliContext, machine: MachineRef): Promise<ScreensState> {
  const api = await context.api();
  for await (const state of api['screens.watch']({ machine: refOf(machine) })) return state;
  throw new CliError(notRunning);
}

/** Passwords of a running machine's displays, by their type. */
async function passwordsOf(context: CliContext, machine: MachineRef): Promise<ReadonlyMap<string, string>> {
  const { live } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
  const devices = live === null ? undefined : firstChild(parseXml(live).root, 'devices');
  return new Map(
    (devices === undefined ? [] : childElements(devices, 'graphics')).flatMap((graphics) => {
      const password = attributeValue(graphics, 'passwd');
      return password === undefined ? [] : [[attributeValue(graphics, 'type') ?? '', password] as const];
    }),
  );
}
