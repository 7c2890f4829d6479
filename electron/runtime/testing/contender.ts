// One host over a connection in memory, as a process of its own. Speaks lines of JSON: says what it became; does what it is told on stdin.
import { createInterface } from 'node:readline';
import { called } from '../../testing/called.ts';
import { fullHost } from '../../testing/full-host/full-host.ts';
import { openRuntime } from '../runtime.ts';

const host = process.argv[2] === 'cli' ? 'cli' : 'browser';
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
let opened = 0;

const runtime = await openRuntime({
  host,
  connections: () => {
    opened += 1;
    say({ said: 'opened', opened });
    return fullHost()();
  },
  log: (error, where) => say({ said: 'defect', where, error: String(error) }),
});
say({ said: 'ready', role: runtime.role, pid: process.pid });

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument = ''] = line.split(' ');
  if (command === 'list')
    say({
      said: 'list',
      names: (await runtime.api['machines.list']({ connection: 'test' })).map(({ name }) => name),
      role: runtime.role,
    });
  else if (command === 'rename') {
    await runtime.api['machines.rename']({ machine: called('router-lab', 'test'), name: argument });
    say({ said: 'renamed' });
  } else if (command === 'watch') {
    void (async () => {
      for await (const event of runtime.api['machines.watch']({}))
        if (event.kind === 'snapshot') say({ said: 'snapshot', count: event.machines.length });
    })().catch((error: unknown) => say({ said: 'watch ended', error: String(error) }));
  } else if (command === 'start') {
    runtime.api['machines.act']({ machine: called('router-lab', 'test'), action: 'start' }).then(
      () => say({ said: 'started' }),
      (error: unknown) => say({ said: 'start failed', error: String(error) }),
    );
  } else if (command === 'close') break;
}
await runtime.close();
say({ said: 'closed' });
process.exit(0);
