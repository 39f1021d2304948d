import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BitSet } from '../../pipeline/bit-set.ts';

test('holds the numbers that were added, as a set does', () => {
  const number = fc.oneof(fc.nat(100), fc.nat(200_000), fc.constantFrom(0, 31, 32, 2 ** 15, 2 ** 24 + 1));
  fc.assert(
    fc.property(fc.array(number), number, (numbers, other) => {
      const bits = new BitSet();
      for (const of of numbers) bits.add(of);
      const set = new Set(numbers);
      expect(bits.size).toBe(set.size);
      for (const of of [...numbers, other, other + 1, other + 32]) expect(bits.has(of)).toBe(set.has(of));
    }),
    { numRuns: 300 },
  );
});
