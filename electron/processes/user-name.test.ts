import { userInfo } from 'node:os';
import { getuid } from 'node:process';
import { expect, test } from 'vitest';
import { userName } from './user-name.ts';

test('a user is told by name, and one whom the system has no name for by number', () => {
  expect(userName()).toBe(userInfo().username);
  const unknown = () => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
  };
  expect(userName(unknown)).toBe(String(getuid?.()));
});
