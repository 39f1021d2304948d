/** A sorted table of a set, read page by page from the root. */
import { compareTableKeys, type TableKey } from '#format/btree/keys.ts';
import { type TablePage, type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { RootRef } from '#format/index-json.ts';
import { unpack } from '#format/unpack.ts';

/** Returns the uncompressed content of a file. */
export type ReadFile = (ref: FileRef) => Promise<Uint8Array>;

/** Number of decoded pages in memory. They are needed several times: on the way to others, and as neighbours. */
const CACHED_PAGES = 48;

/** A page with its position in its level. */
export interface StoredPage<R> {
  readonly ref: FileRef;
  /** The key of its entry: empty strings for the first page of a level. */
  readonly low: TableKey;
  /** The key of the next page of the level; undefined for the last page. */
  readonly high: TableKey | undefined;
  readonly content: TablePage<R>;
}

export class StoredTable<R> {
  readonly schema: TableSchema<R>;
  /** Undefined if the table has no rows. */
  readonly root: FileRef | undefined;
  readonly #readFile: ReadFile;
  /** Promises of pages by hash, the one used last at the end. */
  readonly #pages = new Map<string, Promise<TablePage<R>>>();

  constructor(root: RootRef | null, schema: TableSchema<R>, readFile: ReadFile) {
    this.schema = schema;
    this.root = root ? { kind: schema.kind, ...root } : undefined;
    this.#readFile = readFile;
  }

  /** Returns the page of a level that has, or would have, a key; undefined if the table has no rows. */
  pageAt(level: number, key: TableKey): Promise<StoredPage<R> | undefined> {
    return this.#descend(level, entry => compareTableKeys(entry, key) <= 0);
  }

  /** Returns the page of a level before the one whose entry has the key `low`, which is not the first. */
  pageBefore(level: number, low: TableKey): Promise<StoredPage<R> | undefined> {
    return this.#descend(level, entry => compareTableKeys(entry, low) < 0);
  }

  /** Returns the rows whose keys begin with the given strings. */
  async group(first: TableKey): Promise<R[]> {
    const rows: R[] = [];
    for await (const row of this.rowsOf(first)) rows.push(row);
    return rows;
  }

  /** Returns the first row whose key begins with the given strings. */
  async first(first: TableKey): Promise<R | undefined> {
    for await (const row of this.rowsOf(first)) return row;
    return undefined;
  }

  /** Yields the rows whose keys begin with the given strings. */
  async *rowsOf(first: TableKey): AsyncGenerator<R, void, undefined> {
    for await (const row of this.rowsFrom(first)) {
      const key = this.schema.keyOf(row);
      if (!first.every((text, i) => key[i] === text)) return;
      yield row;
    }
  }

  /** Yields all rows from the first one on whose key is not less than the given first strings of a key. */
  async *rowsFrom(first: TableKey): AsyncGenerator<R, void, undefined> {
    const { keys, keyOf } = this.schema;
    const low: TableKey = [...first, ...new Array<string>(keys - first.length).fill('')];
    let page = await this.pageAt(0, low);
    let at = countOf(page ? rowsIn(page.content) : [], row => compareTableKeys(keyOf(row), low) < 0);
    while (page) {
      const { content, high }: StoredPage<R> = page;
      const rows = rowsIn(content);
      while (at < rows.length) yield rows[at++]!;
      page = high && (await this.pageAt(0, high));
      at = 0;
    }
  }

  /** @param isBefore whether the page of an entry with this key begins at or before the wanted one */
  async #descend(level: number, isBefore: (key: TableKey) => boolean): Promise<StoredPage<R> | undefined> {
    let ref = this.root;
    let low: TableKey = new Array<string>(this.schema.keys).fill('');
    let high: TableKey | undefined;
    while (ref) {
      const content = await this.#read(ref);
      if ('rows' in content || content.level === level) return { ref, low, high, content };
      const { entries } = content;
      // The first entry is written with empty strings, whatever comes before it.
      const i =
        Math.max(
          1,
          countOf(entries, ({ key }) => isBefore(key)),
        ) - 1;
      if (i > 0) low = entries[i]!.key;
      high = entries[i + 1]?.key ?? high;
      ref = entries[i]!.ref;
    }
    return undefined;
  }

  #read(ref: FileRef): Promise<TablePage<R>> {
    const page = this.#pages.get(ref.hash) ?? this.#load(ref);
    this.#pages.delete(ref.hash);
    this.#pages.set(ref.hash, page);
    if (this.#pages.size > CACHED_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
    return page;
  }

  async #load(ref: FileRef): Promise<TablePage<R>> {
    return unpackTablePage(unpack(await this.#readFile(ref)), this.schema);
  }
}

/** The number of first items for which a test is true: it is false for all items after one for which it is false. */
function countOf<T>(items: readonly T[], isFirst: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isFirst(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows of a page; none of an inner page. */
export function rowsIn<R>(page: TablePage<R>): readonly R[] {
  return 'rows' in page ? page.rows : [];
}
