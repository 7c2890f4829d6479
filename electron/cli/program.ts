import { Command, CommanderError } from 'commander';
import { TapestryError } from '../../shared/errors.ts';
import { addConsoleCommand } from './console-command.ts';
import { CliError, type CliContext } from './context.ts';
import { addDeviceCommands } from './device-commands.ts';
import { addDomainCommands } from './domain-commands.ts';
import { addHostCommands } from './host-commands.ts';
import { addInterfaceCommands } from './interface-commands.ts';
import { addLifecycleCommands } from './lifecycle-commands.ts';
import { positionWords } from './named-arguments.ts';
import { addNativeCommands } from './native-commands.ts';
import { addNicCommands } from './nic-commands.ts';
import { errorText } from './output.ts';
import { addServeCommand } from './serve-command.ts';
import { addUndefineCommand } from './undefine-command.ts';
import { usageError } from './usage-errors.ts';
import { visibleJson } from './visible-text.ts';

/** What the whole command line needs. */
export interface ProgramOptions {
  readonly context: CliContext;
  readonly version: string;
  readonly log: (error: unknown, where: string) => void;
}

/** All commands, one group a file. */
export function makeProgram({ context, version, log }: ProgramOptions): Command {
  const program = new Command('tapestry')
    .description('Virtual machines with QEMU/KVM; libvirt domain XML; virsh’s words.')
    .version(version)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Told in virsh's words by whoever runs the program.
      outputError: () => undefined,
    })
    .exitOverride();
  addDomainCommands(program, context);
  addUndefineCommand(program, context);
  addLifecycleCommands(program, context);
  addConsoleCommand(program, context);
  addNativeCommands(program, context);
  addDeviceCommands(program, context);
  addNicCommands(program, context);
  addInterfaceCommands(program, context);
  addHostCommands(program, context);
  addServeCommand(program, context, log);
  return program;
}

/**
 * Runs one command line.
 * @param words after the program's name
 * @returns the exit status: 0, or 1 when anything failed
 */
export async function runProgram(options: ProgramOptions, words: readonly string[]): Promise<number> {
  const { context } = options;
  const json = words.includes('--json');
  const fail = (error: CliError): number => {
    context.stderr.write(json ? `${visibleJson({ error: error.data })}\n` : errorText(error.data, error));
    return 1;
  };
  const program = makeProgram(options);
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
