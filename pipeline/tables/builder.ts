/** Builds a sorted table from its rows, page by page, in memory that does not grow with them. */
import {
  cutPages,
  entryWeight,
  type FileRef,
  hashKey,
  innerWeight,
  isBorder,
  type Key,
  type Layout,
  LEAF_WEIGHT,
  type PageEntry,
  packInner,
  packLeaf,
  type RootRef,
  separator,
  type Weighed,
  weigh,
} from '../../client/format/index.ts';
import type { FileSink } from '../context.ts';

/** A page that was written, on its way up. */
interface Written extends PageEntry {
  /** The last key in it. */
  readonly last: Key;
}

/** The pages of one level: gathers items until a natural border ends their run, and cuts the run. */
class Level<T> {
  readonly #maxWeight: number;
  readonly #write: (items: readonly T[]) => void;
  #items: T[] = [];
  #weighed: Weighed[] = [];
  #ended = false;
  /** Pages so far. */
  pages = 0;

  constructor(maxWeight: number, write: (items: readonly T[]) => void) {
    this.#maxWeight = maxWeight;
    this.#write = write;
  }

  add(item: T, weighed: Weighed): void {
    // Not before there is a next one: a border behind the last item of all divides nothing.
    if (this.#ended) this.flush();
    this.#items.push(item);
    this.#weighed.push(weighed);
    this.#ended = isBorder(weighed, this.#maxWeight);
  }

  /** Ends the run. */
  flush(): void {
    const items = this.#items;
    const starts = cutPages(this.#weighed, this.#maxWeight);
    this.#items = [];
    this.#weighed = [];
    starts.forEach((start, i) => {
      this.pages++;
      this.#write(items.slice(start, starts[i + 1]));
    });
  }
}

export class TableBuilder<R> {
  readonly #layout: Layout<R>;
  readonly #sink: FileSink;
  readonly #leaves: Level<R>;
  readonly #inner: Level<Written>[] = [];
  /** The last key of the page before, on level 0. */
  #last: Key | undefined;
  /** The page written last on each level. */
  readonly #tops: (FileRef | undefined)[] = [];

  constructor(layout: Layout<R>, sink: FileSink) {
    this.#layout = layout;
    this.#sink = sink;
    this.#leaves = new Level(layout.leafWeight ?? LEAF_WEIGHT, rows => this.#leaf(rows));
  }

  /** Rows come in ascending order of their keys, each key once. */
  add(row: R): void {
    this.#leaves.add(row, weigh(row, this.#layout));
  }

  /** The root page; null for no rows. */
  finish(): RootRef | null {
    this.#leaves.flush();
    let pages = this.#leaves.pages;
    let level = 0;
    while (pages > 1) {
      const inner = this.#inner[level++]!;
      inner.flush();
      pages = inner.pages;
    }
    const root = this.#tops[level];
    return root ? { hash: root.hash, length: root.length } : null;
  }

  #leaf(rows: readonly R[]): void {
    const first = this.#layout.keyOf(rows[0]!);
    const last = this.#layout.keyOf(rows.at(-1)!);
    const key = this.#last === undefined ? first.map(() => '') : separator(this.#last, first);
    this.#last = last;
    const ref = this.#sink.put(this.#layout.kind, packLeaf(rows, this.#layout));
    this.#up(0, { key, rows: rows.length, ref, last });
  }

  #page(level: number, entries: readonly Written[]): void {
    const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    const ref = this.#sink.put(this.#layout.kind, packInner(level, entries));
    this.#up(level, { key: entries[0]!.key, rows, ref, last: entries.at(-1)!.last });
  }

  /** Hands a page of a level to the level above. */
  #up(level: number, page: Written): void {
    this.#tops[level] = page.ref;
    const above = level + 1;
    this.#inner[level] ??= new Level(innerWeight(above), entries => this.#page(above, entries));
    this.#inner[level].add(page, {
      hash: hashKey(page.last, above),
      weight: entryWeight(page.key),
    });
  }
}
