/** Encodes leaf pages: from rows in JavaScript, or from entries of key runs by the engine. */
import type { TableKey } from '#format/btree/keys.ts';
import { packTableLeaf, type TableSchema } from '#format/btree/page.ts';
import type { Packable } from '#format/pack.ts';
import { type LeafLayout, type LeafSource, packLeafOf } from '#pipeline/engine/leaf-packer.ts';
import { copyEntries, endAt } from '#pipeline/spill/entries.ts';

/** A leaf page; its content is as `FileSink.put` takes it. */
export interface EncodedLeaf {
  readonly first: TableKey;
  readonly last: TableKey;
  readonly content: Packable;
}

/** Encodes the page of some items, which stand for rows. */
export type LeafEncoder<T> = (items: readonly T[]) => EncodedLeaf;

/** The reference: encodes the row of each item. */
export function encodeRows<R, T>(schema: TableSchema<R>, rowOf: (item: T) => R): LeafEncoder<T> {
  return items => {
    const rows = items.map(rowOf);
    const content = packTableLeaf(rows, schema);
    return { first: schema.keyOf(rows[0]!), last: schema.keyOf(rows.at(-1)!), content };
  };
}

/** Encodes entries by the engine. It writes the pages of the reference, which takes what the engine refuses. */
export function encodeEntries<R>(
  schema: TableSchema<R>,
  rowOf: (start: number) => R,
  arena: Buffer,
  layout: LeafLayout,
): LeafEncoder<number> {
  const reference = encodeRows(schema, rowOf);
  return starts => {
    const content = packLeafOf(entriesOf(arena, starts), layout);
    if (!content) return reference(starts);
    const [first, last] = [rowOf(starts[0]!), rowOf(starts.at(-1)!)];
    return { first: schema.keyOf(first), last: schema.keyOf(last), content };
  };
}

/** Entries for the engine. */
export function entriesOf(arena: Buffer, starts: readonly number[]): LeafSource {
  let bytes = 0;
  for (const start of starts) bytes += endAt(arena, start) - start;
  return {
    count: starts.length,
    bytes,
    copyTo: (buffer, at) => copyEntries(buffer, at, arena, starts),
  };
}
