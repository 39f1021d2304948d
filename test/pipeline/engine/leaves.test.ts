/** The engine packs leaf pages of every table to the bytes of the reference, and weighs their rows alike, or refuses them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { type JsonObject, pack, SHARDS, type TableSchema } from '#format/index.ts';
import { weighLeafOf } from '#pipeline/engine/leaf-packer.ts';
import { keyAt } from '#pipeline/spill/entries.ts';
import { bytesOf, type Sorted, selectEntries, sortInScript } from '#pipeline/spill/sort-entries.ts';
import { encodeEntries } from '#pipeline/tables/leaf-encoder.ts';
import { SET_TABLES, type SetTable, SHARD } from '#pipeline/tables/set-tables.ts';
import { fold, TABLE_OPTIONS, tableEntries, tableRecords } from '#test/support/table-entries.ts';

/** Characters that keys escape. */
const ESCAPED = ['\0', '\x01'];

/** Whether the engine refuses a page with a row: it packs no fields, and no strings with an escape in an entry. */
function isRefused(key: readonly string[], row: unknown): boolean {
  const { fields, values = [] } = row as { fields?: unknown; values?: readonly string[] };
  return fields !== undefined || [...key, ...values].some(text => ESCAPED.some(own => text.includes(own)));
}

/** Compares the page of sorted entries, and their weights; returns whether the engine packs it. */
function compare<R>(
  sorted: Sorted,
  schema: TableSchema<R>,
  table: Pick<SetTable<R>, 'rowOf' | 'layout' | 'weigh'>,
): boolean {
  const { arena, order } = sorted;
  const rowAt = (start: number) => table.rowOf(arena, start);
  const expected = encodeEntries(sorted, schema, table, 'js');
  const { content, ...keys } = encodeEntries(sorted, schema, table, 'wasm');
  const isPacked = content instanceof Uint8Array;
  expect(isPacked).toBe(!order.some(start => isRefused(keyAt(arena, start), rowAt(start))));
  expect(isPacked ? content : pack(content)).toEqual(pack(expected.content));
  expect(keys).toEqual({ first: expected.first, last: expected.last });
  const weights = weighLeafOf(bytesOf(sorted), order.length, table.layout);
  if (isPacked) {
    const weighed = Array.from(order, start => table.weigh(arena, start));
    expect([...weights!]).toEqual(weighed.flatMap(({ hash, weight }) => [hash, weight]));
  } else expect(weights).toBe(undefined);
  return isPacked;
}

/** Compares the pages of all tables, each with all of its entries. Returns the tables with a page of the engine. */
function packedTables(records: readonly JsonObject[], options = TABLE_OPTIONS): string[] {
  const packed: string[] = [];
  for (const [name, { arena, starts }] of tableEntries(records, options)) {
    const { schema, select = (_, { length }) => length, ...table }: SetTable<unknown> = SET_TABLES[name];
    const sorted = selectEntries(sortInScript(arena, starts), select);
    if (sorted.order.length === 0) continue;
    if (compare(sorted, schema(fold), table)) packed.push(name);
    if (name !== 'members') continue;
    if (compare(sorted, SHARDS, SHARD)) packed.push('shards');
  }
  return packed;
}

const ALL = [...Object.keys(SET_TABLES), 'shards'].sort();

test.each([
  ['with fields of systems', TABLE_OPTIONS],
  ['without', { ...TABLE_OPTIONS, summary: [] }],
])('of any strings and numbers, %s', (_, options) => {
  fc.assert(
    fc.property(tableRecords, records => {
      packedTables(records, options);
    }),
    { numRuns: 150 },
  );
});

test('of full systems: the engine packs every table', () => {
  const systems = [...galaxySystems({ count: 2000 })] as unknown as JsonObject[];
  const options = {
    search: { fields: ['name', 'tag'] },
    facets: 'tag,planets.materials',
    listings: 'region,tag,by_date=created_at:desc',
  };
  const tagged = systems.map((system, i) => ({ ...system, tag: `Tag ${i % 7}, of ${i % 300}` }));
  expect([...new Set(packedTables(tagged, options))].sort()).toEqual(ALL);
});
