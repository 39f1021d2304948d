/** Sorted tables in memory: their rows, their pages, and the order of keys by its definition. */
import fc from 'fast-check';
import { TableReader } from '#client/btree/reader.ts';
import { Files } from '#client/fetch/files.ts';
import {
  type FileRef,
  memorySource,
  nodeCodec,
  type QueryOptions,
  type RootRef,
} from '#client/node/index.ts';
import type { Bound } from '#format/btree/keys.ts';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import {
  type Packable,
  pack,
  pathOf,
  type TableKey,
  type TablePage,
  type TableSchema,
  unpack,
  unpackTablePage,
} from '#format/index.ts';
import { TableBuilder } from '#pipeline/tables/table-builder.ts';
import { text } from './arbitrary.ts';
import { refTo } from './stored-files.ts';

export interface Row {
  readonly key: TableKey;
  /** Said, not measured: few rows make many pages. */
  readonly weight: number;
}

/** Rows of a key of two texts. */
export const LAYOUT: TableSchema<Row> = {
  kind: 'names',
  keys: 2,
  keyOf: row => row.key,
  pack: rows => ({ weight: packNumbers(rows.map(row => row.weight)) }),
  unpack: ([first, second], file, count) => {
    const weights = unpackNumbers(file['weight'], count);
    return first!.map((of, i) => ({ key: [of, second![i]!], weight: weights[i]! }));
  },
  weight: row => row.weight,
};

/** Compares as the definition has it: the bytes of the first texts that differ. */
export function byBytes(a: TableKey, b: TableKey): number {
  const i = a.findIndex((of, at) => of !== b[at]);
  return i < 0 ? 0 : Buffer.compare(Buffer.from(a[i]!), Buffer.from(b[i]!));
}

/** Whether a key comes before a bound, by the definition. */
export function comesBefore(key: TableKey, { key: of, after }: Bound): boolean {
  const own = key.slice(0, of.length);
  if (byBytes(own, of) < 0) return true;
  if (after === undefined) return false;
  if (byBytes(own, of) === 0) return true;
  const isAlike = own.slice(0, -1).every((text, i) => text === of[i]);
  return after === 'prefix' && isAlike && own.at(-1)!.startsWith(of.at(-1)!);
}

/** Texts that begin alike, of characters whose UTF-16 and UTF-8 orders differ, two of which share a half. */
export const nearTexts: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', '\0', 'é', '\ue000', '\uffff', '🌞', '🌟', '\u{10ffff}'), { maxLength: 4 })
  .map(of => of.join(''));

export const keyTexts: fc.Arbitrary<string> = fc.oneof(nearTexts, text);

/** A bound of at most so many texts. */
export function bounds(width: number): fc.Arbitrary<Bound> {
  return fc.record(
    { key: fc.array(keyTexts, { maxLength: width }), after: fc.constantFrom('keys', 'prefix') },
    { requiredKeys: ['key'] },
  );
}

/** Contents of pages by path. */
export type Pages = Map<string, Uint8Array>;

export interface Built {
  readonly root: RootRef | null;
  readonly pages: Pages;
  /** Leaf pages, in order. */
  readonly leaves: readonly string[];
}

/** Builds a table of rows that are sorted. */
export function buildTable<R>(rows: Iterable<R>, schema: TableSchema<R>): Built {
  const pages: Pages = new Map();
  const leaves: string[] = [];
  const builder = new TableBuilder(schema, {
    put(_, content) {
      const ref = addPage(pages, schema, content);
      if ((content as { level: number }).level === 0) leaves.push(pathOf(ref));
      return ref;
    },
  });
  for (const row of rows) builder.add(row);
  return { root: builder.finish(), pages, leaves };
}

/** Puts a page among others. */
export function addPage<R>(pages: Pages, schema: TableSchema<R>, content: Packable): FileRef {
  const bytes = pack(content);
  const ref = refTo(bytes, schema.kind);
  pages.set(pathOf(ref), bytes);
  return ref;
}

/** A table as the client reads it, no page kept between questions. */
export function openTable<R>(
  { root, pages }: Pick<Built, 'root' | 'pages'>,
  schema: TableSchema<R>,
  options: QueryOptions = {},
): TableReader<R> {
  return new TableReader(
    new Files(memorySource(pages), { codec: nodeCodec, cacheBytes: 0 }),
    { root, schema },
    options,
  );
}

/** The pages of a table, parents before children, each with the rows below it. */
export interface WalkedPage<R> {
  readonly page: TablePage<R>;
  readonly children: readonly WalkedPage<R>[];
  readonly rows: readonly R[];
}

/** Reads all pages of a table without the client. */
export function walkTable<R>(
  { root, pages }: Pick<Built, 'root' | 'pages'>,
  schema: TableSchema<R>,
): WalkedPage<R> | undefined {
  const walk = (ref: RootRef): WalkedPage<R> => {
    const page = unpackTablePage(unpack(pages.get(pathOf({ kind: schema.kind, ...ref }))!), schema);
    if ('rows' in page) return { page, children: [], rows: page.rows };
    const children = page.entries.map(entry => walk(entry.ref));
    return { page, children, rows: children.flatMap(of => of.rows) };
  };
  return root ? walk(root) : undefined;
}
