import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { findRecorderProgram } from '../../../consoles/recorder-program.ts';
import { findProgram } from '../../../processes/find-program.ts';
import { openNamed } from '../testing/named-connection.ts';
import { startSwtpm } from './swtpm.ts';
import { Fixture, never } from '../testing/fixture.ts';

const xml = (model: string): string =>
  `<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><tpm model='${model}'><backend type='emulator' version='2.0'/></tpm></devices></domain>`;

const needSwtpm = async (context: TestContext): Promise<void> => {
  if ((await findProgram('swtpm')) === undefined) context.skip('swtpm is not installed');
};

const tpms = async (fixture: Fixture): Promise<string[]> => {
  const found: string[] = [];
  for (const pid of await fixture.processes()) {
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (argv.includes('swtpm\0socket')) found.push(argv);
  }
  return found;
};

describe('an emulated TPM', () => {
  it.for(['tpm-crb', 'tpm-tis'])('is there as %s, keeps its state, and ends with QEMU', async (model, context) => {
    await needSwtpm(context);
    await using fixture = await Fixture.make();
    const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
    try {
      const { domains } = connection;
      const { uuid } = await domains.define({ xml: xml(model) });
      await domains.act('a', 'start', never);
      const answer = z
        .array(z.looseObject({ model: z.string(), options: z.looseObject({ type: z.string() }) }))
        .parse(await domains.monitor('a', '{"execute":"query-tpm"}'));
      expect(answer).toMatchObject([{ model, options: { type: 'emulator' } }]);
      expect(await tpms(fixture)).toHaveLength(1);
      const state = join(fixture.directories.state, 'machines', uuid, 'tpm2', 'tpm2-00.permall');
      expect((await stat(state)).mode & 0o777).toBe(0o600);
      await domains.act('a', 'destroy', never);
      await expect.poll(() => fixture.processes(), { timeout: 30_000 }).toEqual([]);
      expect(existsSync(state)).toBe(true);
      // The same state again; and a state that is none fails the start by the element's path, with swtpm's words.
      await domains.act('a', 'start', never);
      await domains.act('a', 'destroy', never);
      await expect.poll(() => fixture.processes(), { timeout: 30_000 }).toEqual([]);
      await writeFile(state, 'garbage');
      await expect(domains.act('a', 'start', never)).rejects.toMatchObject({ code: 'start-failed' });
      await expect.poll(() => fixture.processes(), { timeout: 30_000 }).toEqual([]);
      expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
    } finally {
      await connection.close();
    }
    expect(fixture.unexpected).toEqual([]);
  });

  it('keeps its state where the XML says, and refuses a profile by its element where this swtpm knows none', async (context) => {
    await needSwtpm(context);
    await using fixture = await Fixture.make();
    const elsewhere = join(fixture.root, 'elsewhere', 'tpm');
    const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
    const withChild = (child: string) => xml('tpm-crb').replace("version='2.0'/>", `version='2.0'>${child}</backend>`);
    try {
      const { domains } = connection;
      await domains.define({ xml: withChild(`<source type='dir' path='${elsewhere}'/>`) });
      await domains.act('a', 'start', never);
      expect(existsSync(join(elsewhere, 'tpm2-00.permall'))).toBe(true);
      await domains.act('a', 'destroy', never);
      await expect.poll(() => fixture.processes(), { timeout: 30_000 }).toEqual([]);
      const profile = withChild("<profile source='null'/>").replace('<name>a</name>', '<name>b</name>');
      await domains.define({ xml: profile });
      const { stdout } = await promisify(execFile)('swtpm', ['socket', '--tpm2', '--print-capabilities']);
      if (stdout.includes('"cmdarg-profile"')) await domains.act('b', 'start', never);
      else {
        await expect(domains.act('b', 'start', never)).rejects.toMatchObject({
          code: 'xml-unsupported',
          data: { path: '/domain/devices/tpm/backend/profile' },
        });
      }
    } finally {
      await connection.close();
    }
    expect(fixture.unexpected).toEqual([]);
  });

  it('needs swtpm, and names the package', async () => {
    await using fixture = await Fixture.make();
    const request = { kind: 'tpm', alias: 'tpm0', element: '/domain/devices/tpm/backend', version: '2.0' } as const;
    await expect(startSwtpm(request, fixture.root, findRecorderProgram(), () => Promise.resolve(undefined))).rejects.toMatchObject({
      code: 'host-missing',
      data: { path: '/domain/devices/tpm/backend', next: expect.stringContaining('swtpm') as string },
    });
  });
});
