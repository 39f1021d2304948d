/** Statistics of the sorted tables of a set, from their inner pages. */
import type { Files } from '#client/fetch/files.ts';
import type { TableName } from '#format/btree/table-schemas.ts';
import { unpackFold } from '#format/fold/fold.ts';
import type { SetIndex } from '#format/index-json.ts';
import { unpack } from '#format/unpack.ts';
import { integer, size, table } from '#pipeline/cli/print/units.ts';
import { rootOf } from '#pipeline/cli/table-roots.ts';
import type { ReachableFile } from '#pipeline/store/reachable.ts';

/** Size of a table. */
export interface TableStatistics {
  rows: number;
  /** Pages on each level, leaves first. */
  pages: number[];
  /** Uncompressed bytes of all pages. */
  length: number;
}

export interface TablesStatistics {
  /** Version of Unicode for comparing without case; null for a set without tables. */
  readonly unicode: string | null;
  /** By name; `shards` has the sum of all tables of large listed values. */
  readonly tables: Partial<Record<TableName | 'shards', TableStatistics>>;
}

/** Adds a page of a table to the statistics. */
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

/** Version of Unicode of the set's fold; null for a set without a fold. */
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

/** One line per table. */
export function describeTables(tables: TablesStatistics['tables'], index: SetIndex): string[] {
  const rows = Object.entries(tables).map(([name, { rows, pages, length }]) => [
    `  ${name}`,
    integer(rows),
    pages
      .map(count => integer(count))
      .toReversed()
      .join(' + '),
    size(length),
    name === 'shards' ? 'one per large value' : rootOf(index, name as TableName)!.hash,
  ]);
  if (rows.length === 0) return ['Tables: none'];
  return [
    'Tables, uncompressed, with pages per level from the root down',
    ...table([['  table', 'rows', 'pages', 'bytes', 'root'], ...rows], [1, 2, 3]),
  ];
}
