import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isProcessAlive, type ProcessIdentity } from '../../../processes/process-identity.ts';
import { definition, Fixture } from '../testing/fixture.ts';
import { seeded } from '../../../testing/seeded.ts';

const host = new URL('../testing/random-host.ts', import.meta.url).pathname;
const names = ['a', 'b', 'c'];
const uuidOf = (name: string) => `00000000-0000-4000-8000-00000000000${names.indexOf(name)}`;

/** What a host may be asked for; it is killed during any of them. */
const acts = ['start', 'start', 'destroy', 'define', 'define', 'undefine', 'suspend', 'resume', 'reset'] as const;

it('loses nothing, and ends no machine that nobody told to end, though the host is killed again and again', async () => {
  await using fixture = await Fixture.make();
  const random = seeded('random operations with kills of the host');
  /** Machines that run for certain: what ends them was not asked for since. */
  const run = new Map<string, ProcessIdentity>();
  /** Names that are defined for certain, or for certain not. */
  const defined = new Map<string, boolean>();
  let kills = 0;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, [host, JSON.stringify(fixture.directories)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (act: string, name: string) => {
      child.stdin.write(
        `${JSON.stringify({ act, name, uuid: uuidOf(name), xml: definition(name, random.one(['', '<pty/>']), uuidOf(name)) })}\n`,
      );
      const line = await lines.next();
      if (line.done === true) throw new Error('the host ended by itself');
      return JSON.parse(line.value) as { ok: boolean; running: Record<string, ProcessIdentity>; defined: string[] };
    };
    const where = `round ${round} (seed ${random.seed})`;
    // What it finds is what was: nothing ended, nothing lost.
    const seen = await ask('look', 'a');
    for (const [name, qemu] of run) expect(seen.running[name], `${name} in ${where}`).toEqual(qemu);
    for (const [name, there] of defined) expect(seen.defined.includes(name), `${name} in ${where}`).toBe(there);
    for (const [name, qemu] of Object.entries(seen.running)) run.set(name, qemu);
    for (let step = random.integer(4); step > 0; step--) {
      const [act, name] = [random.one(acts), random.one(names)];
      const { ok, running } = await ask(act, name);
      if (act === 'define' && ok) defined.set(name, true);
      if (act === 'undefine' && ok) defined.set(name, false);
      run.clear();
      for (const [one, qemu] of Object.entries(running)) run.set(one, qemu);
    }
    // One that it doesn't come to the end of.
    const [last, about] = [random.one(acts), random.one(names)];
    void ask(last, about).catch(() => undefined); // it is killed meanwhile
    // Anywhere in it: the moment is what is random here, nothing is waited for.
    await delay(random.integer(80));
    child.kill('SIGKILL');
    await exited;
    kills += 1;
    if (last === 'destroy') run.delete(about);
    if (last === 'define' || last === 'undefine') defined.delete(about);
    for (const [name, qemu] of run) {
      expect(await isProcessAlive(qemu), `${name} after ${last} ${about} in ${where}`).toBe(true);
      if (random.integer(3) > 0) continue;
      const record = `${fixture.directories.sockets}/${uuidOf(name)}/record.json`;
      const bytes = await readFile(record);
      const place = random.integer(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.integer(8));
      await writeFile(record, bytes);
    }
  }
  const machines = await fixture.open();
  for (const machine of machines.all()) if (machine.run !== undefined) await machine.act('destroy', new AbortController().signal);
  await expect.poll(() => fixture.processes(), { timeout: 60_000 }).toEqual([]);
  expect((await readdir(fixture.directories.sockets)).filter((name) => name !== 'autostarted')).toEqual([]);
  expect((await readdir(fixture.directories.machines)).filter((name) => name.includes('.tmp-'))).toEqual([]);
  for (const file of (await readdir(fixture.directories.machines)).filter((name) => name.endsWith('.xml')))
    expect(await readFile(`${fixture.directories.machines}/${file}`, 'utf8')).toMatch(/<\/domain>\s*$/);
  console.info(`${kills} kills`);
});
