/** Builds a sorted table from its rows, page by page, in bounded memory. */

import { separator, type TableKey } from '#format/btree/keys.ts';
import {
  innerWeight,
  leafWeight,
  type PageEntry,
  packTableInner,
  type TableSchema,
  type Weighed,
  weigh,
  weighEntry,
} from '#format/btree/page.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import { encodeRows } from './leaf-encoder.ts';
import { OpenRun } from './open-run.ts';

/** The pages of one level: collects items until a natural border ends their run, and cuts the run into pages. */
class Level<T> {
  readonly #run: OpenRun;
  readonly #write: (items: readonly T[]) => void;
  #items: T[] = [];

  constructor(maxWeight: number, write: (items: readonly T[]) => void) {
    this.#run = new OpenRun(maxWeight);
    this.#write = write;
  }

  add(item: T, { hash, weight }: Weighed): void {
    this.#items.push(item);
    if (this.#run.add(hash, weight)) this.flush();
  }

  /** Ends the run, and writes its pages. */
  flush(): void {
    const items = this.#items;
    this.#items = [];
    const ends = this.#run.cut();
    for (let i = 1; i < ends.length; i++) this.#write(items.slice(ends[i - 1], ends[i]));
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
 * Writes the leaf pages of a table, or of a range of it that begins and ends at borders independent of other rows. Only
 * the rows of one run between natural borders are in memory.
 */
export class LeafPages<R> {
  readonly #schema: TableSchema<R>;
  readonly #level: Level<R>;

  /** @param onPage called with each page, in order */
  constructor(schema: TableSchema<R>, sink: FileSink, onPage: (page: LeafPage) => void) {
    this.#schema = schema;
    this.#level = new Level(leafWeight(schema), rows => {
      const { first, last, content } = encodeRows(rows, schema);
      onPage({ first, last, rows: rows.length, ref: sink.put(schema.kind, content) });
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

/** The part of a schema that inner pages depend on. */
export type PagesSchema = Pick<TableSchema<unknown>, 'kind' | 'innerWeight'>;

/**
 * Writes the pages of one level above the leaf pages, or of a range of it that begins and ends at borders independent
 * of other entries.
 */
export class InnerPages {
  readonly #level: number;
  readonly #entries: Level<PageEntry>;
  #pending: PageEntry | undefined;
  /** Number of pages so far. */
  pages = 0;

  /** @param onPage called with the entry of each page for the level above, in order */
  constructor(schema: PagesSchema, level: number, sink: FileSink, onPage: (entry: PageEntry) => void) {
    this.#level = level;
    this.#entries = new Level(innerWeight(level, schema), entries => {
      this.pages++;
      const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
      onPage({ key: entries[0]!.key, rows, ref: sink.put(schema.kind, packTableInner(level, entries)) });
    });
  }

  /** Adds the next entry, whose key decides whether a run ends after the entry before. */
  add(entry: PageEntry): void {
    if (this.#pending) this.#entries.add(this.#pending, weighEntry(this.#pending, entry.key, this.#level));
    this.#pending = entry;
  }

  /** Ends the last page. */
  finish(): void {
    if (this.#pending) this.#entries.add(this.#pending, weighEntry(this.#pending, undefined, this.#level));
    this.#pending = undefined;
    this.#entries.flush();
  }
}

/** Builds the inner pages above all pages of a level. */
export class PageTree {
  readonly #schema: PagesSchema;
  readonly #sink: FileSink;
  readonly #base: number;
  readonly #inner: InnerPages[] = [];
  /** The last key of the previous leaf page. */
  #last: TableKey | undefined;
  #pages = 0;
  /** The last page of each level, from the base on. */
  readonly #tops: FileRef[] = [];

  /** @param base the level of the pages; 0 for leaf pages */
  constructor(schema: PagesSchema, sink: FileSink, base = 0) {
    this.#schema = schema;
    this.#sink = sink;
    this.#base = base;
  }

  /** Adds the next leaf page. */
  add({ first, last, rows, ref }: LeafPage): void {
    this.addEntry({ key: separatorOf(this.#last, first), rows, ref });
    this.#last = last;
  }

  /** Adds the next page, as its entry in the level above. */
  addEntry(entry: PageEntry): void {
    this.#pages++;
    this.#up(0, entry);
  }

  /** Returns the root page; null if there are no rows. */
  finish(): RootRef | null {
    let pages = this.#pages;
    let above = 0;
    while (pages > 1) {
      const inner = this.#inner[above++]!;
      inner.finish();
      pages = inner.pages;
    }
    const root = this.#tops[above];
    return root ? { hash: root.hash, length: root.length } : null;
  }

  /** @param above number of levels between the base and the page */
  #up(above: number, page: PageEntry): void {
    this.#tops[above] = page.ref;
    const level = this.#base + above + 1;
    this.#inner[above] ??= new InnerPages(this.#schema, level, this.#sink, entry =>
      this.#up(above + 1, entry),
    );
    this.#inner[above].add(page);
  }
}

/**
 * The key of an entry for a page.
 * @param last the last key of the page before; undefined for the first page
 * @param first the first key of the page
 */
export function separatorOf(last: TableKey | undefined, first: TableKey): TableKey {
  return last === undefined ? first.map(() => '') : separator(last, first);
}

/** Builds a complete table, row by row. */
export class TableBuilder<R> {
  readonly #leaves: LeafPages<R>;
  readonly #tree: PageTree;

  constructor(schema: TableSchema<R>, sink: FileSink) {
    this.#tree = new PageTree(schema, sink);
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
