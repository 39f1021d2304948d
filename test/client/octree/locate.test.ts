import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset, type SystemKey } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { catalogue, exactText, recordsAt, seeded, shuffled } from '#test/support/arbitrary.ts';
import { PLAIN, recordText, withSet } from '#test/support/chunk-sets.ts';

const keyOf = ({ id, x, y, z }: JsonObject) => ({ id, x, y, z }) as unknown as SystemKey;

describe('details', () => {
  test('are the original records, in the order asked for; undefined for what is not there', async () => {
    await fc.assert(
      fc.asyncProperty(
        catalogue,
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        async (records, seed, chunkLimit) => {
          const options = { ...PLAIN, chunkLimit, detailWeight: 1000, summary: ['a', 'planets'] };
          await withSet(records, options, async ({ directory }) => {
            const set = await openTileset(directory);
            const order = shuffled([...records, ...records.slice(0, 3)], seed);
            const found = await set.details(order.map(keyOf));
            expect(found.map(recordText)).toEqual(order.map(recordText));
            const taken = new Set(records.map(({ id }) => id));
            const unknown = records.flatMap((record): SystemKey[] => {
              const key = keyOf(record);
              return [
                { ...key, id: `${key.id}\0` },
                { ...key, id: key.id.slice(0, -1) },
                { ...key, id: '\u{10ffff}' },
              ];
            });
            const missing = await set.details(unknown.filter(({ id }) => !taken.has(id)));
            expect(missing.every(of => of === undefined)).toBe(true);
            // A place that is not the system's own may lead to it all the same, never to another.
            const moved = records.map(record => ({ ...keyOf(record), x: 12.5, y: -17.25, z: 0.3 }));
            const elsewhere = await set.details(moved);
            elsewhere.forEach((of, i) => {
              if (of) expect(recordText(of)).toBe(recordText(records[i]));
            });
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of many systems on one point are found in their parts', async () => {
    const random = seeded(51);
    const records = recordsAt(Array.from({ length: 1200 }, () => [1, -0, 2])).map((record, i) => ({
      ...record,
      id: `${['é', 'z', '🌟', '\uffff', ''][i % 5]}${Math.floor(random() * 1e9)}`,
      text: 'x'.repeat(Math.floor(random() * 300)),
      nested: { b: [i, null, -0], a: {} },
    }));
    for (const chunkLimit of [7, 100, 5000])
      await withSet(records, { ...PLAIN, chunkLimit, detailWeight: 5000 }, async ({ directory, files }) => {
        expect([...files.contents.keys()].filter(path => path.startsWith('details/')).length).toBeGreaterThan(
          20,
        );
        const set = await openTileset(directory);
        const order = shuffled(records, 1);
        expect((await set.details(order.map(keyOf))).map(recordText)).toEqual(order.map(recordText));
        // Where a system is does not depend on the sign of its zeros.
        expect(exactText((await set.details([{ ...keyOf(records[5]!), y: 0 }]))[0]!['y'])).toBe('-0');
        expect(
          await set.details([
            { id: 'a', x: 1, y: 0, z: 2 },
            { id: '', x: 1, y: 0, z: 2 },
          ]),
        ).toEqual([undefined, undefined]);
      });
  });

  test('of a few systems cost their own files alone, in as many rounds as the tree is deep', async () => {
    const records = [...galaxySystems({ count: 3000, seed: 5 })] as unknown as JsonObject[];
    await withSet(records, { ...PLAIN, chunkLimit: 50, detailWeight: 10_000 }, async ({ directory }) => {
      for (let i = 0; i < 10; i++) {
        const usage = newUsage();
        const set = await openTileset(directory, { usage });
        const few = records.slice(i * 250, i * 250 + 3);
        expect((await set.details(few.map(keyOf), { usage })).map(recordText)).toEqual(few.map(recordText));
        // The index, the root page, and for each system at most a page, its chunk and its details.
        expect(usage.requests).toBeLessThanOrEqual(2 + 3 * 3);
        expect(usage.roundTrips).toBeLessThanOrEqual(4);
        const before = usage.requests;
        await set.details(few.map(keyOf), { usage });
        expect(usage.requests).toBe(before);
      }
    });
  });

  test('read each file once, for however many systems', async () => {
    const records = [...galaxySystems({ count: 500, seed: 5 })] as unknown as JsonObject[];
    const options = { ...PLAIN, chunkLimit: 50, detailWeight: 10_000 };
    await withSet(records, options, async ({ directory, files }) => {
      const set = await openTileset(directory);
      const all = [...records, ...records].map(keyOf);
      const isRead = (path: string) => /^(tree|chunks|details)\//.test(path);
      const rows = [...files.contents.keys()].filter(isRead).length;
      for (const count of [1, 2]) {
        const usage = newUsage();
        await set.details(all, { usage });
        // A chunk is read with each of its detail files.
        expect(usage.requests + usage.cacheHits, `${count}`).toBeLessThan(2 * rows);
      }
    });
  });

  test('of nothing are nothing', async () => {
    await withSet(recordsAt([[1, 2, 3]]), {}, async ({ directory }) => {
      expect(await (await openTileset(directory)).details([])).toEqual([]);
    });
  });
});
