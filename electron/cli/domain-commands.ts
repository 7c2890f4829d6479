import { Option, type Command } from 'commander';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { Api } from '../../shared/contract/index.ts';
import type { AutostartWhen, MachineEvent, MachineSummary } from '../../shared/contract/machines.ts';
import { CliError, during, machineOf, print, printExact, type CliContext, type CommonOptions } from './context.ts';
import { facts, findingsText, table } from './output.ts';
import { visibleLines } from './visible-text.ts';

interface ListOptions extends CommonOptions {
  readonly all?: boolean;
  readonly inactive?: boolean;
  readonly name?: boolean;
  readonly uuid?: boolean;
  readonly id?: boolean;
  readonly title?: boolean;
  readonly autostart?: boolean;
  readonly persistent?: boolean;
  readonly transient?: boolean;
  readonly withSnapshot?: boolean;
  readonly withoutSnapshot?: boolean;
  readonly withCheckpoint?: boolean;
  readonly withoutCheckpoint?: boolean;
  readonly withManagedSave?: boolean;
  readonly withoutManagedSave?: boolean;
  readonly stateRunning?: boolean;
  readonly statePaused?: boolean;
  readonly stateShutoff?: boolean;
  readonly stateOther?: boolean;
}

/** list, dominfo, domstate, domid, domname, domuuid, dumpxml, define, domrename, autostart. */
export function addDomainCommands(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('list domains')
    .option('--all', 'list inactive & active domains')
    .option('--inactive', 'list inactive domains')
    .option('--name', 'list domain names only')
    .option('--uuid', "list uuid's only")
    .option('--id', 'list domain IDs only')
    .addOption(new Option('--table', 'list table (default)').conflicts(['name', 'uuid', 'id']))
    .option('--title', 'show domain title')
    .option('--autostart', 'list domains with autostart enabled')
    .option('--no-autostart', 'list domains with autostart disabled')
    .option('--persistent', 'list persistent domains')
    .option('--transient', 'list transient domains')
    .option('--state-running', 'list domains in running state')
    .option('--state-paused', 'list domains in paused state')
    .option('--state-shutoff', 'list domains in shutoff state (with --all or --inactive)')
    .option('--state-other', 'list domains in other states')
    .option('--with-snapshot', 'list domains with existing snapshot (none: no snapshots are kept here)')
    .option('--without-snapshot', 'list domains without a snapshot')
    .option('--with-checkpoint', 'list domains with existing checkpoint (none)')
    .option('--without-checkpoint', 'list domains without a checkpoint')
    .option('--with-managed-save', 'list domains with managed save state (none)')
    .option('--without-managed-save', 'list domains without managed save')
    .option('--managed-save', 'mark inactive domains with managed save state')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const all = await snapshotOf(await context.api(), await context.connection());
      const machines = inOrder(all.machines).filter((machine) => wanted(machine, options));
      print(context, options, machines, listText(machines, options));
      for (const { error } of all.broken) context.stderr.write(visibleLines(`warning: ${error.message}\nhint: ${error.next ?? ''}\n`));
    });

  program
    .command('dominfo <domain>')
    .description('domain information')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions) => {
      const machine = await machineOf(context, ref);
      const { ms: cpuTimeMs } = await (await context.api())['machines.cpuTime']({ machine: refOf(machine) });
      print(
        context,
        options,
        { ...machine, cpuTimeMs },
        facts([
          ['Id', machine.id === null ? '-' : String(machine.id)],
          ['Name', machine.name],
          ['UUID', machine.uuid],
          ['OS Type', 'hvm'],
          ['State', machine.state],
          ['CPU(s)', String(machine.vcpus)],
          ...(cpuTimeMs === null ? [] : [['CPU time', `${(cpuTimeMs / 1000).toFixed(1)}s`] as const]),
          ['Max memory', `${machine.maxMemoryKiB} KiB`],
          ['Used memory', `${machine.memoryKiB} KiB`],
          ['Persistent', machine.persistent ? 'yes' : 'no'],
          ['Autostart', machine.autostart ? 'enable' : 'disable'],
          ['Managed save', 'no'],
          ['Security model', 'none'],
          ['Security DOI', '0'],
        ]),
      );
    });

  program
    .command('domstate <domain>')
    .description('domain state')
    .option('--reason', 'also print reason for the state')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions & { reason?: boolean }) => {
      const { state, reason } = await machineOf(context, ref);
      print(context, options, { state, reason }, options.reason === true ? `${state} (${reason})` : state);
    });

  const single = (name: string, description: string, pick: (machine: MachineSummary) => string): void => {
    program
      .command(`${name} <domain>`)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (ref: string, options: CommonOptions) => {
        const { id, name: domain, uuid, ...rest } = await machineOf(context, ref);
        print(context, options, { id, name: domain, uuid }, pick({ id, name: domain, uuid, ...rest }));
      });
  };
  single('domid', 'convert a domain name or UUID to domain id', ({ id }) => (id === null ? '-' : String(id)));
  single('domname', 'convert a domain id or UUID to domain name', ({ name }) => name);
  single('domuuid', 'convert a domain name or id to domain UUID', ({ uuid }) => uuid);

  program
    .command('dumpxml <domain>')
    .description('domain information in XML')
    .option('--inactive', 'show inactive defined XML')
    .option('--security-info', 'include security sensitive information in XML dump')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions & { inactive?: boolean; securityInfo?: boolean }) => {
      const machine = await machineOf(context, ref);
      const { name } = machine;
      const { live, inactive, hash } = await (await context.api())['machines.xml']({ machine: refOf(machine) });
      const xml = options.inactive === true ? (inactive ?? live) : (live ?? inactive);
      if (xml === null) throw new CliError({ code: 'not-found', message: `domain '${name}' has no XML` });
      const shown = options.securityInfo === true ? xml : (await import('./secrets.ts')).withoutSecrets(xml);
      printExact(context, options, { xml: shown, hash }, shown);
    });

  program
    .command('define <file>')
    .description('define (but don’t start) a domain from an XML file (- is standard input)')
    .option('--validate', 'refuse what the backend can’t honour, too')
    .option('--json', 'print JSON')
    .action(async (file: string, options: CommonOptions & { validate?: boolean }) => {
      // Loaded when it is needed: most commands read no XML.
      const { readXml } = await import('./files.ts');
      const xml = await readXml(file, context.stdin);
      const [api, connection] = [await context.api(), await context.connection()];
      const heading = `Failed to define domain from ${file}`;
      if (options.validate === true) {
        const { problems } = await during(heading, api['machines.check']({ connection, xml }));
        const { refusalOf } = await import('../qemu/plan/refusals.ts');
        const refusal = refusalOf(problems);
        if (refusal !== undefined) throw new CliError(refusal.data, heading);
      }
      const defined = await during(heading, api['machines.define']({ connection, xml }));
      if (options.json !== true) context.stderr.write(findingsText(defined.findings));
      print(context, options, defined, `Domain '${defined.name}' defined from ${file}`);
    });

  program
    .command('domrename <domain> <new-name>')
    .description('rename an inactive domain')
    .option('--json', 'print JSON')
    .action(async (ref: string, newName: string, options: CommonOptions) => {
      const machine = await machineOf(context, ref);
      const { uuid, name, id } = machine;
      if (id !== null)
        throw new CliError({ code: 'wrong-state', message: 'Requested operation is not valid: cannot rename active domain' });
      if (name === newName)
        throw new CliError({ code: 'invalid', message: "Requested operation is not valid: Can't rename domain to itself" });
      await (await context.api())['machines.rename']({ machine: refOf(machine), name: newName });
      print(context, options, { uuid, name: newName }, 'Domain successfully renamed');
    });

  program
    .command('autostart <domain>')
    .description('autostart a domain: once after each boot, with this computer, a login or the first window (tapestry doctor says which)')
    .option('--disable', 'disable autostarting')
    .option('--json', 'print JSON')
    .action(async (ref: string, options: CommonOptions & { disable?: boolean }) => {
      const machine = await machineOf(context, ref);
      const { uuid, name } = machine;
      const autostart = options.disable !== true;
      const { when = 'window' } = await during(
        `Failed to ${autostart ? 'mark' : 'unmark'} domain '${name}' as autostarted`,
        (await context.api())['machines.autostart']({ machine: refOf(machine), autostart }),
      );
      print(context, options, { uuid, name, autostart, when }, `Domain '${name}' ${autostart ? 'marked' : 'unmarked'} as autostarted`);
      // virsh has no such line: it is for a person, not for a script.
      if (autostart && options.json !== true && context.stderr.isTTY) context.stderr.write(`${whenWords[when]}\n`);
    });

  program
    .command('start-marked', { hidden: true })
    .description('start what is marked for autostart, once per boot of this computer (for the user unit)')
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions) => {
      const { started } = await (await context.api())['machines.startMarked']({ connection: await context.connection() });
      for (const { error } of started) if (error !== undefined) context.exit.status = 1;
      const lines = started.map(({ name, error }) =>
        error === undefined ? `Domain '${name}' started` : `Failed to start domain '${name}': ${error.message}`,
      );
      print(context, options, started, lines.join('\n'));
    });
}

const whenWords: Record<AutostartWhen, string> = {
  window: 'It starts when a Tapestry window is first opened after a boot; tapestry doctor says why.',
  login: 'It starts after you log in; tapestry doctor says how it starts with this computer.',
  boot: 'It starts with this computer.',
};

/** All machines, and definitions that can't be read, at this moment. */
async function snapshotOf(api: Api, connection: string): Promise<Pick<Extract<MachineEvent, { kind: 'snapshot' }>, 'machines' | 'broken'>> {
  for await (const event of api['machines.watch']({ connection })) if (event.kind === 'snapshot') return event;
  return { machines: [], broken: [] };
}

/** virsh's order: running ones by id, then the others by name. */
function inOrder(machines: readonly MachineSummary[]): MachineSummary[] {
  return machines.toSorted((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity) || a.name.localeCompare(b.name, 'en') || 0);
}

function wanted(machine: MachineSummary, options: ListOptions): boolean {
  if (options.autostart !== undefined && machine.autostart !== options.autostart) return false;
  const active = machine.id !== null;
  // No machine here has any of these.
  if (options.withSnapshot === true && options.withoutSnapshot !== true) return false;
  if (options.withCheckpoint === true && options.withoutCheckpoint !== true) return false;
  if (options.withManagedSave === true && options.withoutManagedSave !== true) return false;
  if (options.persistent !== options.transient && (options.persistent === true) !== machine.persistent) return false;
  const states = {
    running: options.stateRunning,
    paused: options.statePaused,
    'shut off': options.stateShutoff,
    other: options.stateOther,
  };
  const group = machine.state === 'running' || machine.state === 'paused' || machine.state === 'shut off' ? machine.state : 'other';
  if (Object.values(states).includes(true) && states[group] !== true) return false;
  if (options.all === true) return true;
  return options.inactive === true ? !active : active;
}

function listText(machines: readonly MachineSummary[], options: ListOptions): string {
  if (options.name === true || options.uuid === true || options.id === true) {
    const columns = (machine: MachineSummary): string[] => [
      ...(options.id === true ? [machine.id === null ? '-' : String(machine.id)] : []),
      ...(options.uuid === true ? [machine.uuid] : []),
      ...(options.name === true ? [machine.name] : []),
    ];
    return machines.map((machine) => `${columns(machine).join(' ')}\n`).join('');
  }
  const rows = machines.map(({ id, name, state, title }) => [
    id === null ? '-' : String(id),
    name,
    state,
    ...(options.title === true ? [title ?? ''] : []),
  ]);
  return table(['Id', 'Name', 'State', ...(options.title === true ? ['Title'] : [])], rows);
}
