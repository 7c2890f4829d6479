import type { Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { HostCheck } from '../../shared/contract/computer.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { TapestryError } from '../../shared/errors.ts';
import {
  CliError,
  during,
  exclusive,
  machineOf,
  notRunning,
  print,
  printBare,
  printExact,
  type CliContext,
  type CommonOptions,
} from './context.ts';
import { followJob } from './follow-job.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

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
      const answer = await (await context.api())['host.capabilities']({ connection: await context.connection() });
      printExact(context, options, answer, answer.xml);
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
      const heading = 'failed to get emulator capabilities';
      if (virttype !== undefined && virttype !== 'kvm' && virttype !== 'qemu')
        throw new CliError({ code: 'invalid', message: `invalid argument: unknown virttype: ${virttype}` }, heading);
      const api = await context.api();
      const answer = await during(
        heading,
        api['host.domainCapabilities']({
          connection: await context.connection(),
          ...(virttype === undefined ? {} : { virttype }),
          ...(emulatorbin === undefined ? {} : { emulator: emulatorbin }),
          ...(arch === undefined ? {} : { arch }),
          ...(machine === undefined ? {} : { machine }),
        }),
      );
      printExact(context, options, answer, answer.xml);
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
      const tell = (list: readonly HostCheck[]): void => {
        checks = list;
        if (options.json === true) return;
        for (const check of list) {
          if (check.status === 'running' || told.has(check.id)) continue;
          told.add(check.id);
          context.stdout.write(visibleLines(checkText(check)));
        }
      };
      if (options.quick === true) for await (const list of api['computer.checks']({})) tell(list);
      else {
        const begun = await api['computer.doctor']({ begunBy: { host: 'cli', command: 'doctor' } });
        await followJob(context, begun, ({ result }) => result?.kind === 'doctor' && tell(result.checks));
      }
      if (options.json === true) print(context, options, checks, '');
      if (checks.some(({ status }) => status === 'error')) context.exit.status = 1;
    });

  program
    .command('qemu-monitor-command <domain> <cmd...>')
    .description('pass a QMP command to the monitor of a running domain: JSON, or the command’s name alone')
    .option('--hmp', 'the command is in the human monitor’s language')
    .option('--pretty', 'print the answer over several lines')
    .option('--return-value', 'print what the answer’s “return” holds')
    .option('--json', 'print JSON')
    .action(async (ref: string, words: string[], options: MonitorOptions) => {
      exclusive(['--hmp', options.hmp], ['--pretty', options.pretty]);
      exclusive(['--hmp', options.hmp], ['--return-value', options.returnValue]);
      const machine = await machineOf(context, ref);
      if (machine.id === null) throw new CliError(notRunning);
      const text = words.join(' ').trim();
      if (options.hmp === true) {
        const { reply } = await (await context.api())['machines.monitor']({ machine: refOf(machine), command: humanCommand(text) });
        return print(context, options, reply, `${humanAnswer(reply)}\n`);
      }
      const answer = await ask(context, machine, text.startsWith('{') ? text : JSON.stringify({ execute: text }));
      if (options.returnValue === true) {
        if (!('return' in answer))
          throw new CliError({ code: 'qmp', message: 'internal error: the reply has no return value', detail: JSON.stringify(answer) });
        return printBare(context, options, answer.return, visibleJson(answer.return));
      }
      if (options.pretty === true) printBare(context, options, answer, visibleJson(answer, 2));
      else print(context, options, answer, visibleJson(answer));
    });
}

interface MonitorOptions extends CommonOptions {
  readonly hmp?: boolean;
  readonly pretty?: boolean;
  readonly returnValue?: boolean;
}

/** QEMU's answer as its monitor gives it. What QEMU refuses is an answer too, as with virsh. */
async function ask(context: CliContext, machine: MachineSummary, command: string): Promise<{ return: unknown } | { error: unknown }> {
  const api = await context.api();
  try {
    const { reply } = await api['machines.monitor']({ machine: refOf(machine), command });
    return { return: reply };
  } catch (error) {
    const [, name, words] =
      (error instanceof TapestryError && error.code === 'qmp' && /^(\w+): (.*)$/s.exec(error.data.detail ?? '')) || [];
    if (name === undefined) throw error;
    return { error: { class: name, desc: words } };
  }
}

const humanCommand = (line: string): string => JSON.stringify({ execute: 'human-monitor-command', arguments: { 'command-line': line } });

function checkText({ title, status, message, command, detail }: HostCheck): string {
  const more = [...(detail === undefined ? [] : detail.trimEnd().split('\n')), ...(command === undefined ? [] : [`run: ${command}`])];
  return [`${marks[status]}  ${title}: ${message}`, ...more.map((line) => `      ${line}`)].join('\n') + '\n';
}

/** The human monitor's text, which has a terminal's line ends. */
function humanAnswer(reply: unknown): string {
  if (typeof reply === 'string') return reply.replaceAll('\r\n', '\n');
  throw new CliError({ code: 'qmp', message: 'The monitor gave no text.', detail: JSON.stringify(reply) });
}
