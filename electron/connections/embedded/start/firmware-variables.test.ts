import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureFirmwareVariables } from './firmware-variables.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tp-vars-'));
  await writeFile(join(folder, 'VARS.fd'), 'template');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const template = () => join(folder, 'VARS.fd');

test('variables are made from the template once, and taken back after a start that failed', async () => {
  const path = join(folder, 'machine', 'a_VARS.fd');
  const undo = await ensureFirmwareVariables({ path, template: template() });
  expect(await readFile(path, 'utf8')).toBe('template');
  await writeFile(path, 'changed!');
  const second = await ensureFirmwareVariables({ path, template: template() });
  await second();
  expect(await readFile(path, 'utf8')).toBe('changed!');
  await undo();
  expect(await readdir(folder)).toEqual(['VARS.fd']);
});

test.each([
  ['no template', () => undefined, '/domain/os/nvram'],
  ['a template that is gone', () => join(folder, 'gone.fd'), '/domain/os/nvram/@template'],
])('with %s nothing is made, no folder either', async (_what, named, at) => {
  const path = join(folder, 'machine', 'a_VARS.fd');
  const from = named();
  await expect(ensureFirmwareVariables({ path, ...(from === undefined ? {} : { template: from }) })).rejects.toMatchObject({
    data: { code: 'start-failed', path: at },
  });
  expect(await readdir(folder)).toEqual(['VARS.fd']);
});

test('variables of another layout than the firmware that stands in are not handed to it', async () => {
  const path = join(folder, 'old_VARS.fd');
  await writeFile(path, 'of another size');
  await expect(ensureFirmwareVariables({ path, template: template(), mustFit: true })).rejects.toMatchObject({
    data: { path: '/domain/os/nvram', message: expect.stringContaining(path) as string },
  });
  // The firmware that the definition names is not second-guessed.
  await ensureFirmwareVariables({ path, template: template() });
  expect(await readFile(path, 'utf8')).toBe('of another size');
});
