/** Reads a sorted table: finds places by key or by rank, and rows from there on. */
import { CorruptError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import { firstIndex } from '#client/query/order.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { type Bound, isBefore, type KeyRange, rangeOf, type TableKey } from '#format/btree/keys.ts';
import { type PageEntry, type TablePage, type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import { weighed } from '#format/memory-cost.ts';
import { unpack } from '#format/unpack.ts';

/** A place between rows. */
export interface RowPlace {
  /** Rows before it. */
  readonly rank: number;
  /** Rank of the last row of the page that was read to find it, and 1. */
  readonly pageEnd: number;
}

/** Rows `start` to `end` by rank. */
export interface RankSpan {
  readonly start: number;
  readonly end: number;
}

/** Rows of a range of keys, the first of them only. */
export interface Range extends KeyRange {
  readonly most: number;
}

/** A page on the way, and what the page above says of it. */
interface Step {
  readonly ref: FileRef;
  /** Rows before it. */
  readonly rank: number;
  readonly rows?: number | undefined;
  readonly level?: number;
  /** No key in it is below `low`, all are below `high`; undefined where nothing is known. */
  readonly low?: TableKey | undefined;
  readonly high?: TableKey | undefined;
}

type InnerPage = Exclude<TablePage<unknown>, { readonly level: 0 }>;

/** Pages of tables by path, kept while a question lasts. */
export type QueryPages = Map<string, Promise<TablePage<unknown>>>;

/** Leaf pages read concurrently while rows are taken one by one. */
const READ_AHEAD = 4;
/** Rows that a range takes at once beyond its first page: few ranges are long, whatever they may be. */
const FEW_AT_ONCE = 1024;
const MOST_AT_ONCE = 65_536;

/**
 * A table as one question reads it: no page more than once. Reads that wait for nothing of one another go side by
 * side, so that finding many places takes as many round trips as finding one.
 * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason: all methods
 */
export class TableReader<R> {
  readonly #files: Files;
  readonly #root: Step | undefined;
  readonly #schema: TableSchema<R>;
  readonly #options: QueryOptions;
  readonly #pages: Map<string, Promise<TablePage<R>>>;
  /** By which step each page was found to be right: queries come by the same pages many times. */
  readonly #checked = new WeakMap<TablePage<R>, Step>();

  /**
   * @param root null for a table without rows; `rows` of the table where they are known
   * @param pages what the question has read of any table
   */
  constructor(
    files: Files,
    root: (RootRef & { readonly rows?: number }) | null,
    schema: TableSchema<R>,
    options: QueryOptions,
    pages: QueryPages = new Map(),
  ) {
    this.#files = files;
    this.#root = root
      ? { ref: { kind: schema.kind, hash: root.hash, length: root.length }, rank: 0, rows: root.rows }
      : undefined;
    this.#schema = schema;
    this.#options = options;
    // A path leads to a page of one table.
    this.#pages = pages as Map<string, Promise<TablePage<R>>>;
  }

  /** Fetches the root page, for queries that come soon. It is checked when they use it: their keys may not be known yet. */
  async top(): Promise<void> {
    const root = this.#root;
    if (root) await roundTrip(this.#options, () => this.#page(root.ref, this.#options));
  }

  /** Where some bounds are, in their order. */
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
    const places = await this.places(ranges.map(({ low }) => low));
    const found: R[][] = ranges.map(() => []);
    // At first to the end of the page that is read already, then a little more, then all that are still wanted.
    let open = ranges.map(({ most }, i) => {
      const { rank, pageEnd } = places[i]!;
      return { i, start: rank, end: Math.min(pageEnd, rank + most) };
    });
    // Only the first span may be empty, where the page ends at the place.
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

  /** The row of a key, or undefined. */
  async find(key: TableKey): Promise<R | undefined> {
    const [rows] = await this.ranges([{ ...rangeOf(key), most: 1 }]);
    return rows![0];
  }

  /**
   * Rows from a rank on, forth or back, a page at a time: in bounded memory, however many.
   * @param end rank before which a scan forth ends
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

  /** How many of some rows in order come before a bound. */
  #before(rows: readonly R[], bound: Bound): number {
    return firstIndex(rows, row => !isBefore(this.#schema.keyOf(row), bound));
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
   * A page that is as the one above says. Its keys lie in a range that no other page has, so no page is met twice: a
   * few pages cannot lead to each other for ever.
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
    // The first entry of an inner page has the least of all keys.
    const keys =
      'rows' in page ? page.rows.map(this.#schema.keyOf) : page.entries.slice(1).map(({ key }) => key);
    const isRight = keys.every((key, i) => {
      const isLow = i > 0 ? !isBefore(keys[i - 1]!, { key }) : low && isBefore(key, { key: low });
      return !isLow && !(high && !isBefore(key, { key: high }));
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
    const path = pathOf(ref);
    const known = this.#pages.get(path);
    if (known) return known;
    const page = this.#load(ref, options);
    this.#pages.set(path, page);
    return page;
  }

  /** A page that is not kept for the rest of the question. */
  #passing(ref: FileRef, options: QueryOptions): Promise<TablePage<R>> {
    return this.#pages.get(pathOf(ref)) ?? this.#load(ref, options);
  }

  #load(ref: FileRef, options: QueryOptions): Promise<TablePage<R>> {
    const decode = (content: Uint8Array, budget: number) =>
      weighed(budget, () => unpackTablePage(unpack(content), this.#schema));
    return this.#files.read(ref, decode, options);
  }
}

/** Whether two steps demand the same of a page, as those from one entry do. */
function isSameEntry(a: Step, b: Step): boolean {
  return a.low === b.low && a.high === b.high && a.rows === b.rows && a.level === b.level;
}

/** Rows of the table in a page and below it. */
function countOf(page: TablePage<unknown>): number {
  return 'rows' in page ? page.rows.length : page.entries.reduce((sum, { rows }) => sum + rows, 0);
}

/** The pages below an inner page. */
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

/** Index of the entry whose page a bound lies in: the last one before which all keys are before the bound. */
function entryAt(entries: readonly PageEntry[], bound: Bound): number {
  const next = firstIndex(entries, ({ key }) => !isBefore(key, bound));
  // Where a page begins at the very bound, all keys before it are in earlier pages.
  const isAtBound = entries[next]?.key.every((text, i) => text === (bound.key[i] ?? ''));
  return isAtBound ? next : Math.max(0, next - 1);
}
