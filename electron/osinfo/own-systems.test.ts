import { expect, it } from 'vitest';
import { ownSystems } from './own-systems.ts';
import { patternOf } from './pattern.ts';

it('has patterns that can be used, and each id once', () => {
  for (const { media, trees } of ownSystems)
    for (const { patterns } of [...media, ...trees]) for (const pattern of Object.values(patterns ?? {})) patternOf(pattern as string);
  expect(new Set(ownSystems.map(({ id }) => id)).size).toBe(ownSystems.length);
  expect(new Set(ownSystems.flatMap(({ shortIds }) => shortIds)).size).toBe(ownSystems.length);
  expect(ownSystems.length).toBeGreaterThan(50);
});
