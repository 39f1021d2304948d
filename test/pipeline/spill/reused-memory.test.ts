import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { borrow, freeKept, giveBack } from '#pipeline/spill/reused-memory.ts';

describe('memory that tasks use one after another', () => {
  beforeEach(freeKept);

  test('is in use once, large enough, and no more than was in use at once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 100 }))), steps => {
        freeKept();
        const used: Buffer[] = [];
        const all = new Set<Buffer>();
        let most = 0;
        for (const [isBorrowed, number] of steps) {
          if (isBorrowed) {
            const buffer = borrow(number);
            expect(buffer.length).toBeGreaterThanOrEqual(number);
            expect(used.includes(buffer)).toBe(false);
            used.push(buffer);
            all.add(buffer);
            most = Math.max(most, used.length);
          } else if (used.length > 0) giveBack(used.splice(number % used.length, 1)[0]!);
        }
        for (const buffer of used) giveBack(buffer);
        for (let i = 0; i < most; i++) expect(all.delete(borrow(1))).toBe(true);
        expect(all.has(borrow(1))).toBe(false);
      }),
    );
  });

  test('is the smallest that is large enough', () => {
    const buffers = [30, 10, 20].map(borrow);
    for (const buffer of buffers) giveBack(buffer);
    expect([borrow(11).length, borrow(11).length, borrow(1).length]).toEqual([20, 30, 10]);
  });

  test('is not kept after freeKept', () => {
    const buffer = borrow(10);
    giveBack(buffer);
    freeKept();
    expect(borrow(10) === buffer).toBe(false);
  });
});
