import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { installAccessList } from './native.mjs';
import { at } from './say.mjs';

it('installs the access list where there is none, as root too, and leaves an administrator’s own alone', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tapestry-acl-'));
  const list = path.join(folder, 'etc/net-helper.conf');
  try {
    installAccessList([], list);
    expect(readFileSync(list, 'utf8')).toBe(readFileSync(at('net-helper/net-helper.conf'), 'utf8'));
    expect(statSync(list).mode & 0o777).toBe(0o644);
    writeFileSync(list, '# mine\n');
    installAccessList([], list);
    expect(readFileSync(list, 'utf8')).toBe('# mine\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
