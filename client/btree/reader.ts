/** Reads a sorted table: finds positions by key or by rank, and rows from there. */
import { CorruptError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import { firstIndex } from '#client/query/order.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { type Bound, isBelow, type KeyRange, rangeOf, type TableKey } from '#format/btree/keys.ts';
import { type PageEntry, type TablePage, type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import { weighed } from '#format/memory-cost.ts';
import { unpack } from '#format/unpack.ts';
import type { LazyFold } from './lazy-fold.ts';

/** A position between rows. */
export interface RowPlace {
  /** Number of rows before it. */
  readonly rank: number;
  /** Rank of the last row of the page that was read to find it, plus 1. */
  readonly pageEnd: number;
}

/** Rows `start` to `end` by rank. */
export interface RankSpan {
  readonly start: number;
  readonly end: number;
}

/** The first rows of a range of keys, at most `most`. */
export interface Range extends KeyRange {
  readonly most: number;
  /** Ranks of the pages with the range, if known from `approach`: what is certainly needed of them is read at once. */
  readonly pages?: RankSpan | undefined;
}

/** A table, and how its pages are read. */
export interface ReadableTable<R> {
  /** Null for a table without rows. */
  readonly root: RootRef | null;
  /** Number of rows, if known. */
  readonly rows?: number | undefined;
  readonly schema: TableSchema<R>;
  /** Its pages are not taken for those of a table with another name, even if a set refers to one page in both. */
  readonly name?: string;
  /** Of the keys that leaf pages lack; made ready for their strings. */
  readonly fold?: LazyFold | undefined;
}

/** A page on the path, and its properties according to its parent. */
interface Step {
  readonly ref: FileRef;
  /** Number of rows before it. */
  readonly rank: number;
  readonly rows?: number | undefined;
  readonly level?: number;
  /** All keys of the page are at least `low` and below `high`; undefined if unknown. */
  readonly low?: TableKey | undefined;
  readonly high?: TableKey | undefined;
}

type InnerPage = Exclude<TablePage<unknown>, { readonly level: 0 }>;

/** Pages of tables by path and table, kept for the duration of a query. */
export type QueryPages = Map<string, Promise<TablePage<unknown>>>;

/** The step by which each page was checked: queries pass the same pages of a cache many times. */
const CHECKED = new WeakMap<object, Step>();
/** Leaf pages read concurrently while rows are taken one by one. */
const READ_AHEAD = 4;
/** Number of rows that a range reads at once after its first page: few ranges are longer. */
const FEW_AT_ONCE = 1024;
const MOST_AT_ONCE = 65_536;

/**
 * A table, read for one query: each page at most once. Independent reads are concurrent, so finding many positions
 * takes as many round trips as finding one. All methods throw NotFoundError, CorruptError, NetworkError, and the
 * signal's reason.
 */
export class TableReader<R> {
  readonly #files: Files;
  readonly #root: Step | undefined;
  readonly #schema: TableSchema<R>;
  readonly #options: QueryOptions;
  readonly #pages: Map<string, Promise<TablePage<R>>>;
  readonly #fold: LazyFold | undefined;
  readonly #way: string;
  readonly #checked: WeakMap<object, Step>;

  /** @param pages the pages of all tables that the query has read */
  constructor(
    files: Files,
    { root, rows, schema, name = '', fold }: ReadableTable<R>,
    options: QueryOptions,
    pages: QueryPages = new Map(),
  ) {
    this.#files = files;
    this.#root = root ? { ref: { kind: schema.kind, ...root }, rank: 0, rows } : undefined;
    this.#schema = schema;
    this.#options = options;
    // A path and a way of decoding lead to a page of one table.
    this.#pages = pages as Map<string, Promise<TablePage<R>>>;
    this.#fold = fold;
    this.#way = `table ${name}`;
    // A query makes its own fold ready for the keys that pages lack, when it checks them.
    this.#checked = fold ? new WeakMap() : CHECKED;
  }

  /** Fetches the root page before it is needed. It is checked when it is used. */
  async top(): Promise<void> {
    const root = this.#root;
    if (root) await roundTrip(this.#options, () => this.#page(root.ref, this.#options));
  }

  /**
   * Fetches the inner pages on the way to some bounds before they are needed. Returns the ranks of the leaf page of each:
   * that of its first row, and that of its last row plus 1.
   */
  async approach(bounds: readonly Bound[]): Promise<RankSpan[]> {
    const root = this.#root;
    const spans = bounds.map(() => ({ start: 0, end: 0 }));
    let open: (Step & { readonly i: number })[] = root ? bounds.map((_, i) => ({ i, ...root })) : [];
    while (open.length > 0) {
      const pages = await this.#read(open);
      open = open.flatMap(({ i, ...step }, at) => {
        const page = pages[at]!;
        if ('rows' in page) {
          spans[i] = { start: step.rank, end: step.rank + page.rows.length };
          return [];
        }
        const next = stepsOf(page, step)[entryAt(page.entries, bounds[i]!)]!;
        if (page.level > 1) return [{ i, ...next }];
        spans[i] = { start: next.rank, end: next.rank + next.rows };
        return [];
      });
    }
    return spans;
  }

  /** The positions of some bounds, in their order. */
  async places(bounds: readonly Bound[]): Promise<RowPlace[]> {
    const places: RowPlace[] = bounds.map(() => ({ rank: 0, pageEnd: 0 }));
    const root = this.#root;
    if (!root) return places;
    let open = bounds.map((_, i) => ({ i, ...root }));
    while (open.length > 0) {
      const pages = await this.#read(open);
      open = open.flatMap(({ i, ...step }, at) => {
        const page = pages[at]!;
        const { rank } = step;
        if ('rows' in page) {
          const rows = this.#before(page.rows, bounds[i]!);
          places[i] = { rank: rank + rows, pageEnd: rank + page.rows.length };
          return [];
        }
        return [{ i, ...stepsOf(page, step)[entryAt(page.entries, bounds[i]!)]! }];
      });
    }
    return places;
  }

  /** The rows of some spans, in their order. */
  async slices(spans: readonly RankSpan[]): Promise<R[][]> {
    const found: { rank: number; rows: readonly R[] }[][] = spans.map(() => []);
    const root = this.#root;
    let open: (Step & { readonly i: number })[] = root
      ? spans.flatMap(({ start, end }, i) => (start < end ? [{ i, ...root }] : []))
      : [];
    while (open.length > 0) {
      const pages = await this.#read(open);
      open = open.flatMap(({ i, ...step }, at) => {
        const page = pages[at]!;
        const { rank } = step;
        const { start, end } = spans[i]!;
        if ('rows' in page) {
          const rows = page.rows.slice(Math.max(0, start - rank), Math.max(0, end - rank));
          found[i]!.push({ rank, rows });
          return [];
        }
        const steps = stepsOf(page, step).filter(
          below => below.rank < end && below.rank + below.rows > start,
        );
        return steps.map(below => ({ i, ...below }));
      });
    }
    return found.map(parts => parts.sort((a, b) => a.rank - b.rank).flatMap(({ rows }) => rows));
  }

  /** The rows of some ranges, in their order. */
  async ranges(ranges: readonly Range[]): Promise<R[][]> {
    const certain = ranges.flatMap(({ pages, most }) =>
      pages ? [{ start: pages.start, end: Math.min(pages.end, pages.start + most) }] : [],
    );
    await this.slices(certain);
    const places = await this.places(ranges.map(({ low }) => low));
    const found: R[][] = ranges.map(() => []);
    // First to the end of the page that was read to find the position, then a little more, then all remaining rows.
    let open = ranges.map(({ most }, i) => {
      const { rank, pageEnd } = places[i]!;
      return { i, start: rank, end: Math.min(pageEnd, rank + most) };
    });
    // Only the first span can be empty, if the page ends at the position.
    for (let least = 0; open.length > 0; least = 1) {
      const slices = await this.slices(open);
      open = open.flatMap(({ i, start, end }, at) => {
        const { high, most } = ranges[i]!;
        const rows = slices[at]!;
        const inside = this.#before(rows, high);
        for (const row of rows.slice(0, inside)) found[i]!.push(row);
        const missing = most - found[i]!.length;
        const isOver = inside < rows.length || rows.length < Math.max(least, end - start);
        if (isOver || missing === 0) return [];
        return [{ i, start: end, end: end + Math.min(missing, least === 0 ? FEW_AT_ONCE : MOST_AT_ONCE) }];
      });
    }
    return found;
  }

  /** All rows of some ranges, in their order: no page beyond their ends is read. */
  async wholeRanges(ranges: readonly KeyRange[]): Promise<R[][]> {
    const ends = await this.approach(ranges.flatMap(({ low, high }) => [low, high]));
    const rows = await this.slices(ranges.map((_, i) => pagesBetween(ends[2 * i]!, ends[2 * i + 1]!)));
    return rows.map((own, i) =>
      own.slice(this.#before(own, ranges[i]!.low), this.#before(own, ranges[i]!.high)),
    );
  }

  /** The row with a key, or undefined. */
  async find(key: TableKey): Promise<R | undefined> {
    const [rows] = await this.ranges([{ ...rangeOf(key), most: 1 }]);
    return rows![0];
  }

  /**
   * Yields the rows from a rank, forwards or backwards, page by page, in bounded memory.
   * @param end rank before which a forward scan ends
   */
  async *scan(start: number, reverse = false, end = Infinity): AsyncGenerator<R[], void, undefined> {
    if (!this.#root) return;
    const [root] = await this.#together([this.#root], (ref, options) => this.#passing(ref, options));
    yield* this.#scan(root!, this.#root, { start, end }, reverse);
  }

  async *#scan(
    page: TablePage<R>,
    step: Step,
    span: RankSpan,
    reverse: boolean,
  ): AsyncGenerator<R[], void, undefined> {
    if ('rows' in page) {
      const [at, end] = [Math.max(0, span.start - step.rank), Math.max(0, span.end - step.rank)];
      const rows = reverse ? page.rows.slice(0, at).reverse() : page.rows.slice(at, end);
      if (rows.length > 0) yield rows;
      return;
    }
    const steps = stepsOf(page, step).filter(({ rank, rows }) =>
      reverse ? rank < span.start : rank < span.end && rank + rows > span.start,
    );
    if (reverse) steps.reverse();
    const atOnce = page.level === 1 ? READ_AHEAD : 1;
    for (let i = 0; i < steps.length; i += atOnce) {
      const batch = steps.slice(i, i + atOnce);
      const pages = await this.#together(batch, (ref, options) => this.#passing(ref, options));
      for (const [nth, below] of pages.entries()) yield* this.#scan(below, batch[nth]!, span, reverse);
    }
  }

  /** Number of rows before a bound, in rows in order. */
  #before(rows: readonly R[], bound: Bound): number {
    return firstIndex(rows, row => !isBelow(this.#schema.keyOf(row), bound));
  }

  #read(steps: readonly Step[]): Promise<TablePage<R>[]> {
    return this.#together(steps, (ref, options) => this.#page(ref, options));
  }

  async #together(
    steps: readonly Step[],
    read: (ref: FileRef, options: QueryOptions) => Promise<TablePage<R>>,
  ): Promise<TablePage<R>[]> {
    const parts = steps.map(step => (options: QueryOptions) => this.#below(step, read(step.ref, options)));
    return roundTrip(this.#options, () => parallel(this.#options, parts));
  }

  /**
   * Reads a page and checks it against its parent. The ranges of keys of pages are disjoint, so no page can occur
   * twice on a path: pages cannot form a cycle.
   */
  async #below(step: Step, reading: Promise<TablePage<R>>): Promise<TablePage<R>> {
    const page = await reading;
    const checked = this.#checked.get(page);
    if (checked && isSameEntry(checked, step)) return page;
    const { ref, rows = countOf(page), level = page.level, low, high } = step;
    const found = countOf(page);
    if (found !== rows || page.level !== level) {
      const expected = `expected ${rows} on level ${level}`;
      throw this.#corrupt(ref, `it has ${found} rows on level ${page.level}, ${expected}`);
    }
    const { stored } = this.#schema;
    if (stored && this.#fold && 'rows' in page)
      await this.#fold.ready(page.rows.flatMap(stored.keyOf), this.#options);
    // The first entry of an inner page has the smallest key.
    const keys =
      'rows' in page ? page.rows.map(this.#schema.keyOf) : page.entries.slice(1).map(({ key }) => key);
    const isRight = keys.every((key, i) => {
      const isLow = i > 0 ? !isBelow(keys[i - 1]!, { key }) : low && isBelow(key, { key: low });
      return !isLow && !(high && !isBelow(key, { key: high }));
    });
    if (!isRight) throw this.#corrupt(ref, 'its keys do not ascend, or are outside of the range above');
    this.#checked.set(page, step);
    return page;
  }

  #corrupt(ref: FileRef, reason: string): CorruptError {
    const file = pathOf(ref);
    const message = `${file} of ${this.#files.source.location} is corrupt: ${reason} (publish again)`;
    return new CorruptError(message, { file, reason });
  }

  #page(ref: FileRef, options: QueryOptions): Promise<TablePage<R>> {
    const path = pathOf(ref) + this.#way;
    const known = this.#pages.get(path);
    if (known) return known;
    const page = this.#load(ref, options);
    this.#pages.set(path, page);
    return page;
  }

  /** Reads a page without keeping it for the rest of the query. */
  #passing(ref: FileRef, options: QueryOptions): Promise<TablePage<R>> {
    return this.#pages.get(pathOf(ref) + this.#way) ?? this.#load(ref, options);
  }

  #load(ref: FileRef, options: QueryOptions): Promise<TablePage<R>> {
    const decode = (content: Uint8Array, budget: number) =>
      weighed(budget, () => unpackTablePage(unpack(content), this.#schema));
    return this.#files.read(ref, decode, options, this.#way);
  }
}

/** True if two steps expect the same of a page, as those from the same entry do. */
function isSameEntry(a: Step, b: Step): boolean {
  return a.low === b.low && a.high === b.high && a.rows === b.rows && a.level === b.level;
}

/** Number of rows of the table in a page or in its descendants. */
function countOf(page: TablePage<unknown>): number {
  return 'rows' in page ? page.rows.length : page.entries.reduce((sum, { rows }) => sum + rows, 0);
}

/** Steps to the children of an inner page. */
function stepsOf(
  { level, entries }: InnerPage,
  { rank, low, high }: Step,
): (Step & { readonly rows: number })[] {
  let next = rank;
  return entries.map(({ ref, rows, key }, i) => {
    next += rows;
    return {
      ref,
      rank: next - rows,
      rows,
      level: level - 1,
      low: i === 0 ? low : key,
      high: entries[i + 1]?.key ?? high,
    };
  });
}

/** The ranks of all rows in the pages from that of a bound to that of another, both from `approach`. */
export function pagesBetween(low: RankSpan, high: RankSpan): RankSpan {
  return { start: low.start, end: high.end };
}

/** Index of the entry whose page contains a bound: the last one with only keys before the bound in earlier pages. */
function entryAt(entries: readonly PageEntry[], bound: Bound): number {
  const next = firstIndex(entries, ({ key }) => !isBelow(key, bound));
  // If a page begins exactly at the bound, all keys before the bound are in earlier pages.
  const isAtBound = entries[next]?.key.every((text, i) => text === (bound.key[i] ?? ''));
  return isAtBound ? next : Math.max(0, next - 1);
}
