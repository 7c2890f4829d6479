import type { MantineColorsTuple } from '@mantine/core';

/**
 * Colour ramps, lightest first (Mantine's order), with even lightness steps. Neutrals lean slightly
 * towards the accent. Components never name a ramp: they use the `--tp-*` variables of variables.ts.
 */
const ramp = (steps: string): MantineColorsTuple => {
  const [a, b, c, d, e, f, g, h, i, j] = steps.split(' ').map((hex) => `#${hex}`);
  if (!a || !b || !c || !d || !e || !f || !g || !h || !i || !j) throw new RangeError('a colour ramp has ten steps');
  return [a, b, c, d, e, f, g, h, i, j];
};

export const palette = {
  mulberry: ramp('f9f3fa f2e2f4 e6c9ea d8acdf c890d1 b473be 9b56a6 7e3d88 693172 522559'),
  gray: ramp('fafafc f4f3f6 eae9ec dddbe0 bfbcc2 939197 6a676f 545158 39363d 201e24'),
  dark: ramp('e8e7eb c5c3c8 a6a3aa 827e86 545158 3f3b43 2d2a30 221f25 19171c 111014'),
  green: ramp('ecf9ef d0f2d8 a8e6b7 7fd497 5dc47e 41aa66 2e9052 217541 175f33 144927'),
  amber: ramp('fff5e8 ffe7c7 fed397 f5bc69 eba941 cd9130 b07a20 8f6213 724d0b 593c08'),
  red: ramp('fff1f0 ffdfdc ffc3bd f99e97 f17871 e1514e d03739 b1262a 901e21 6f191a'),
  blue: ramp('eff6fd d8ebfb b7d9f7 8fc4f1 66abe5 4190cd 2677b2 176297 0f4e7a 0b3e61'),
};
