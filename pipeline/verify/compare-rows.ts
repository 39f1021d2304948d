/** Compares the rows of the tables of two sets, regardless of their pages. */

import { TableReader } from '#client/btree/reader.ts';
import type { Files } from '#client/fetch/files.ts';
import { type KeyedSystem, LISTINGS, MEMBERS, SHARDS } from '#format/btree/listing-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import type { TableRoots } from '#format/index-json.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareText } from '#format/utf8.ts';

/** The tables of a set, and where their pages are. */
export interface ComparedTables {
  readonly files: Files;
  readonly tables: TableRoots;
  /** Schemas that need the fold of the set. */
  readonly folded: Partial<Record<TableName, TableSchema<unknown>>>;
}

/**
 * Describes the first row that a table lacks or has in excess; undefined if both tables have the same rows.
 * @throws CorruptError if a page of the set disagrees with its parent
 */
export async function rowDifference(
  name: TableName,
  set: ComparedTables,
  expected: ComparedTables,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const found = textsOf(name, set, signal);
  let rank = 0;
  for await (const right of textsOf(name, expected, signal)) {
    const { value } = await found.next();
    if (value === undefined) return `has ${rank} rows, and lacks ${right}`;
    if (value !== right) return `has the row ${rank} ${value}, expected ${right}`;
    rank++;
  }
  const { value } = await found.next();
  return value === undefined ? undefined : `has more than ${rank} rows: ${value}`;
}

/** The rows of a table in order, as text. Which values have a table of their own is left out: writers choose. */
async function* textsOf(
  name: TableName,
  set: ComparedTables,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined, undefined> {
  if (name === 'members') yield* systemsByValue(set, signal);
  else if (name === 'listings') {
    for await (const { bounds, shard: _, ...row } of rowsOf(name, LISTINGS, set, signal))
      yield textOf({ ...row, bounds: [[...bounds.min], [...bounds.max]] });
  } else {
    const schema = set.folded[name] ?? TABLE_SCHEMAS[name];
    for await (const row of rowsOf(name, schema as TableSchema<JsonObject>, set, signal)) yield textOf(row);
  }
}

/** The systems of all listed values by (field, key, name, id). */
async function* systemsByValue(
  set: ComparedTables,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined, undefined> {
  const members = rowsOf('members', MEMBERS, set, signal);
  let member = await members.next();
  for await (const { field, key, shard } of rowsOf('listings', LISTINGS, set, signal)) {
    const isUpTo = ({ value: own }: { value: KeyedSystem }) =>
      (compareText(own.field, field) || compareText(own.key, key)) <= 0;
    // Those of values that the directory lacks come first, and are found by that.
    while (!member.done && isUpTo(member)) {
      yield textOf(member.value);
      member = await members.next();
    }
    if (!shard) continue;
    const table = new TableReader<SystemRow>(set.files, { root: shard, schema: SHARDS }, { signal });
    for await (const rows of table.scan(0)) for (const row of rows) yield textOf({ ...row, field, key });
  }
  for (; !member.done; member = await members.next()) yield textOf(member.value);
}

async function* rowsOf<R>(
  name: TableName,
  schema: TableSchema<R>,
  { files, tables }: ComparedTables,
  signal: AbortSignal | undefined,
): AsyncGenerator<R, undefined, undefined> {
  const table = new TableReader(files, { root: tables[name], schema }, { signal });
  for await (const rows of table.scan(0)) yield* rows;
}

/** Equal for equal rows; the order of members does not count. */
function textOf(row: object): string {
  return jsonText(sorted({ ...row } as JsonObject));
}

function sorted(object: JsonObject): JsonValue {
  const { fields, ...members } = object;
  const own = Object.entries(
    fields === undefined ? members : { ...members, fields: byName(fields as JsonObject) },
  );
  return own.sort(([a], [b]) => compareText(a, b));
}

/** Members by name. */
export function byName(fields: JsonObject): JsonValue {
  return Object.entries(fields).sort(([a], [b]) => compareText(a, b));
}
