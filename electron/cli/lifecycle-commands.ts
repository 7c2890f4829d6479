import type { Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineAction } from '../../shared/contract/machines.ts';
import { CliError, during, machineOf, notRunning, print, type CliContext, type CommonOptions } from './context.ts';

interface Verb {
  readonly name: string;
  readonly action: MachineAction;
  readonly description: string;
  /** virsh's words: `Failed to … domain`, and what it prints when it went well. */
  readonly failed: string;
  readonly done: string;
  /** Has it virsh's --mode? */
  readonly modes?: boolean;
}

const verbs: readonly Verb[] = [
  {
    name: 'shutdown',
    action: 'shutdown',
    description: 'gracefully shutdown a domain',
    failed: 'shutdown',
    done: 'is being shutdown',
    modes: true,
  },
  { name: 'reboot', action: 'reboot', description: 'reboot a domain', failed: 'reboot', done: 'is being rebooted', modes: true },
  { name: 'reset', action: 'reset', description: 'reset a domain', failed: 'reset', done: 'was reset' },
  { name: 'destroy', action: 'destroy', description: 'destroy (stop) a domain', failed: 'destroy', done: 'destroyed' },
  { name: 'suspend', action: 'suspend', description: 'suspend a domain', failed: 'suspend', done: 'suspended' },
  { name: 'resume', action: 'resume', description: 'resume a domain', failed: 'resume', done: 'resumed' },
];

/** start, shutdown, reboot, reset, destroy, suspend, resume. */
export function addLifecycleCommands(program: Command, context: CliContext): void {
  program
    .command('start <domain>')
    .description('start a (previously defined) inactive domain')
    .option('--paused', 'leave the guest paused after creation')
    .option('--console', 'attach to console after creation')
    .option('--force-boot', 'force fresh boot (every start is one)')
    .option('--set-aside', 'start without what can’t be applied here and the guest doesn’t see (weights, pins, labels), this time')
    .option('--set-aside-always', 'the same, and note it in the definition')
    .option('--json', 'print JSON')
    .action(
      async (
        ref: string,
        options: CommonOptions & { paused?: boolean; console?: boolean; setAside?: boolean; setAsideAlways?: boolean },
      ) => {
        const machine = await machineOf(context, ref);
        if (machine.id !== null) throw new CliError({ code: 'wrong-state', message: 'Domain is already active' });
        const action = options.paused === true ? 'start-paused' : 'start';
        const setAside = options.setAsideAlways === true ? ('always' as const) : options.setAside === true ? ('once' as const) : undefined;
        await during(
          `Failed to start domain '${machine.name}'`,
          (await context.api())['machines.act']({ machine: refOf(machine), action, ...(setAside === undefined ? {} : { setAside }) }),
        );
        print(context, options, { uuid: machine.uuid, name: machine.name }, `Domain '${machine.name}' started`);
        if (options.console === true) await (await import('./console-command.ts')).runConsole(context, machine);
      },
    );

  for (const verb of verbs) {
    const command = program.command(`${verb.name} <domain>`).description(verb.description);
    if (verb.modes === true) command.option('--mode <mode>', 'how the guest is asked: acpi, its power button');
    command.option('--json', 'print JSON').action(async (ref: string, options: CommonOptions & { mode?: string }) => {
      checkMode(options.mode);
      const machine = await machineOf(context, ref);
      const { uuid, name, id, state, transition } = machine;
      const heading = `Failed to ${verb.failed} domain '${name}'`;
      // A start that is under way can be called off.
      if (id === null && !(verb.action === 'destroy' && transition?.kind === 'starting')) throw new CliError(notRunning, heading);
      if (verb.action === 'resume' && state === 'running')
        throw new CliError({ code: 'wrong-state', message: 'Requested operation is not valid: domain is already running' }, heading);
      // As QEMU's driver of libvirt: a machine that is paused may be told so again.
      if (verb.action === 'suspend' && state === 'paused') return print(context, options, { uuid, name }, `Domain '${name}' ${verb.done}`);
      await during(heading, (await context.api())['machines.act']({ machine: refOf(machine), action: verb.action }));
      print(context, options, { uuid, name }, `Domain '${name}' ${verb.done}`);
    });
  }
}

/** libvirt's ways to ask a guest to go down (virsh shutdown --mode); the power button is the one that there is here. */
const modes = ['acpi', 'agent', 'initctl', 'signal', 'paravirt'];

function checkMode(given: string | undefined): void {
  const wanted = given?.split(',') ?? ['acpi'];
  const unknown = wanted.find((mode) => !modes.includes(mode));
  if (unknown !== undefined)
    throw new CliError({
      code: 'invalid',
      message: `Unknown mode ${unknown} value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'`,
    });
  if (!wanted.includes('acpi'))
    throw new CliError({
      code: 'unsupported-operation',
      message: `argument unsupported: mode ${wanted.join(',')}`,
      next: 'The mode is acpi.',
    });
}
