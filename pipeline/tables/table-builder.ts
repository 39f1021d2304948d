/** Builds a sorted table from its rows, page by page, in bounded memory. */

import { separator, type TableKey } from '#format/btree/keys.ts';
import {
  cutPages,
  innerWeight,
  isBorder,
  LEAF_WEIGHT,
  type PageEntry,
  packTableInner,
  packTableLeaf,
  type TableSchema,
  type Weighed,
  weigh,
  weighEntry,
} from '#format/btree/page.ts';
import type { FileKind, FileRef } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';

/** The pages of one level: collects items until a natural border ends their run, and cuts the run into pages. */
class Level<T> {
  readonly #maxWeight: number;
  readonly #write: (items: readonly T[]) => void;
  #items: T[] = [];
  #weighed: Weighed[] = [];
  #ended = false;
  /** Number of pages so far. */
  pages = 0;

  constructor(maxWeight: number, write: (items: readonly T[]) => void) {
    this.#maxWeight = maxWeight;
    this.#write = write;
  }

  add(item: T, weighed: Weighed): void {
    // Only when there is a next item: a border after the last item has no effect.
    if (this.#ended) this.flush();
    this.#items.push(item);
    this.#weighed.push(weighed);
    this.#ended = isBorder(weighed, this.#maxWeight);
  }

  /** Ends the run, and writes its pages. */
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

/** A written leaf page. */
export interface LeafPage {
  readonly first: TableKey;
  readonly last: TableKey;
  readonly rows: number;
  readonly ref: FileRef;
}

/**
 * Writes the leaf pages of a table, or of a range of it that begins and ends at borders independent of other rows.
 */
export class LeafPages<R> {
  readonly #schema: TableSchema<R>;
  readonly #level: Level<R>;

  /** @param onPage called with each page, in order */
  constructor(schema: TableSchema<R>, sink: FileSink, onPage: (page: LeafPage) => void) {
    this.#schema = schema;
    this.#level = new Level(schema.leafWeight ?? LEAF_WEIGHT, rows => {
      const ref = sink.put(schema.kind, packTableLeaf(rows, schema));
      onPage({ first: schema.keyOf(rows[0]!), last: schema.keyOf(rows.at(-1)!), rows: rows.length, ref });
    });
  }

  /** Adds a row; rows must be in ascending order of unique keys. */
  add(row: R): void {
    this.#level.add(row, weigh(row, this.#schema));
  }

  /** Ends the last page. */
  finish(): void {
    this.#level.flush();
  }
}

/** One level of inner pages: the key of the next entry decides whether a run ends after an entry. */
class InnerLevel {
  readonly #level: number;
  readonly #entries: Level<PageEntry>;
  #pending: PageEntry | undefined;

  constructor(level: number, write: (entries: readonly PageEntry[]) => void) {
    this.#level = level;
    this.#entries = new Level(innerWeight(level), write);
  }

  get pages(): number {
    return this.#entries.pages;
  }

  add(entry: PageEntry): void {
    if (this.#pending) this.#entries.add(this.#pending, weighEntry(this.#pending, entry.key, this.#level));
    this.#pending = entry;
  }

  flush(): void {
    if (this.#pending) this.#entries.add(this.#pending, weighEntry(this.#pending, undefined, this.#level));
    this.#pending = undefined;
    this.#entries.flush();
  }
}

/** Builds the inner pages above the leaf pages of a table. */
export class PageTree {
  readonly #kind: FileKind;
  readonly #sink: FileSink;
  readonly #inner: InnerLevel[] = [];
  /** The last key of the previous leaf page. */
  #last: TableKey | undefined;
  #leaves = 0;
  /** The last page of each level. */
  readonly #tops: (FileRef | undefined)[] = [];

  constructor(kind: FileKind, sink: FileSink) {
    this.#kind = kind;
    this.#sink = sink;
  }

  /** Adds the next leaf page. */
  add({ first, last, rows, ref }: LeafPage): void {
    const key = this.#last === undefined ? first.map(() => '') : separator(this.#last, first);
    this.#last = last;
    this.#leaves++;
    this.#up(0, { key, rows, ref });
  }

  /** Returns the root page; null if there are no rows. */
  finish(): RootRef | null {
    let pages = this.#leaves;
    let level = 0;
    while (pages > 1) {
      const inner = this.#inner[level++]!;
      inner.flush();
      pages = inner.pages;
    }
    const root = this.#tops[level];
    return root ? { hash: root.hash, length: root.length } : null;
  }

  #page(level: number, entries: readonly PageEntry[]): void {
    const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    const ref = this.#sink.put(this.#kind, packTableInner(level, entries));
    this.#up(level, { key: entries[0]!.key, rows, ref });
  }

  /** Adds a page to the level above. */
  #up(level: number, page: PageEntry): void {
    this.#tops[level] = page.ref;
    const above = level + 1;
    this.#inner[level] ??= new InnerLevel(above, entries => this.#page(above, entries));
    this.#inner[level].add(page);
  }
}

/** Builds a complete table, row by row. */
export class TableBuilder<R> {
  readonly #leaves: LeafPages<R>;
  readonly #tree: PageTree;

  constructor(schema: TableSchema<R>, sink: FileSink) {
    this.#tree = new PageTree(schema.kind, sink);
    this.#leaves = new LeafPages(schema, sink, page => this.#tree.add(page));
  }

  /** Adds a row; rows must be in ascending order of unique keys. */
  add(row: R): void {
    this.#leaves.add(row);
  }

  /** Returns the root page; null if there are no rows. */
  finish(): RootRef | null {
    this.#leaves.finish();
    return this.#tree.finish();
  }
}
