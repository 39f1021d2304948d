import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LruCache } from '#client/fetch/lru-cache.ts';

/** The same rules in a naive form: a list, most recent last. */
class Model {
  entries: { key: string; value: number; cost: number }[] = [];
  readonly budget: number;
  constructor(budget: number) {
    this.budget = budget;
  }
  get(key: string) {
    const entry = this.entries.find(other => other.key === key);
    if (entry) this.entries = [...this.entries.filter(other => other !== entry), entry];
    return entry?.value;
  }
  set(key: string, value: number, cost: number) {
    this.entries = this.entries.filter(other => other.key !== key);
    if (cost > this.budget) return;
    this.entries.push({ key, value, cost });
    while (this.entries.reduce((sum, entry) => sum + entry.cost, 0) > this.budget) this.entries.shift();
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step = fc.oneof(
  fc.record({ key, cost: fc.constant(undefined) }),
  fc.record({ key, cost: fc.integer({ min: 0, max: 30 }) }),
);

describe('LruCache', () => {
  test('keeps what the naive model keeps, never beyond the budget', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(step, { maxLength: 60 }), (budget, steps) => {
        const cache = new LruCache(budget);
        const model = new Model(budget);
        steps.forEach(({ key, cost }, time) => {
          if (cost === undefined) {
            expect(cache.get(key)?.value).toBe(model.get(key));
          } else {
            cache.set(key, time, cost);
            model.set(key, time, cost);
          }
          expect(cache.bytes).toBe(model.entries.reduce((sum, entry) => sum + entry.cost, 0));
          expect(cache.bytes).toBeLessThanOrEqual(budget);
        });
        for (const key of 'abcdef') {
          expect(cache.get(key)?.value).toBe(model.entries.find(entry => entry.key === key)?.value);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what is larger than the budget makes nothing else go', () => {
    const cache = new LruCache(10);
    cache.set('a', 1, 5);
    cache.set('b', 2, 5);
    cache.set('c', 3, 11);
    expect([cache.get('a')?.value, cache.get('b')?.value, cache.get('c')]).toEqual([1, 2, undefined]);
    expect(cache.bytes).toBe(10);
  });

  test('a full cache lets one go for one that comes', () => {
    const cache = new LruCache(100);
    for (let i = 0; i < 10; i++) cache.set(`${i}`, i, 10);
    cache.get('0');
    cache.set('new', 10, 10);
    expect(cache.get('1')).toBeUndefined();
    expect(['0', '2', '9', 'new'].map(key => cache.get(key)?.value)).toEqual([0, 2, 9, 10]);
  });

  test('keeps undefined and null as values', () => {
    const cache = new LruCache(10);
    cache.set('a', undefined, 1);
    expect(cache.get('a')).toMatchObject({ value: undefined });
    expect(cache.get('b')).toBeUndefined();
  });

  test('an entry whose cost is not a number of bytes is not kept', () => {
    const cache = new LruCache(10);
    cache.set('a', 1, Number.NaN);
    cache.set('b', 1, -5);
    expect([cache.get('a'), cache.get('b'), cache.bytes]).toEqual([undefined, undefined, 0]);
  });
});
