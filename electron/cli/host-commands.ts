import type { Command } from 'commander';
import type { HostCheck } from '../../shared/contract/host.ts';
import { CliError, machineOf, print, type CliContext, type CommonOptions } from './context.ts';

interface DomainCapabilitiesOptions extends CommonOptions {
  readonly virttype?: string;
  readonly emulatorbin?: string;
  readonly arch?: string;
  readonly machine?: string;
}

const marks: Record<HostCheck['status'], string> = { ok: 'PASS', warning: 'WARN', error: 'FAIL', running: '…', skipped: 'SKIP' };

/** capabilities, domcapabilities, doctor, qemu-monitor-command. */
export function addHostCommands(program: Command, context: CliContext): void {
  program
    .command('capabilities')
    .description('capabilities of the host, in XML')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions) => {
      const answer = await (await context.api())['host.capabilities']({});
      print(context, options, answer, answer.xml);
    });

  program
    .command('domcapabilities')
    .description('what an emulator can give a domain, in XML')
    .option('--virttype <type>', 'virtualization type (kvm, qemu)')
    .option('--emulatorbin <path>', 'path of the emulator')
    .option('--arch <arch>', 'domain architecture')
    .option('--machine <type>', 'machine type')
    .option('--json', 'print JSON')
    .action(async ({ virttype, emulatorbin, arch, machine, ...options }: DomainCapabilitiesOptions) => {
      const answer = await (
        await context.api()
      )['host.domainCapabilities']({
        ...(virttype === undefined ? {} : { virttype }),
        ...(emulatorbin === undefined ? {} : { emulator: emulatorbin }),
        ...(arch === undefined ? {} : { arch }),
        ...(machine === undefined ? {} : { machine }),
      });
      print(context, options, answer, answer.xml);
    });

  program
    .command('doctor')
    .description('check what this host needs to run machines; status 1 when something is wrong')
    .option('--quick', 'leave out the timed boot under KVM')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions & { quick?: boolean }) => {
      const api = await context.api();
      let checks: readonly HostCheck[] = [];
      const told = new Set<string>();
      for await (const list of api['host.doctor']({ full: options.quick !== true })) {
        checks = list;
        if (options.json === true) continue;
        for (const check of list) {
          if (check.status === 'running' || told.has(check.id)) continue;
          told.add(check.id);
          context.stdout.write(checkText(check));
        }
      }
      if (options.json === true) print(context, options, checks, '');
      if (checks.some(({ status }) => status === 'error')) context.exit.status = 1;
    });

  program
    .command('qemu-monitor-command <domain> <command...>')
    .description('pass a QMP command (JSON) to the monitor of a running domain')
    .option('--hmp', 'the command is in the human monitor’s language')
    .option('--pretty', 'print the answer over several lines')
    .option('--json', 'print JSON')
    .action(async (ref: string, words: string[], options: CommonOptions & { hmp?: boolean; pretty?: boolean }) => {
      const { uuid } = await machineOf(context, ref);
      const text = words.join(' ');
      const command =
        options.hmp === true ? JSON.stringify({ execute: 'human-monitor-command', arguments: { 'command-line': text } }) : text;
      const { reply } = await (await context.api())['machines.monitor']({ machine: uuid, command });
      print(
        context,
        options,
        reply,
        options.hmp === true ? humanAnswer(reply) : JSON.stringify(reply, null, options.pretty === true ? 2 : undefined),
      );
    });
}

function checkText({ title, status, message, command, detail }: HostCheck): string {
  const more = [...(detail === undefined ? [] : detail.trimEnd().split('\n')), ...(command === undefined ? [] : [`run: ${command}`])];
  return [`${marks[status]}  ${title}: ${message}`, ...more.map((line) => `      ${line}`)].join('\n') + '\n';
}

function humanAnswer(reply: unknown): string {
  if (typeof reply === 'object' && reply !== null && 'return' in reply && typeof reply.return === 'string')
    return reply.return.replaceAll('\r\n', '\n');
  throw new CliError({ code: 'qmp', message: 'The monitor gave no text.', detail: JSON.stringify(reply) });
}
