/**
 * Edits a sorted table: reads and writes only the pages that the edits touch, and their neighbours. The result has the
 * pages that `TableBuilder` writes for the edited rows.
 *
 * On each level, from the leaf pages up, the pages with edited items are cut again: from the last natural border before
 * them to the first natural border after them. The changed entries of these pages are the edits of the level above.
 */
import { compareTableKeys, type TableKey } from '#format/btree/keys.ts';
import {
  innerWeight,
  isBorder,
  leafWeight,
  type PageEntry,
  type TablePage,
  type TableSchema,
  type Weighed,
  weigh,
  weighEntry,
} from '#format/btree/page.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import { rowsIn, type StoredPage, type StoredTable } from './stored-table.ts';
import {
  InnerPages,
  LeafPages,
  type PagesSchema,
  PageTree,
  separatorOf,
  TableBuilder,
} from './table-builder.ts';

/** An item to put at a key, instead of one that may be there; without an item, the one there is removed. */
export interface KeyEdit<T> {
  readonly key: TableKey;
  readonly item?: T | undefined;
}

/**
 * Edits a table.
 * @param edits in any order; the last one of a key counts
 * @returns the root page of the edited table; null if it has no rows
 * @throws the errors of reading a page
 */
export async function editTable<R>(
  table: StoredTable<R>,
  edits: readonly KeyEdit<R>[],
  sink: FileSink,
): Promise<RootRef | null> {
  const all = edits.toSorted((a, b) => compareTableKeys(a.key, b.key));
  const sorted = all.filter((edit, i) => i === all.length - 1 || !isEqual(edit.key, all[i + 1]!.key));
  if (table.root) return new TableEditor(table, table.root, sink).edit(sorted);
  const builder = new TableBuilder(table.schema, sink);
  for (const { item } of sorted) if (item !== undefined) builder.add(item);
  return builder.finish();
}

/** A page before the edits. */
interface OldPage<T> extends Pick<StoredPage<unknown>, 'ref' | 'low' | 'high'> {
  readonly items: readonly T[];
}

/** Consecutive pages that are cut again. */
interface Segment<T> {
  readonly old: readonly OldPage<T>[];
  /** Their edited items. */
  readonly items: readonly T[];
  /** The item before them; undefined at the beginning of the table. */
  readonly previous: T | undefined;
  /** The first page after them; undefined at the end of the table. */
  readonly high: TableKey | undefined;
}

/** How the items of a level are stored and cut into pages. */
interface LevelRules<T> {
  readonly level: number;
  keyOf(item: T): TableKey;
  /** @param low the key of the entry of the page */
  itemsOf(page: TablePage<unknown>, low: TableKey): readonly T[];
  /** Whether there is a natural border between an item and the item with the next key. */
  isBorder(item: T, next: TableKey): boolean;
  /** Writes the pages of a segment; returns their entries. */
  write(segment: Segment<T>): PageEntry[];
}

/** All pages of a level. */
interface CompleteLevel {
  readonly level: number;
  readonly pages: readonly PageEntry[];
}

class TableEditor<R> {
  readonly #table: StoredTable<R>;
  readonly #root: FileRef;
  readonly #sink: FileSink;

  constructor(table: StoredTable<R>, root: FileRef, sink: FileSink) {
    this.#table = table;
    this.#root = root;
    this.#sink = sink;
  }

  async edit(edits: readonly KeyEdit<R>[]): Promise<RootRef | null> {
    const { schema } = this.#table;
    const { kind: _, ...root } = this.#root;
    let above = await this.#editLevel(leafRules(schema, this.#sink), edits);
    for (let level = 1; Array.isArray(above); level++) {
      if (above.length === 0) return root;
      above = await this.#editLevel(innerRules(schema, level, this.#sink), above);
    }
    const { level, pages } = above as CompleteLevel;
    const tree = new PageTree(schema, this.#sink, level);
    for (const page of pages) tree.addEntry(page);
    return tree.finish();
  }

  /** Edits the items of a level. Returns the edits of the level above, or the level if all of its pages are known. */
  async #editLevel<T>(
    rules: LevelRules<T>,
    edits: readonly KeyEdit<T>[],
  ): Promise<KeyEdit<PageEntry>[] | CompleteLevel> {
    const above: KeyEdit<PageEntry>[] = [];
    let segment: Segment<T> | undefined;
    for (let next = 0; next < edits.length; ) {
      const start = await this.#startOf(rules, edits[next]!.key, segment);
      const isAdjacent = segment?.high && isEqual(segment.high, start.old[0]!.low);
      if (segment && !isAdjacent) above.push(...(await this.#changedNext(rules, segment)));
      ({ segment, next } = await this.#segmentFrom(rules, start, edits, next));
      const isComplete = isLowest(segment.old[0]!.low) && segment.high === undefined;
      // A level of one entry does not exist: the page of the entry is the root.
      if (isComplete && rules.level > 0 && segment.items.length === 1)
        return { level: rules.level - 1, pages: segment.items as readonly PageEntry[] };
      const pages = rules.write(segment);
      if (isComplete) return { level: rules.level, pages };
      for (const edit of changedEntries(segment.old, pages)) above.push(edit);
    }
    if (segment) above.push(...(await this.#changedNext(rules, segment)));
    return above.sort((a, b) => compareTableKeys(a.key, b.key));
  }

  /** The pages from the last natural border before a key to the page of the key, and the item before them. */
  async #startOf<T>(
    rules: LevelRules<T>,
    key: TableKey,
    before: Segment<T> | undefined,
  ): Promise<Pick<Segment<T>, 'old' | 'previous'>> {
    const old = [await this.#pageAt(rules, key)];
    for (;;) {
      const { low } = old[0]!;
      if (isLowest(low)) return { old, previous: undefined };
      if (before?.high && isEqual(before.high, low)) return { old, previous: lastOf(before) };
      const page = await this.#pageBefore(rules, low);
      const previous = page.items.at(-1)!;
      // Above the leaf pages, an edit of the first item may change the border before it.
      const isFixed = rules.level === 0 || !isEqual(key, low);
      if (isFixed && rules.isBorder(previous, low)) return { old, previous };
      old.unshift(page);
    }
  }

  /** Applies edits to pages, to the first natural border after the edited ones. */
  async #segmentFrom<T>(
    rules: LevelRules<T>,
    start: Pick<Segment<T>, 'old' | 'previous'>,
    edits: readonly KeyEdit<T>[],
    first: number,
  ): Promise<{ segment: Segment<T>; next: number }> {
    const old = [...start.old];
    const items: T[] = [];
    let next = first;
    for (let i = 0; ; i++) {
      const page = old[i]!;
      const { high } = page;
      const end = high ? firstFrom(edits, next, high) : edits.length;
      for (const item of editedItems(rules, page.items, edits.slice(next, end))) items.push(item);
      next = end;
      const segment = { ...start, old, items, high };
      if (!high) return { segment, next };
      const last = lastOf(segment);
      const isFixed = rules.level === 0 || !edits[next] || !isEqual(edits[next]!.key, high);
      if (i < old.length - 1) continue;
      // The pages of a run are cut together: its border has to be one before and after the edits.
      const isBorder = (item: T | undefined) => item === undefined || rules.isBorder(item, high);
      if (isFixed && isBorder(page.items.at(-1)) && isBorder(last)) return { segment, next };
      old.push(await this.#pageAt(rules, high));
    }
  }

  /** The change of the entry after a segment of leaf pages: its key separates it from the last row of the segment. */
  async #changedNext<T>(rules: LevelRules<T>, segment: Segment<T>): Promise<KeyEdit<PageEntry>[]> {
    const { old, high } = segment;
    if (!high || rules.level > 0) return [];
    const last = lastOf(segment);
    const oldLast = old.at(-1)!.items.at(-1)!;
    if (last !== undefined && isEqual(rules.keyOf(last), rules.keyOf(oldLast))) return [];
    const page = await this.#pageAt(rules, high);
    const key = separatorOf(last === undefined ? undefined : rules.keyOf(last), rules.keyOf(page.items[0]!));
    return changedEntries([page], [{ key, rows: page.items.length, ref: page.ref }]);
  }

  async #pageAt<T>(rules: LevelRules<T>, key: TableKey): Promise<OldPage<T>> {
    return oldPage(rules, await this.#table.pageAt(rules.level, key));
  }

  async #pageBefore<T>(rules: LevelRules<T>, low: TableKey): Promise<OldPage<T>> {
    return oldPage(rules, await this.#table.pageBefore(rules.level, low));
  }
}

function oldPage<T>(rules: LevelRules<T>, page: StoredPage<unknown> | undefined): OldPage<T> {
  // A table with a root has a page at each key.
  const { content, ...rest } = page!;
  return { ...rest, items: rules.itemsOf(content, rest.low) };
}

function leafRules<R>(schema: TableSchema<R>, sink: FileSink): LevelRules<R> {
  const max = leafWeight(schema);
  return {
    level: 0,
    keyOf: row => schema.keyOf(row),
    itemsOf: page => rowsIn(page) as readonly R[],
    isBorder: row => isBorderAfter(weigh(row, schema), max),
    write({ items, previous }) {
      const entries: PageEntry[] = [];
      let before = previous === undefined ? undefined : schema.keyOf(previous);
      const leaves = new LeafPages<R>(schema, sink, ({ first, last, rows, ref }) => {
        entries.push({ key: separatorOf(before, first), rows, ref });
        before = last;
      });
      for (const row of items) leaves.add(row);
      leaves.finish();
      return entries;
    },
  };
}

function isBorderAfter({ hash, weight }: Weighed, maxWeight: number): boolean {
  return isBorder(hash, weight, maxWeight);
}

function innerRules(schema: PagesSchema, level: number, sink: FileSink): LevelRules<PageEntry> {
  return {
    level,
    keyOf: entry => entry.key,
    // The first entry is written with empty strings.
    itemsOf: (page, low) =>
      'rows' in page ? [] : page.entries.map((entry, i) => (i === 0 ? { ...entry, key: low } : entry)),
    isBorder: (entry, next) => isBorderAfter(weighEntry(entry, next, level), innerWeight(level, schema)),
    write({ items }) {
      const entries: PageEntry[] = [];
      const inner = new InnerPages(schema, level, sink, entry => entries.push(entry));
      for (const entry of items) inner.add(entry);
      inner.finish();
      return entries;
    },
  };
}

/** The last item of a segment, or the one before it if the segment has none. */
function lastOf<T>({ items, previous }: Pick<Segment<T>, 'items' | 'previous'>): T | undefined {
  return items.length > 0 ? items.at(-1) : previous;
}

function isLowest(key: TableKey): boolean {
  return key.every(text => text === '');
}

function isEqual(a: TableKey, b: TableKey): boolean {
  return compareTableKeys(a, b) === 0;
}

/** The first edit from an index on whose key is not less than `key`. */
function firstFrom<T>(edits: readonly KeyEdit<T>[], from: number, key: TableKey): number {
  let i = from;
  while (i < edits.length && compareTableKeys(edits[i]!.key, key) < 0) i++;
  return i;
}

/** The items of a page after edits; both in order of keys. */
function editedItems<T>(
  { keyOf }: Pick<LevelRules<T>, 'keyOf'>,
  items: readonly T[],
  edits: readonly KeyEdit<T>[],
): T[] {
  const result: T[] = [];
  let next = 0;
  for (const { key, item } of edits) {
    while (next < items.length && compareTableKeys(keyOf(items[next]!), key) < 0) result.push(items[next++]!);
    if (next < items.length && isEqual(keyOf(items[next]!), key)) next++;
    if (item !== undefined) result.push(item);
  }
  while (next < items.length) result.push(items[next++]!);
  return result;
}

/** The edits that replace the entries of old pages by those of new ones, in order of keys. */
function changedEntries(
  old: readonly Pick<OldPage<unknown>, 'low' | 'ref'>[],
  pages: readonly PageEntry[],
): KeyEdit<PageEntry>[] {
  const isKept = (page: PageEntry) =>
    old.some(({ low, ref }) => ref.hash === page.ref.hash && isEqual(low, page.key));
  const put = pages.filter(page => !isKept(page)).map(item => ({ key: item.key, item }));
  const removed = old
    .filter(({ low }) => !pages.some(({ key }) => isEqual(key, low)))
    .map(({ low }) => ({ key: low }));
  return [...put, ...removed].sort((a, b) => compareTableKeys(a.key, b.key));
}
