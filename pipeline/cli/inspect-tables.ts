/** The sorted tables of a set as their inner pages show them. */
import type { Files } from '../../client/files.ts';
import { unpackFold } from '../../client/format/fold.ts';
import type { SetIndex } from '../../client/format/index-json.ts';
import type { TableName } from '../../client/format/table-layouts.ts';
import { unpack } from '../../client/format/unpack.ts';
import type { ReachableFile } from '../store/reachable.ts';
import { rootOf } from './tables.ts';
import { size, table } from './units.ts';

/** What a table holds, and how it is built. */
export interface TableStatistics {
  rows: number;
  /** Pages on each level, leaves first. */
  pages: number[];
  /** Bytes of all pages before compression. */
  length: number;
}

export interface TablesStatistics {
  /** The version of Unicode by which texts are compared where case is ignored; null for a set without tables. */
  readonly unicode: string | null;
  /** By name; `shards` are the tables of large regions, all of them together. */
  readonly tables: Partial<Record<TableName | 'shards', TableStatistics>>;
}

/** Counts a page of a table. */
export function addTablePage(
  tables: TablesStatistics['tables'],
  { table, level, rows, ref }: ReachableFile & { role: 'table' },
): void {
  const statistics = tables[table] ?? emptyTable();
  tables[table] = statistics;
  statistics.pages[level] = (statistics.pages[level] ?? 0) + 1;
  statistics.length += ref.length;
  if (level === 0) statistics.rows += rows;
}

/** The version of Unicode of the set's fold; null for a set without. */
export async function unicodeOf(files: Files, index: SetIndex, signal: AbortSignal): Promise<string | null> {
  const fold = rootOf(index, 'fold');
  if (!fold) return null;
  return files.read(fold, content => ({ value: unpackFold(unpack(content)).unicode, cost: content.length }), {
    signal,
  });
}

function emptyTable(): TableStatistics {
  return { rows: 0, pages: [], length: 0 };
}

/** A line for each table. */
export function describeTables(tables: TablesStatistics['tables'], index: SetIndex): string[] {
  const rows = Object.entries(tables).map(([name, { rows, pages, length }]) => [
    `  ${name}`,
    rows.toLocaleString('en'),
    pages
      .map(count => count.toLocaleString('en'))
      .toReversed()
      .join(' + '),
    size(length),
    name === 'shards' ? 'one per large region' : rootOf(index, name as TableName)!.hash,
  ]);
  if (rows.length === 0) return ['Tables: none'];
  return [
    'Tables, uncompressed, with pages per level from the root down',
    ...table([['  table', 'rows', 'pages', 'bytes', 'root'], ...rows], [1, 2, 3]),
  ];
}
