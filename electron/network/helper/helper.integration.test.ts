import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHelperProgram } from './helper-program.ts';
import { NetworkHelper } from './helper.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tapestry-helper-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A double of the helper that misbehaves: a shell script. */
const double = (body: string, patience?: number): NetworkHelper => {
  const file = path.join(folder, `helper${count++}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return new NetworkHelper(file, patience);
};

test.each<[what: string, body: string, patience?: number]>([
  ['nothing', ''],
  ['no JSON', 'echo hello'],
  ['another shape', `echo '{"ok":true,"ifindex":-4}'`],
  ['half an answer', `printf '{"ok":true,'`],
  ['success with a bad status', `echo '{"ok":true}'; exit 3`],
  ['success and then a signal', `echo '{"ok":true}'; kill -9 $$`],
  ['a signal', 'kill -9 $$'],
  ['two answers', `echo '{"ok":true}'; echo '{"ok":true}'`],
  ['a flood', 'exec yes', 500],
  ['silence', 'exec sleep 1000', 500],
])('%s is a failure', async (_what, body, patience) => {
  await expect(double(body, patience).run('gc', {})).rejects.toMatchObject({ code: 'helper-failed' });
});

test('its environment is empty, and values are told as key=value', async () => {
  const helper = double(`printf '{"ok":true,"ifname":"%s"}\\n' "$(echo "$*:$HOME" | tr ' ' _)"`);
  const answer = await helper.run('tap', { name: 'x0', isolated: true, 'vnet-hdr': false, mtu: 1500, mac: undefined });
  expect(answer.ifname).toBe('tap_name=x0_isolated=1_vnet-hdr=0_mtu=1500:');
});

test('a helper that is missing, or that can’t be started', async () => {
  await expect(new NetworkHelper('/no/such/helper').run('gc', {})).rejects.toMatchObject({ code: 'helper-failed' });
});

test('check tells what is missing', async () => {
  await expect(double(`echo '{"ok":true,"proto":2,"privilege":false,"tun":true}'`).check()).rejects.toMatchObject({
    code: 'helper-unprivileged',
    data: { fixes: [{ kind: 'copy-command', value: expect.stringContaining('setcap cap_net_admin+ep') as string }] },
  });
  await expect(double(`echo '{"ok":true,"proto":1,"privilege":true,"tun":true}'`).check()).rejects.toMatchObject({ code: 'helper-failed' });
  await expect(double(`echo '{"ok":true,"proto":2,"privilege":true,"tun":false}'`).check()).resolves.toMatchObject({ tun: false });
});

test('the helper is looked for where it is told, and refused when others may write it', async () => {
  const native = mkdtempSync(path.join(folder, 'native-'));
  const file = path.join(native, 'tapestry-net-helper');
  writeFileSync(file, '', { mode: 0o755 });
  await expect(findHelperProgram({ TAPESTRY_NATIVE_DIR: native })).resolves.toBe(file);
  chmodSync(file, 0o644);
  await expect(findHelperProgram({ TAPESTRY_NATIVE_DIR: native })).rejects.toMatchObject({ code: 'helper-denied' });
  chmodSync(file, 0o777);
  await expect(findHelperProgram({ TAPESTRY_NATIVE_DIR: native })).rejects.toMatchObject({ code: 'helper-failed' });
});

test('an uplink whose helper ends without an answer', async () => {
  await expect(double('exit 1').addUplink('b0', 'eth0', 30)).rejects.toMatchObject({ code: 'helper-failed' });
  await expect(
    double(`echo '{"ok":false,"error":"denied","what":"acl-uplink","errno":0,"errname":""}'; exit 78`).addUplink('b0', 'eth0', 30),
  ).rejects.toMatchObject({
    code: 'helper-denied',
    message: expect.stringContaining('eth0') as string,
  });
  const dying = await double(`echo '{"ok":true,"pending":true}'; exec sleep 0.1`).addUplink('b0', 'eth0', 30);
  await expect(dying.confirm()).rejects.toMatchObject({ code: 'cancelled' });
});
