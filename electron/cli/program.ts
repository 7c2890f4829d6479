import { Command, CommanderError } from 'commander';
import { TapestryError } from '../../shared/errors.ts';
import { connectOption } from './connect-option.ts';
import { CliError, type CliContext } from './context.ts';
import { positionWords } from './named-arguments.ts';
import { errorText } from './output.ts';
import { usageError } from './usage-errors.ts';
import { visibleJson } from './visible-text.ts';

/** What the whole command line needs. */
export interface ProgramOptions {
  readonly context: CliContext;
  readonly version: string;
  readonly log: (error: unknown, where: string) => void;
  /** Hears of the connection that the command line names, before anything is asked for. */
  readonly connect?: (uri: string) => void;
}

/** Adds a group's commands. */
type Group = (program: Command, context: CliContext, log: ProgramOptions['log']) => void;

/** The commands, a group a file, with the names that its file has. A group is loaded when one of its commands is called. */
const groups: readonly { readonly names: readonly string[]; readonly load: () => Promise<Group> }[] = [
  {
    names: ['list', 'dominfo', 'domstate', 'domid', 'domname', 'domuuid', 'dumpxml', 'define', 'domrename', 'autostart', 'start-marked'],
    load: async () => (await import('./domain-commands.ts')).addDomainCommands,
  },
  {
    names: ['undefine'],
    load: async () => (await import('./undefine-command.ts')).addUndefineCommand,
  },
  {
    names: ['start', 'shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume'],
    load: async () => (await import('./lifecycle-commands.ts')).addLifecycleCommands,
  },
  {
    names: ['console'],
    load: async () => (await import('./console-command.ts')).addConsoleCommand,
  },
  {
    names: ['vncdisplay', 'domdisplay', 'screenshot', 'send-key'],
    load: async () => (await import('./screen-commands.ts')).addScreenCommands,
  },
  {
    names: ['domxml-to-native', 'domxml-format'],
    load: async () => (await import('./native-commands.ts')).addNativeCommands,
  },
  {
    names: ['attach-device', 'detach-device', 'update-device', 'attach-interface', 'detach-interface'],
    load: async () => (await import('./device-commands.ts')).addDeviceCommands,
  },
  {
    names: ['domiflist', 'domifstat', 'domifaddr', 'domif-getlink', 'domif-setlink', 'domiftune'],
    load: async () => (await import('./nic-commands.ts')).addNicCommands,
  },
  {
    names: ['iface-list', 'iface-bridge', 'iface-unbridge'],
    load: async () => (await import('./interface-commands.ts')).addInterfaceCommands,
  },
  {
    names: ['capabilities', 'domcapabilities', 'doctor', 'qemu-monitor-command'],
    load: async () => (await import('./host-commands.ts')).addHostCommands,
  },
  {
    names: ['osinfo-list', 'osinfo-info', 'identify'],
    load: async () => (await import('./os-commands.ts')).addOsCommands,
  },
  {
    names: ['jobs', 'job-info', 'job-cancel'],
    load: async () => (await import('./job-commands.ts')).addJobCommands,
  },
  {
    names: ['serve'],
    load: async () => (await import('./serve-command.ts')).addServeCommand,
  },
];

/** The program with all its commands, or with those of the group that has the one called. */
export async function makeProgram({ context, version, log }: ProgramOptions, called?: string): Promise<Command> {
  const program = new Command('tapestry')
    .description('Virtual machines with QEMU/KVM; libvirt domain XML; virsh’s words.')
    .version(version)
    // Behind a command's name an option is the command's own: serve has a --connect, too.
    .enablePositionalOptions()
    // Taken from the front of the line before the commands are looked at; here for the help.
    .option('-c, --connect <uri>', 'connection to work with, by URI or id (default: tapestry:///, this computer)')
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Told in virsh's words by whoever runs the program.
      outputError: () => undefined,
    })
    .exitOverride();
  const wanted = groups.filter(({ names }) => called !== undefined && names.includes(called));
  for (const add of await Promise.all((wanted.length === 0 ? groups : wanted).map(({ load }) => load()))) add(program, context, log);
  return program;
}

/**
 * Runs one command line.
 * @param line after the program's name
 * @returns the exit status: 0, or 1 when anything failed
 */
export async function runProgram(options: ProgramOptions, line: readonly string[]): Promise<number> {
  const { context } = options;
  const json = line.includes('--json');
  const fail = (error: CliError): number => {
    context.stderr.write(json ? `${visibleJson({ error: error.data })}\n` : errorText(error.data, error));
    return 1;
  };
  let words = line;
  try {
    const { connect, rest } = connectOption(line);
    words = rest;
    if (connect !== undefined) options.connect?.(connect);
  } catch (error) {
    if (error instanceof CliError) return fail(error);
    throw error;
  }
  const program = await makeProgram(options, words[0]);
  try {
    await program.parseAsync(positionWords(program, words), { from: 'user' });
    return context.exit.status;
  } catch (error) {
    if (error instanceof CommanderError) {
      // `tapestry` alone has shown the help.
      if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode === 0 ? 0 : 1;
      return fail(usageError(error, program, words));
    }
    if (error instanceof CliError) return fail(error);
    if (error instanceof TapestryError) return fail(new CliError(error.data));
    options.log(error, 'command line');
    return fail(
      new CliError({
        code: 'internal',
        message: error instanceof Error ? error.message : String(error),
        next: 'This is a defect: please report it.',
      }),
    );
  }
}
