import { Command } from 'commander';
import { expect, it } from 'vitest';
import { positionWords } from './named-arguments.ts';

const program = new Command()
  .addCommand(new Command('start').argument('<domain>').option('--paused'))
  .addCommand(new Command('attach-interface').argument('<domain>').argument('<type>').argument('<source>').option('--mac <address>'))
  .addCommand(new Command('convert').argument('<format>').argument('[files...]').option('--domain <domain>'));

it.each([
  [['start', '--domain', 'a'], 'start -- a'],
  [['start', '--paused', '--domain=a=b'], 'start --paused -- a=b'],
  [
    ['attach-interface', '--source', 'br0', 'a', '--mac', '52:54:00:00:00:01', 'bridge'],
    'attach-interface --mac 52:54:00:00:00:01 -- a bridge br0',
  ],
  [['attach-interface', '--type', 'bridge', '--', 'a', '-x'], 'attach-interface -- a bridge -x'],
  [['convert', '--format', 'qemu-argv', '--domain', 'a'], 'convert --domain a -- qemu-argv'],
  [['convert', '--format', 'qemu-argv', 'a.xml', 'b.xml'], 'convert -- qemu-argv a.xml b.xml'],
])('takes arguments by name: %j', (words, expected) => {
  expect(positionWords(program, words).join(' ')).toBe(expected);
});

it.each([
  [['start', 'a', '--paused']],
  [['start', '--domain']],
  [['nothing', '--domain', 'a']],
  [['convert', 'qemu-argv', '--domain', 'a']],
  [[]],
])('leaves the rest to the parser: %j', (words) => {
  expect(positionWords(program, words)).toEqual(words);
});
