import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardSchema } from '#format/btree/listing-schemas.ts';
import { weigh } from '#format/btree/page.ts';
import { foldTable, makeFold, type TableSchema } from '#format/index.ts';
import { type Entries, keyAt } from '#pipeline/spill/entries.ts';
import { sortEntries } from '#pipeline/spill/sort-entries.ts';
import { firstValues } from '#pipeline/tables/first-rows.ts';
import { lastSystem, SET_TABLES, type SetTable, type SetTableName } from '#pipeline/tables/set-tables.ts';
import { type RowRun, TableRows } from '#pipeline/tables/table-rows.ts';
import { weighShard } from '#pipeline/tables/weigh-entries.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { coordinate, text } from '#test/support/arbitrary.ts';
import { systemsOf } from '#test/support/edited-tables.ts';

const fold = makeFold(foldTable());

/** Strings of all lengths, with characters that keys escape and characters of several bytes. */
const texts = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', 'é', '🌟'), maxLength: 50 }),
);

const record = fc.record({
  id: texts.map(own => `${own}-`),
  name: texts.map(own => `-${own}`),
  region: texts,
  x: coordinate,
  y: coordinate,
  z: coordinate,
  tag: texts,
  note: fc.oneof(
    texts,
    fc.array(texts, { maxLength: 4 }),
    fc.constant('Iron, Gold, A value with more than 24'),
  ),
});

const OPTIONS = {
  summary: ['note'],
  search: { fields: ['name', 'note'] },
  facets: 'tag',
  listings: 'note,by_note=note:desc',
};

/** The tables whose entries runs have that are made of systems. */
const TABLES: Partial<Record<RowRun, SetTableName>> = {
  ...{
    names: 'names',
    folded: 'folded',
    ids: 'ids',
    listed: 'members',
    ordered: 'ordered',
    facets: 'facets',
  },
  ...{ rare: 'rare', common: 'common-rows', 'facet-grams': 'facet-grams', results: 'results' },
  ...{ words: 'word-rows', grams: 'grams' },
};

test('the weight and the hash of an entry are those of its row, in every table', () => {
  const seen = new Set<string>();
  const check = <R>(name: string, entries: Entries, { schema, weigh: own, rowOf }: SetTable<R>): void => {
    for (const start of entries.starts) {
      expect(own(entries.arena, start), name).toEqual(weigh(rowOf(entries.arena, start), schema(fold)));
      seen.add(name);
    }
  };
  fc.assert(
    fc.property(fc.uniqueArray(record, { selector: ({ id }) => id, maxLength: 8 }), records => {
      const rows = new TableRows(checkBuildOptions(OPTIONS).set, fold);
      for (const system of systemsOf(records, OPTIONS).values()) rows.add(system);
      for (const [run, entries] of rows.entries()) {
        const table = TABLES[run];
        if (table) check(table, entries, SET_TABLES[table] as SetTable<unknown>);
        if (run === 'values') {
          const sorted = { arena: entries.arena, order: sortEntries(entries.arena, entries.starts) };
          const { rows: own, grams } = firstValues(sorted, new Map(), 'infix');
          check('value-rows', own, SET_TABLES['value-rows']);
          check('grams', grams, SET_TABLES.grams);
        }
        if (run !== 'listed') continue;
        for (const start of entries.starts) {
          const schema: TableSchema<ReturnType<typeof lastSystem>> = shardSchema(
            keyAt(entries.arena, start)[0]!,
          );
          expect(weighShard(entries.arena, start)).toEqual(weigh(lastSystem(entries.arena, start), schema));
        }
      }
    }),
    { numRuns: 200 },
  );
  expect([...seen].sort()).toEqual(Object.keys(SET_TABLES).sort());
});
