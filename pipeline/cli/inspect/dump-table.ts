/** Dumps pages of sorted tables, and the fold. The table of a leaf page is detected from its columns. */

import { type PageEntry, type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import { unpackFold } from '#format/fold/fold.ts';
import type { JsonValue } from '#format/json.ts';
import { countField } from '#format/unpack.ts';
import { type Dump, firstLines } from './dump.ts';
import { type ColumnLine, describeTable, numberLines, stringLines } from './file-columns.ts';

/** Tables whose leaf pages differ: those of one large listed value are like \`names\`, \`ordered\` is like \`members\`. */
type LeafTable = Exclude<TableName, 'ordered' | 'rare' | 'common'>;

/** The key columns of the leaf pages of each table. */
const KEYS: Readonly<Record<LeafTable, readonly string[]>> = {
  names: ['name', 'id'],
  folded: ['name'],
  ids: ['id'],
  listings: ['field', 'key'],
  members: ['field', 'key', 'name', 'id'],
  facets: ['field', 'key'],
  words: ['text', 'name', 'id'],
  values: ['value', 'name', 'id'],
  facetGrams: ['gram', 'field', 'key'],
  grams: ['gram'],
  results: ['name', 'id'],
};

const AXES = ['x', 'y', 'z'];

/** @throws Error if the file is not a valid page of a table */
export function dumpTablePage(file: Record<string, unknown>): Dump {
  return countField(file, 'level') === 0 ? dumpLeaf(file) : dumpInner(file);
}

function dumpLeaf(file: Record<string, unknown>): Dump {
  const table = tableOf(file);
  const page = unpackTablePage<unknown>(file, TABLE_SCHEMAS[table] as TableSchema<unknown>);
  const value = (page as { rows: readonly unknown[] }).rows.map(plainRow);
  return {
    kind: `${table} page`,
    value,
    columns: [
      ...KEYS[table].map(name => ({ name, rows: value.length, encoding: FRONT_CODED })),
      ...describeColumns(file, value.length),
    ],
    first: firstLines(value),
  };
}

const FRONT_CODED = 'strings, front coded';

/** The table of a leaf page: tables with equally many key columns differ in their other columns. */
function tableOf(file: Record<string, unknown>): LeafTable {
  const has = (column: string) => file[column] !== undefined;
  switch (Array.isArray(file['key']) ? file['key'].length : 0) {
    case 1:
      if (has('steps')) return 'grams';
      return has('x') ? 'ids' : 'folded';
    case 2:
      if (has('systems')) return has('sharded') ? 'listings' : 'facets';
      return has('values') ? 'results' : 'names';
    case 3:
      if (!has('x')) return 'facetGrams';
      return has('systems') ? 'values' : 'words';
    default:
      return 'members';
  }
}

/** A row as JSON. */
function plainRow(row: unknown): JsonValue {
  const present = Object.entries(row as Record<string, JsonValue | undefined>).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(present) as JsonValue;
}

function describeColumns(file: Record<string, unknown>, rows: number): ColumnLine[] {
  const lines: ColumnLine[] = [];
  for (const name of ['steps', 'field', 'systems', ...AXES])
    if (file[name] !== undefined) lines.push(...numberLines(name, file[name], rows));
  if (file['region'] !== undefined) lines.push(...stringLines('region', file['region'], rows));
  for (const [i, values] of ((file['values'] as unknown[] | undefined) ?? []).entries())
    lines.push(...stringLines(`values.${i}`, values, rows));
  for (const name of ['min', 'max']) {
    const axes = file[name] as unknown[] | undefined;
    if (axes) lines.push(...AXES.flatMap((axis, i) => numberLines(`${name}.${axis}`, axes[i], rows)));
  }
  const sharded = file['sharded'] as Uint8Array | undefined;
  if (sharded) {
    const shards = sharded.filter(flag => flag !== 0).length;
    lines.push({ name: 'sharded', rows, encoding: '1 byte each' }, ...describeRefs(file, shards));
  }
  if (file['fields'] !== undefined) lines.push(...describeTable('fields.', file['fields'], rows));
  return lines;
}

function describeRefs(file: Record<string, unknown>, rows: number): ColumnLine[] {
  return [
    { name: 'hashes', rows, encoding: '20 bytes each' },
    ...numberLines('lengths', file['lengths'], rows),
  ];
}

/** An inner page does not name its table; its form depends only on the number of key columns. */
function dumpInner(file: Record<string, unknown>): Dump {
  const { key } = file;
  const keys = Array.isArray(key) ? key.length : 0;
  const page = unpackTablePage(file, { ...TABLE_SCHEMAS.names, keys });
  const { level, entries } = page as { level: number; entries: readonly PageEntry[] };
  const rows = entries.length;
  const value = entries.map(({ key, rows, ref: { hash, length } }) => ({
    key: [...key],
    rows,
    hash,
    length,
  }));
  return {
    kind: 'inner page',
    value: { level, entries: value },
    columns: [
      ...Array.from({ length: keys }, (_, i) => ({ name: `key ${i + 1}`, rows, encoding: FRONT_CODED })),
      ...numberLines('counts', file['counts'], rows),
      ...describeRefs(file, rows),
    ],
    first: [`level ${level}`, ...firstLines(value)],
  };
}

/** @throws Error if the file is not a valid fold */
export function dumpFold(file: Record<string, unknown>): Dump {
  const { unicode, map, ranks, search } = unpackFold(file);
  return {
    kind: 'fold',
    value: {
      unicode,
      map: Object.fromEntries(map),
      ranks: Object.fromEntries(ranks),
      search: Object.fromEntries(search),
    },
    columns: [
      ...numberLines('from', file['from'], map.size),
      ...stringLines('to', file['to'], map.size),
      ...numberLines('mark', file['mark'], ranks.size),
      ...numberLines('rank', file['rank'], ranks.size),
      ...numberLines('letter', file['letter'], search.size),
      ...stringLines('plain', file['plain'], search.size),
    ],
    first: [`Unicode ${unicode}`, ...firstLines([...map].map(([from, to]) => ({ from, to })))],
  };
}
