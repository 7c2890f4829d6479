import { TapestryError } from '../../../../shared/errors.ts';

/**
 * What is told of a machine whose QEMU lives and doesn't answer, wherever it shows: stopped, waiting for a disk that doesn't answer, or with its
 * monitor's socket gone.
 *
 * @param name of the machine
 * @param asked what it was asked to do, as in “to pause”; it may still do so when it wakes
 */
export function doesNotAnswer(name: string, asked?: string): TapestryError {
  return new TapestryError('qmp', `The QEMU of “${name}” doesn’t answer.`, {
    next: `${asked === undefined ? '' : `It was asked ${asked}, and may still do so. `}Tapestry keeps trying. If it stays like this, force the machine off.`,
    fixes: [{ kind: 'force-off', label: 'Force off' }],
  });
}
