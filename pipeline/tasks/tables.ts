/**
 * The task `tables`: builds one range of a table. It loads the entries from all runs, sorts them, and writes leaf
 * pages, or, for an intermediate table, entries of further runs.
 *
 * Writes `tables/TABLE-N.json` (`TableRange`), pages of the set, and runs.
 */

import { foldedNames, IDS, MEMBERS, NAMES, shardOf } from '#format/btree/name-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { PARTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import { partsOf } from '#format/fold/words.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareKeys, Entries, endAt, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { END, keySpace, readKey } from '#pipeline/spill/key-bytes.ts';
import { loadSorted, packKeyRun, type Sorted, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import { RUN_OPTIONS, type RunName } from '#pipeline/tables/page-cuts.ts';
import { markAt, systemAt } from '#pipeline/tables/system-rows.ts';
import { LeafPages } from '#pipeline/tables/table-builder.ts';
import { ValueSplitter } from '#pipeline/tables/value-splitter.ts';
import type { RangesResult, TablesContext } from './table-ranges.ts';
import {
  type RangedTable,
  type TablePageJson,
  type TableRange,
  type TablesParams,
  valueRun,
} from './table-ranges.ts';
import { putJson, readJson, type Task } from './task.ts';

/** Rows between two reports of progress. */
const REPORT_ROWS = 8_192;

export async function runTables(task: Task, context: TablesContext): Promise<void> {
  const params = task.params as unknown as TablesParams;
  const { table, extents } = params;
  const { run } = context;
  const low = params.low === undefined ? undefined : Buffer.from(params.low, 'base64');
  const high = params.high === undefined ? undefined : Buffer.from(params.high, 'base64');
  const sorted = await loadSorted(run, task.inputs, extents, { low, high });
  context.signal?.throwIfAborted();
  let pages: readonly TablePageJson[] = [];
  const put = async (name: RunName, entries: Entries) =>
    run.put(valueRun(name, task.id), packKeyRun(entries, RUN_OPTIONS[name]));
  if (table === 'values') {
    const values = splitValues(sorted, context, low, high);
    await put('value-rows', values.rows);
    await put('words', values.words);
    if (context.plan.set.search.mode === 'infix') await put('vocabulary', values.vocabulary);
  } else if (table === 'vocabulary') {
    await put('parts', partsIn(sorted));
  } else {
    const large = await largeRegions(table, context);
    pages = writePages(table, sorted, large, context);
  }
  await context.set.settle();
  await putJson(run, task.outputs[0]!, { pages } satisfies TableRange);
}

async function largeRegions(table: RangedTable, { run }: TablesContext): Promise<ReadonlySet<string>> {
  if (table !== 'members' && table !== 'shards') return new Set();
  return new Set((await readJson<RangesResult>(run, 'ranges-1.json')).largeRegions);
}

/** Splits values. If a bound has more than the value in its key, it is inside a value of many systems. */
function splitValues(
  { arena, order }: Sorted,
  { plan }: TablesContext,
  low: Buffer | undefined,
  high: Buffer | undefined,
): ValueSplitter {
  const many = new Set([low, high].flatMap(bound => (bound ? valueInside(bound) : [])));
  const splitter = new ValueSplitter(plan.set.search.mode === 'infix', value => many.has(value));
  splitter.take(arena, order);
  return splitter;
}

function valueInside(bound: Buffer): string[] {
  const end = bound.indexOf(END) + 1;
  return end < bound.length ? readKey(bound, 0, end) : [];
}

/** Rows of parts for each word. */
function partsIn({ arena, order }: Sorted): Entries {
  const parts = new Entries();
  for (const start of sumEqualKeys(arena, order)) {
    const [word, follows] = keyAt(arena, start) as [string, string];
    const places = arena.readDoubleLE(keyEndAt(arena, start));
    for (const { rest, before } of partsOf(word, follows)) {
      parts.begin(keySpace(rest) + keySpace(before) + 8);
      parts.keyText(rest).keyText(before).endKey().number(places).end();
    }
  }
  return parts;
}

function writePages(
  table: RangedTable,
  { arena, order }: Sorted,
  large: ReadonlySet<string>,
  { set, events, fold }: TablesContext,
): TablePageJson[] {
  const pages: TablePageJson[] = [];
  const leaves = <R>(schema: TableSchema<R>, region?: string) =>
    new LeafPages(schema, set, page => pages.push(region === undefined ? page : { ...page, region }));
  let reported = 0;
  const report = (i: number) => {
    if (i - reported < REPORT_ROWS && i < order.length) return;
    events.onProgress?.({ records: i - reported, bytes: 0 });
    reported = i;
  };
  /** Adds a row for each entry. */
  const all = <R>(
    schema: TableSchema<R>,
    starts: readonly number[],
    toRow: (start: number, key: string[]) => R,
  ) => {
    const level = leaves(schema);
    starts.forEach((start, i) => {
      level.add(toRow(start, keyAt(arena, start)));
      report(i + 1);
    });
    level.finish();
  };
  const system = (start: number, name: string, id: string) =>
    systemAt(arena, start, endAt(arena, start), name, id);
  switch (table) {
    case 'names':
      all(NAMES, order, (start, [name, id]) => system(start, name!, id!));
      break;
    case 'folded':
      all(foldedNames(fold), firsts(arena, order), (_, [, name]) => ({ name: name! }));
      break;
    case 'ids':
      all(IDS, order, (start, [id]) => {
        const at = keyEndAt(arena, start);
        const number = (i: number) => arena.readDoubleLE(at + 8 * i);
        return { id: id!, x: number(0), y: number(1), z: number(2) };
      });
      break;
    case 'value-rows':
      all(VALUES, order, (start, [value, name, id]) => ({ ...system(start, name!, id!), value: value! }));
      break;
    case 'words':
      all(WORDS, wordRows(arena, order), (start, [text, before, name, id]) => ({
        ...system(start, name!, id!),
        ...{ text: text!, before: before!, systems: markAt(arena, start) },
      }));
      break;
    case 'parts':
      all(PARTS, sumEqualKeys(arena, order), (start, [rest, before]) => ({
        ...{ rest: rest!, before: before! },
        places: arena.readDoubleLE(keyEndAt(arena, start)),
      }));
      break;
    case 'members':
      all(
        MEMBERS,
        order.filter(start => !large.has(keyAt(arena, start)[0]!)),
        (start, [, name, id]) => system(start, name!, id!),
      );
      break;
    default: {
      let region: string | undefined;
      let shard: LeafPages<SystemRow> | undefined;
      order.forEach((start, i) => {
        const [own, name, id] = keyAt(arena, start) as [string, string, string];
        if (own !== region) {
          shard?.finish();
          region = own;
          shard = large.has(own) ? leaves(shardOf(own), own) : undefined;
        }
        shard?.add(system(start, name, id));
        report(i + 1);
      });
      shard?.finish();
    }
  }
  return pages;
}

/** The first of each group of equal keys. */
function firsts(arena: Buffer, order: readonly number[]): number[] {
  return order.filter((start, i) => i === 0 || compareKeys(arena, order[i - 1]!, arena, start) !== 0);
}

/**
 * Combines rows with the same key: for a system, the highest mark counts; for a value of many systems (without an
 * id), the sum, because its systems may be in several ranges.
 */
function wordRows(arena: Buffer, order: readonly number[]): number[] {
  const rows: number[] = [];
  for (const start of order) {
    const row = rows.at(-1);
    if (row === undefined || compareKeys(arena, row, arena, start) !== 0) {
      rows.push(start);
      continue;
    }
    const [mark, other] = [markAt(arena, row), markAt(arena, start)];
    const keyEnd = keyEndAt(arena, row);
    // An empty id leaves two zeros at the end of a key: those that end name and id.
    const isValue = arena[keyEnd - 2] === END;
    arena.writeDoubleLE(isValue ? mark + other : Math.max(mark, other), keyEnd);
  }
  return rows;
}
