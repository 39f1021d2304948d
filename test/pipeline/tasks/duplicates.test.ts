import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { DuplicatePolicy } from '#pipeline/index.ts';
import { type IdClaim, IdGroup } from '#pipeline/tasks/duplicates.ts';

interface Claim extends IdClaim {
  readonly place: number;
}

/** The results of claims to one id, in order. */
function resolve(claims: readonly Claim[], policy: DuplicatePolicy) {
  const [first, ...others] = claims;
  const group = new IdGroup(first!, policy);
  const results = others.map(claim => group.add(claim));
  return {
    group,
    dropped: results.map(({ dropped }) => dropped.place).sort((a, b) => a - b),
    identical: results.filter(({ identical }) => identical).length,
  };
}

const claim = (place: number, origin: IdOrigin, content = ''): Claim => ({
  ...{ id: 'a', origin, place },
  // A value that is own in one and derived in the other differs.
  content: `${origin} ${content}`,
});

const claims = fc
  .array(fc.tuple(fc.constantFrom(...ID_ORIGINS), fc.constantFrom('x', 'y')), { minLength: 1, maxLength: 12 })
  .map(list => list.map(([origin, content], place) => claim(place, origin, content)));

describe('systems of one id', () => {
  test('lose all but one: an own id before a derived one, then the first or the last', () => {
    fc.assert(
      fc.property(claims, fc.constantFrom('first' as const, 'last' as const), (of, policy) => {
        const { group, dropped, identical } = resolve(of, policy);
        expect([...dropped, group.kept.place].sort((a, b) => a - b)).toEqual(of.map(({ place }) => place));
        const own = of.filter(({ origin }) => origin === 'own');
        const best = own.length > 0 ? own : of;
        const expected = policy === 'first' ? best[0]! : best.at(-1)!;
        expect(group.kept.content).toBe(expected.content);
        if (best.every(({ content }) => content === expected.content)) expect(group.kept).toBe(best[0]);
        if (policy === 'first' && best === of)
          expect(identical).toBeGreaterThanOrEqual(
            of.filter(({ content }) => content === expected.content).length - 1,
          );
        expect(identical).toBeLessThanOrEqual(dropped.length);
        expect(group.isConflict).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('are a conflict by default, unless they are identical', () => {
    const lost = (copies: number, ...of: Claim[]) => {
      const { group, dropped, identical } = resolve(of, 'error');
      expect(group.isConflict).toBe(false);
      expect(identical).toBe(copies);
      return dropped;
    };
    for (const origin of ID_ORIGINS) expect(lost(1, claim(0, origin), claim(1, origin))).toEqual([1]);
    expect(lost(0, claim(0, 'key'), claim(1, 'own'))).toEqual([0]);
    expect(lost(0, claim(0, 'key'), claim(1, 'key', 'other'), claim(2, 'own'))).toEqual([0, 1]);
    expect(lost(1, claim(0, 'key'), claim(1, 'own'), claim(2, 'own'))).toEqual([0, 2]);
    for (const origin of ID_ORIGINS) {
      const { group } = resolve([claim(0, origin), claim(2, origin), claim(1, origin, 'other')], 'error');
      expect(group.isConflict).toBe(true);
      expect([group.first.place, group.rival?.place]).toEqual([0, 1]);
    }
  });
});
