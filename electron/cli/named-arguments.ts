import type { Argument, Command } from 'commander';

/**
 * Lets every argument be given by its name too, as virsh does: `start --domain NAME` is `start NAME`. Arguments that are not named
 * take the remaining words in order. An option of the command with the same name stays that option.
 * @param words the command's name and what follows it
 * @returns words that the parser understands; unchanged when no argument is named
 */
export function positionWords(program: Command, words: readonly string[]): string[] {
  const command = program.commands.find((one) => one.name() === words[0] || one.aliases().includes(words[0] ?? ''));
  if (command === undefined) return [...words];
  const argumentOf = (flag: string): Argument | undefined =>
    command.options.some(({ long }) => long === flag) ? undefined : command.registeredArguments.find((one) => `--${one.name()}` === flag);
  const named = new Map<Argument, string>();
  const options: string[] = [];
  const free: string[] = [];
  const given = words.slice(1);
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? '';
    if (word === '--') {
      free.push(...given.slice(at + 1));
      break;
    }
    const [flag = '', value] = word.split(/=(.*)/s, 2);
    const argument = argumentOf(flag);
    const next = given[at + 1];
    if (argument !== undefined && (value !== undefined || next !== undefined) && !named.has(argument)) {
      if (value === undefined) at += 1;
      named.set(argument, value ?? next ?? '');
    } else if (word.startsWith('-') && word !== '-') {
      options.push(word);
      const option = command.options.find(({ long, short }) => long === word || short === word);
      if (option?.required === true && next !== undefined) {
        options.push(next);
        at += 1;
      }
    } else free.push(word);
  }
  if (named.size === 0) return [...words];
  const positions = command.registeredArguments.flatMap((argument) => {
    const value = named.get(argument) ?? free.shift();
    return value === undefined ? [] : [value];
  });
  return [words[0] ?? '', ...options, '--', ...positions, ...free];
}
