/** The sorted tables of a set as their inner pages show them. */
import type { Files } from '../../client/files.ts';
import {
  type FileRef,
  type Layout,
  type RegionEntry,
  type SetIndex,
  shardOf,
  type TablePage,
  unpack,
  unpackFold,
  unpackTablePage,
} from '../../client/format/index.ts';
import { LAYOUTS, rootOf, type TableName } from './tables.ts';
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

/**
 * Reads inner pages only, but for tables of one page, and for the directory of regions, which leads to the tables
 * of large regions.
 * @param name is told of every file
 */
export async function tablesOf(
  files: Files,
  index: SetIndex,
  name: (ref: FileRef) => void,
  signal: AbortSignal,
): Promise<TablesStatistics> {
  const walk = async <R>(
    root: FileRef,
    layout: Layout<R>,
    statistics: TableStatistics,
    onRows?: (rows: readonly R[]) => Promise<void>,
  ): Promise<void> => {
    const add = (ref: FileRef, level: number) => {
      name(ref);
      statistics.pages[level] = (statistics.pages[level] ?? 0) + 1;
      statistics.length += ref.length;
    };
    const visit = async (ref: FileRef): Promise<void> => {
      const page = await readTablePage(files, ref, layout, signal);
      add(ref, page.level);
      if ('rows' in page) {
        statistics.rows += page.rows.length;
        await onRows?.(page.rows);
        return;
      }
      for (const below of page.entries) {
        if (page.level > 1 || onRows) {
          await visit(below.ref);
        } else {
          add(below.ref, 0);
          statistics.rows += below.rows;
        }
      }
    };
    await visit(root);
  };

  const tables: TablesStatistics['tables'] = {};
  const readShards = async (rows: readonly unknown[]) => {
    for (const { region, shard } of rows as readonly RegionEntry[]) {
      if (!shard) continue;
      tables.shards ??= emptyTable();
      await walk({ kind: 'regions', ...shard }, shardOf(region), tables.shards);
    }
  };
  for (const table of Object.keys(LAYOUTS) as TableName[]) {
    const root = rootOf(index, table);
    if (!root) continue;
    const statistics = emptyTable();
    tables[table] = statistics;
    await walk(root, LAYOUTS[table], statistics, table === 'regions' ? readShards : undefined);
  }
  const fold = rootOf(index, 'fold');
  if (fold) name(fold);
  return { unicode: fold ? await readUnicode(files, fold, signal) : null, tables };
}

function emptyTable(): TableStatistics {
  return { rows: 0, pages: [], length: 0 };
}

function readTablePage<R>(
  files: Files,
  ref: FileRef,
  layout: Layout<R>,
  signal: AbortSignal,
): Promise<TablePage<R>> {
  return files.read(
    ref,
    content => ({ value: unpackTablePage(unpack(content), layout), cost: content.length }),
    { signal },
  );
}

function readUnicode(files: Files, ref: FileRef, signal: AbortSignal): Promise<string> {
  return files.read(ref, content => ({ value: unpackFold(unpack(content)).unicode, cost: content.length }), {
    signal,
  });
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
    name === 'shards' ? 'one for each large region' : rootOf(index, name as TableName)!.hash,
  ]);
  if (rows.length === 0) return ['Tables: none'];
  return [
    'Tables, with their pages from the root down, before compression',
    ...table([['  table', 'rows', 'pages', 'bytes', 'root'], ...rows], [1, 2, 3]),
  ];
}
