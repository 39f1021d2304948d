/** Generated systems as entries of key runs, for every table. */
import fc from 'fast-check';
import { foldTable, type JsonObject, makeFold } from '#format/index.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import type { Entries } from '#pipeline/spill/entries.ts';
import { sortInScript } from '#pipeline/spill/sort-entries.ts';
import { firstValues } from '#pipeline/tables/first-rows.ts';
import type { SetTableName } from '#pipeline/tables/set-tables.ts';
import { type RowRun, TableRows } from '#pipeline/tables/table-rows.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { coordinate, text } from './arbitrary.ts';
import { systemsOf } from './edited-tables.ts';

export const fold = makeFold(foldTable());

/** Strings of all lengths, with characters that keys escape and characters of several bytes. */
const texts = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', 'é', '🌟'), maxLength: 50 }),
  fc.string({ unit: fc.constantFrom('a', 'é', 'è', '🌟', '🌠'), maxLength: 50 }),
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

export const tableRecords: fc.Arbitrary<JsonObject[]> = fc.uniqueArray(record, {
  selector: ({ id }) => id,
  maxLength: 8,
});

export const TABLE_OPTIONS: PlanOptions = {
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

/** The entries of each table; those of `members` are also those of the tables of single values. */
export function* tableEntries(
  records: readonly JsonObject[],
  options = TABLE_OPTIONS,
): Generator<[table: SetTableName, entries: Entries], void, undefined> {
  const rows = new TableRows(checkBuildOptions(options).set, fold);
  for (const system of systemsOf(records, options).values()) rows.add(system);
  for (const [run, entries] of rows.entries()) {
    const table = TABLES[run];
    if (table) yield [table, entries];
    if (run !== 'values') continue;
    const sorted = sortInScript(entries.arena, entries.starts);
    const { rows: own, grams } = firstValues(sorted, new Map(), 'infix');
    yield ['value-rows', own];
    yield ['grams', grams];
  }
}
