import { expect, it } from 'vitest';
import { openSealedJson, sealedJson } from './sealed-json.ts';

it('gives back what was sealed, and nothing of a text in which one bit is another', () => {
  const value = { words: ['größe', 'line\nbreak'], number: 1.5, nothing: null };
  const text = sealedJson(value);
  expect(openSealedJson(text)).toEqual(value);
  for (const other of ['', '{}', JSON.stringify(value), text.slice(0, -1), `${text} `]) expect(openSealedJson(other)).toBeUndefined();
  const bytes = Buffer.from(text);
  for (let place = 0; place < bytes.length * 8; place += 1) {
    const flipped = Buffer.from(bytes);
    flipped[place >> 3] = (bytes[place >> 3] ?? 0) ^ (1 << (place & 7));
    expect(openSealedJson(flipped.toString()), `bit ${place}`).toBeUndefined();
  }
});
