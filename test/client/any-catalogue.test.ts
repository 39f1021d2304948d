import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { catalogue } from '#test/support/arbitrary.ts';
import { PLAIN, withSet } from '#test/support/chunk-sets.ts';

/** Names whose order changes when case and marks are folded: small tables have them in one page. */
const name = fc.oneof(
  fc.string({
    unit: fc.constantFrom('S', 's', 'é', 'E', 'e', 'Ω', 'ß', '\u{1f600}', '\u0301'),
    minLength: 1,
    maxLength: 4,
  }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter(text => text.isWellFormed()),
);

test('a set of any catalogue is found valid by every query, and finds every system by its name in any case', async () => {
  await fc.assert(
    fc.asyncProperty(
      catalogue,
      fc.array(name, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 6 }),
      async (records, names, chunkLimit) => {
        const named = records.map((record, i) => ({
          ...record,
          id: record['id'] as string,
          name: names[i % names.length]!,
        }));
        await withSet(named, { ...PLAIN, chunkLimit }, async ({ directory }) => {
          const set = await openTileset(directory, { cacheBytes: 0 });
          const count = named.length === 0 ? 0 : new Set(names.slice(0, named.length)).size;
          expect(await set.names({ limit: 100 })).toHaveLength(count);
          expect(await set.names({ limit: 100, ignoreCase: true })).toHaveLength(count);
          for (const { id, name } of named) {
            const found = await set.systemsByName(name.toUpperCase(), { ignoreCase: true });
            if (name.toUpperCase().toLowerCase() === name.toLowerCase())
              expect(found.map(system => system.id)).toContain(id);
            expect((await set.systemById(id))?.name).toBe(name);
          }
          const { systems, totalPages } = await set.page({ perPage: 3 });
          for (const { region } of systems) await set.page({ region });
          if (totalPages > 1) await set.page({ page: totalPages, perPage: 3 });
          expect((await set.regions().toArray()).reduce((sum, row) => sum + row.systems, 0)).toBe(
            named.length,
          );
        });
      },
    ),
    { numRuns: 30 },
  );
});
