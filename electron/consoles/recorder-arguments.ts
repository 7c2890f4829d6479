import { recorderRecord, type RecorderRecord } from './recorder-record.ts';

const portArguments = ({ alias, via }: RecorderRecord['ports'][number]): string[] =>
  via.kind === 'tcp' ? ['--tcp', alias, via.host, String(via.port)] : [`--${via.kind}`, alias, via.path];

/** The recorder's command line. `fresh`: a new power-on, what an earlier run recorded goes. */
export function recorderArguments(directory: string, record: RecorderRecord, fresh: boolean): string[] {
  return [
    '--directory',
    directory,
    '--socket',
    record.socketPath,
    '--pid',
    String(record.qemu.pid),
    '--start-time',
    String(record.qemu.startTime),
    '--since',
    String(record.since),
    '--limit',
    String(record.limitBytes),
    ...(fresh ? ['--fresh'] : []),
    ...record.ports.flatMap(portArguments),
  ];
}

const viaOf = (kind: string, words: readonly string[]): object =>
  kind === 'tcp' ? { kind, host: words[0], port: Number(words[1]) } : { kind, path: words[0] };

/**
 * What a recorder's command line says of its run: the inverse of {@link recorderArguments}.
 *
 * @param argv without the program's name
 * @returns undefined where it isn't one of these
 */
export function recordOfArguments(argv: readonly string[]): RecorderRecord | undefined {
  const values = new Map<string, string>();
  const ports: unknown[] = [];
  for (let place = 0; place < argv.length;) {
    const option = argv[place]?.replace(/^--/, '') ?? '';
    const takes = option === 'fresh' ? 0 : option === 'tcp' ? 3 : ['pty', 'unix', 'fifo'].includes(option) ? 2 : 1;
    const [first = '', ...rest] = argv.slice(place + 1, place + 1 + takes);
    if (takes > 1) ports.push({ alias: first, via: viaOf(option, rest) });
    else values.set(option, first);
    place += 1 + takes;
  }
  return recorderRecord.safeParse({
    socketPath: values.get('socket'),
    qemu: { pid: Number(values.get('pid')), startTime: Number(values.get('start-time')) },
    since: Number(values.get('since')),
    limitBytes: Number(values.get('limit')),
    ports,
  }).data;
}
