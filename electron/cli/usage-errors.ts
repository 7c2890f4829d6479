import type { CommanderError, Command } from 'commander';
import { CliError } from './context.ts';

/** Options of virsh that can't be honoured here, by command: why. They are refused by name like any unknown option. */
const reasons: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  start: {
    '--autodestroy': 'A machine here outlives the program that started it.',
    '--bypass-cache': 'There is no saved state to start from: every start is a fresh boot.',
    '--pass-fds': 'Descriptors can’t be handed over: another program may be the one that starts the machine.',
    '--reset-nvram': 'Undefine with --nvram and define again to get new UEFI variables.',
  },
  destroy: {
    '--graceful': 'A QEMU that doesn’t end when it is asked is killed.',
    '--remove-logs': 'The logs of a machine stay until it is undefined.',
  },
  undefine: {
    '--wipe-storage': 'Images are deleted, not overwritten.',
    '--delete-storage-volume-snapshots': 'An image is deleted with all that is in it.',
  },
  dumpxml: {
    '--xpath': 'Give the XML to a program that evaluates XPath.',
    '--migratable': 'Machines can’t be migrated.',
    '--update-cpu': 'The CPU is shown as the definition has it; domxml-to-native shows what QEMU gets.',
  },
  'update-device': { '--force': 'A medium is changed when the guest has let go of it.' },
  'iface-bridge': {
    '--delay': 'A bridge has the kernel’s forward delay, which counts with --stp only.',
    '--no-start': 'A bridge lives in the kernel, not in a configuration: it is there when it is made.',
  },
  'iface-unbridge': { '--no-start': 'A port that leaves a bridge stays as it is, up or down.' },
  'qemu-monitor-command': { '--pass-fds': 'Descriptors can’t be handed over: another program may hold the monitor.' },
};

/**
 * What the parser found wrong in a command line, in virsh's words.
 * @param words the command's name and what follows it
 */
export function usageError(error: CommanderError, program: Command, words: readonly string[]): CliError {
  const [name = ''] = words;
  const known = program.commands.some((command) => command.name() === name);
  const [line = '', ...more] = error.message.split('\n');
  const quoted = [...line.matchAll(/'([^']*)'/g)].map(([, text = '']) => text);
  const [first = '', second = ''] = quoted;
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1');
  const fail = (message: string, next?: string): CliError =>
    new CliError({
      code: 'invalid',
      message,
      next: [next ?? '', suggestion, `tapestry ${known ? `${name} ` : ''}--help ${known ? 'explains the command' : 'lists the commands'}.`]
        .filter((text) => text !== '')
        .join(' '),
    });
  switch (error.code) {
    case 'commander.unknownCommand':
      return fail(`unknown command: '${first}'`);
    case 'commander.unknownOption':
      return fail(known ? `command '${name}' doesn't support option ${first}` : `unsupported option '${first}'`, reasons[name]?.[first]);
    case 'commander.missingArgument':
      return fail(`command '${name}' requires <${first}> option`);
    case 'commander.optionMissingArgument':
      return fail(`expected syntax: ${first.replace(/<.*>/, '<string>')}`);
    case 'commander.excessArguments': {
      const [, expected = '0', given = ''] = /Expected (\d+) arguments? but got \d+: (.*)\.$/.exec(line) ?? [];
      return fail(`unexpected data '${given.split(', ')[Number(expected)] ?? given}'`);
    }
    case 'commander.conflictingOption':
      return fail(`Options ${first} and ${second} are mutually exclusive`);
    default:
      return fail(line.replace(/^error: /, ''));
  }
}
