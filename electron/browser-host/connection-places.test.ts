import { describe, expect, it } from 'vitest';
import { ConnectionPlaces } from './connection-places.ts';

const connections = (count: number, places: ConnectionPlaces<{ destroy(): void }>, closed: number[]) =>
  Array.from({ length: count }, (_, n) => {
    const connection = { destroy: () => void closed.push(n) };
    places.take(connection);
    return connection;
  });

describe('the places for connections', () => {
  it('go to the newest; the oldest that showed no session gives way', () => {
    const closed: number[] = [];
    const places = new ConnectionPlaces<{ destroy(): void }>(3);
    const [first, second] = connections(3, places, closed);
    if (first !== undefined) places.keep(first);
    expect(closed).toEqual([]);
    connections(1, places, []);
    expect(closed).toEqual([1]);
    if (second !== undefined) places.leave(second);
    connections(1, places, []);
    expect(closed).toEqual([1, 2]);
  });

  it('are not taken from those who showed a session: then the newest gets none', () => {
    const closed: number[] = [];
    const places = new ConnectionPlaces<{ destroy(): void }>(2);
    for (const one of connections(2, places, closed)) places.keep(one);
    const late: number[] = [];
    connections(1, places, late);
    expect([closed, late]).toEqual([[], [0]]);
  });

  it('are free again when one leaves, known or not', () => {
    const closed: number[] = [];
    const places = new ConnectionPlaces<{ destroy(): void }>(2);
    const [first, second] = connections(2, places, closed);
    if (first !== undefined) {
      places.keep(first);
      places.leave(first);
    }
    if (second !== undefined) places.leave(second);
    connections(2, places, closed);
    expect(closed).toEqual([]);
  });
});
