/** The waves of a search for the nearest systems, over parts with made-up boxes. */
import { expect, test } from 'vitest';
import type { Frontier, Part, Read } from '#client/octree/frontier.ts';
import { Waves } from '#client/octree/nearest.ts';

/** Parts of one system each, in files of one byte; the nearer ones are only a little nearer. */
function partsFrom(first: number, count: number): Part[] {
  return Array.from({ length: count }, (_, i) => {
    const read = { kind: 'chunk', ref: { length: 1 }, file: { firstId: `${first + i}` }, ranges: [] };
    return {
      read: read as unknown as Read,
      systems: 1,
      nearest: 10 + (first + i) / 100,
      farthest: 100,
    } as Part;
  });
}

/** A frontier whose boxes promise nothing, and whose rows are at a distance of 50. */
function frontierOf(parts: readonly Part[], rows: number): Frontier {
  const hits = {
    distance: (place: number) => (place < rows ? 50 : undefined),
    within: (radius: number) => (radius >= 50 ? rows : 0),
    before: () => 0,
  };
  const volume = { share: () => 0.01 };
  return { parts, hits, volume, isFiltered: false, expected: (systems: number) => systems } as never;
}

test('a guess that turns out to be needed allows for another one', () => {
  const demand = { needed: 4, chunks: 4, pages: 4 };
  const waves = new Waves();
  // Four files that are needed in any order of reading, and guesses of as many bytes.
  expect(waves.next(frontierOf(partsFrom(0, 60), 0), demand)).toHaveLength(8);
  // All eight turned out to be needed, and so are four more: guesses of twelve bytes.
  expect(waves.next(frontierOf(partsFrom(8, 52), 8), demand)).toHaveLength(4 + 12);
});
