import type { Command } from 'commander';
import type { MachineAction } from '../../shared/contract/machines.ts';
import { CliError, during, machineOf, print, type CliContext, type CommonOptions } from './context.ts';

interface Verb {
  readonly name: string;
  readonly action: MachineAction;
  readonly description: string;
  /** virsh's words: `Failed to … domain`, and what it prints when it went well. */
  readonly failed: string;
  readonly done: string;
}

const verbs: readonly Verb[] = [
  { name: 'shutdown', action: 'shutdown', description: 'gracefully shutdown a domain', failed: 'shutdown', done: 'is being shutdown' },
  { name: 'reboot', action: 'reboot', description: 'reboot a domain', failed: 'reboot', done: 'is being rebooted' },
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
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions & { paused?: boolean }) => {
      const machine = await machineOf(context, ref);
      if (machine.id !== null) throw new CliError({ code: 'wrong-state', message: 'Domain is already active' });
      const action = options.paused === true ? 'start-paused' : 'start';
      await during(`Failed to start domain '${machine.name}'`, (await context.api())['machines.act']({ machine: machine.uuid, action }));
      print(context, options, { uuid: machine.uuid, name: machine.name }, `Domain '${machine.name}' started`);
    });

  for (const verb of verbs) {
    program
      .command(`${verb.name} <domain>`)
      .description(verb.description)
      .option('--json', 'print JSON')
      .action(async (ref: string, options: CommonOptions) => {
        const { uuid, name, id } = await machineOf(context, ref);
        const heading = `Failed to ${verb.failed} domain '${name}'`;
        if (id === null)
          throw new CliError({ code: 'wrong-state', message: 'Requested operation is not valid: domain is not running' }, heading);
        await during(heading, (await context.api())['machines.act']({ machine: uuid, action: verb.action }));
        print(context, options, { uuid, name }, `Domain '${name}' ${verb.done}`);
      });
  }
}
