import { expect, it } from 'vitest';
import { readUnit } from './testing/read-unit.ts';
import { isOurUnit, unitText } from './unit-text.ts';

it('keeps every word whole that systemd would split, expand or read as an escape', () => {
  const argv = ['/opt/my apps/100%/node', 'C:\\x"y', '$HOME', 'tab\there', 'line\nbreak'];
  const text = unitText({ argv, environment: { XDG_CONFIG_HOME: '/home/ü 50%/.config' } });
  const unit = readUnit(text);
  expect(unit.get('ExecStart')).toEqual([argv]);
  expect(text).toContain('ExecStart=:"'); // no variables are put in
  expect(unit.get('Environment')).toEqual([['XDG_CONFIG_HOME=/home/ü 50%/.config']]);
  expect(unit.get('KillMode')).toEqual([['process']]);
  expect(unit.get('WantedBy')).toEqual([['default.target']]);
  expect(unitText({ argv: ['/usr/bin/node'], environment: {} })).toContain('ExecStart="/usr/bin/node"');
});

it('knows its own units', () => {
  expect(isOurUnit(unitText({ argv: ['/a'], environment: {} }))).toBe(true);
  expect(isOurUnit('[Service]\nExecStart=/usr/bin/tapestry\n')).toBe(false);
});
