import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardSchema } from '#format/btree/listing-schemas.ts';
import { weigh } from '#format/btree/page.ts';
import type { TableSchema } from '#format/index.ts';
import { keyAt } from '#pipeline/spill/entries.ts';
import { lastSystem, SET_TABLES, type SetTable } from '#pipeline/tables/set-tables.ts';
import { weighAll } from '#pipeline/tables/weigh-all.ts';
import { weighShard } from '#pipeline/tables/weigh-entries.ts';
import { fold, tableEntries, tableRecords } from '#test/support/table-entries.ts';

test('the weight and the hash of an entry are those of its row, in every table', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(tableRecords, records => {
      for (const [name, { arena, starts, bytes }] of tableEntries(records)) {
        const { schema, weigh: own, rowOf }: SetTable<unknown> = SET_TABLES[name];
        for (const start of starts) {
          expect(own(arena, start), name).toEqual(weigh(rowOf(arena, start), schema(fold)));
          seen.add(name);
        }
        for (const engine of ['wasm', 'js'] as const) {
          const weights: number[] = [];
          for (const part of weighAll(engine, SET_TABLES[name], { arena, order: starts, end: bytes }))
            weights.push(...part);
          const weighed = Array.from(starts, start => own(arena, start));
          expect(weights).toEqual(weighed.flatMap(({ hash, weight }) => [hash, weight]));
        }
        if (name !== 'members') continue;
        for (const start of starts) {
          const schema: TableSchema<ReturnType<typeof lastSystem>> = shardSchema(keyAt(arena, start)[0]!);
          expect(weighShard(arena, start)).toEqual(weigh(lastSystem(arena, start), schema));
        }
      }
    }),
    { numRuns: 200 },
  );
  expect([...seen].sort()).toEqual(Object.keys(SET_TABLES).sort());
});
