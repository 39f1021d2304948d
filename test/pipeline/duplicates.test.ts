import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ID_ORIGINS } from '../../client/format/normalise.ts';
import { DuplicateFinder, type DuplicatePolicy, type IdSighting } from '../../pipeline/duplicates.ts';
import { InputError } from '../../pipeline/errors.ts';
import { temporaryFolder } from '../support/sets.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;

function losersOf(sightings: readonly IdSighting[], policy: DuplicatePolicy) {
  const finder = new DuplicateFinder(join(folder.path, `ids-${files++}`), policy, ['a.json', 'b.json']);
  try {
    for (const sighting of sightings) finder.add(sighting);
    return finder.losers();
  } finally {
    finder.close();
  }
}

const sightings: fc.Arbitrary<IdSighting[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'a\0', 'b', '', '🌟', '\uffff'),
      fc.constantFrom(...ID_ORIGINS),
      fc.constantFrom('x', 'y'),
      fc.nat(3),
    ),
    { maxLength: 30 },
  )
  .map(list =>
    list.map(([id, origin, content, bucket], sequence) => ({
      id,
      origin,
      // What is own in one and derived in the other differs.
      content: `${origin} ${content}`,
      bucket,
      sequence,
      input: 0,
      line: sequence + 1,
      offset: sequence * 10,
    })),
  );

describe('systems of one id', () => {
  test('lose all but one: an own id before a derived one, then the first or the last', () => {
    fc.assert(
      fc.property(sightings, fc.constantFrom('first' as const, 'last' as const), (of, policy) => {
        const { sequences, byBucket, identical } = losersOf(of, policy);
        let copies = 0;
        for (const group of Map.groupBy(of, ({ id }) => id).values()) {
          const winners = group.filter(({ sequence }) => !sequences.has(sequence));
          expect(winners).toHaveLength(1);
          const own = group.filter(({ origin }) => origin === 'own');
          const best = own.length > 0 ? own : group;
          const expected = policy === 'first' ? best[0]! : best.at(-1)!;
          expect(winners[0]!.content).toBe(expected.content);
          if (best.every(({ content }) => content === expected.content)) expect(winners[0]).toEqual(best[0]);
          if (policy === 'first' && best === group)
            copies += group.filter(({ content }) => content === expected.content).length - 1;
        }
        expect(identical).toBeGreaterThanOrEqual(copies);
        expect(identical).toBeLessThanOrEqual(sequences.size);
        const lost = of.filter(({ sequence }) => sequences.has(sequence));
        expect(sequences.size).toBe(lost.length);
        expect([...byBucket].sort()).toEqual(
          [...Map.groupBy(lost, ({ bucket }) => bucket)].map(([bucket, all]) => [bucket, all.length]).sort(),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('are an error by default, unless they are identical', () => {
    const one = (id: string, origin: IdSighting['origin'], sequence: number, content = ''): IdSighting => ({
      id,
      origin,
      sequence,
      content: origin + content,
      bucket: 0,
      input: sequence,
      line: 7,
      offset: 70,
    });
    const lost = (copies: number, ...of: IdSighting[]) => {
      const { sequences, identical } = losersOf(of, 'error');
      expect(identical).toBe(copies);
      return of.map(({ sequence }) => sequence).filter(sequence => sequences.has(sequence));
    };
    for (const origin of ID_ORIGINS) expect(lost(1, one('a', origin, 0), one('a', origin, 1))).toEqual([1]);
    expect(lost(0, one('a', 'own', 0), one('b', 'own', 1))).toEqual([]);
    expect(lost(0, one('a', 'key', 0), one('a', 'own', 1))).toEqual([0]);
    expect(lost(0, one('a', 'key', 0), one('a', 'key', 1, 'other'), one('a', 'own', 2))).toEqual([0, 1]);
    expect(lost(1, one('a', 'key', 0), one('a', 'own', 1), one('a', 'own', 2))).toEqual([0, 2]);
    for (const origin of ID_ORIGINS) {
      const find = () =>
        losersOf([one('a', origin, 0), one('a', origin, 2), one('a', origin, 1, 'other')], 'error');
      expect(find).toThrow(InputError);
      expect(find).toThrow(/b\.json, line 7, byte 70.*"a".*a\.json, line 7, byte 70.*first\|last/);
    }
  });
});
