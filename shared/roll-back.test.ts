import { expect, test } from 'vitest';
import { TapestryError } from './errors.ts';
import { rollBack } from './roll-back.ts';

const ran: string[] = [];
const step = (name: string, failure?: Error) => () => {
  ran.push(name);
  return failure === undefined ? Promise.resolve() : Promise.reject(failure);
};

test('a clean rollback leaves the error as it is', async () => {
  const error = new TapestryError('qmp', 'QEMU said no.', { detail: 'words' });
  expect(await rollBack(error, [step('one')])).toBe(error);
});

test('every step runs, and what failed stands in the detail', async () => {
  ran.length = 0;
  const error = new TapestryError('qmp', 'QEMU said no.', { detail: 'words', path: '/disk' });
  const told = await rollBack(error, [step('one', new Error('it is busy')), step('two'), step('three', new Error('it is gone'))]);
  expect(ran).toEqual(['one', 'two', 'three']);
  expect(told).toMatchObject({
    code: 'qmp',
    message: 'QEMU said no.',
    data: { path: '/disk', detail: 'words\nNot taken back: it is busy\nNot taken back: it is gone' },
    cause: error,
  });
});

test('a defect stays one', async () => {
  const told = await rollBack(new TypeError('x is not a function'), [step('one', new Error('it is busy'))]);
  expect(told).toMatchObject({
    code: 'internal',
    message: 'TypeError: x is not a function',
    data: { detail: 'Not taken back: it is busy' },
  });
});
