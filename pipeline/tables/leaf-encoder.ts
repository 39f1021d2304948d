/** Encodes leaf pages: from rows in JavaScript, or from entries of key runs by the engine. */
import type { TableKey } from '#format/btree/keys.ts';
import { packTableLeaf, type TableSchema } from '#format/btree/page.ts';
import type { Packable } from '#format/pack.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { type LeafLayout, packLeafOf } from '#pipeline/engine/leaf-packer.ts';
import { bytesOf, type Sorted } from '#pipeline/spill/sort-entries.ts';

/** A leaf page; its content is as `FileSink.put` takes it. */
export interface EncodedLeaf {
  readonly first: TableKey;
  readonly last: TableKey;
  /** Valid until the next page is encoded. */
  readonly content: Packable;
}

/** How entries become rows. */
export interface EntryRows<R> {
  rowOf(arena: Buffer, start: number): R;
  readonly layout: LeafLayout;
}

/** The reference: encodes rows. */
export function encodeRows<R>(rows: readonly R[], schema: TableSchema<R>): EncodedLeaf {
  const content = packTableLeaf(rows, schema);
  return { first: schema.keyOf(rows[0]!), last: schema.keyOf(rows.at(-1)!), content };
}

/** Encodes sorted entries. The engine writes the pages of the reference, which takes what the engine refuses. */
export function encodeEntries<R>(
  sorted: Sorted,
  schema: TableSchema<R>,
  { rowOf, layout }: EntryRows<R>,
  engine: Engine,
): EncodedLeaf {
  const { arena, order } = sorted;
  const content = engine === 'wasm' ? packLeafOf(bytesOf(sorted), order.length, layout) : undefined;
  if (!content)
    return encodeRows(
      Array.from(order, start => rowOf(arena, start)),
      schema,
    );
  const [first, last] = [rowOf(arena, order[0]!), rowOf(arena, order.at(-1)!)];
  return { first: schema.keyOf(first), last: schema.keyOf(last), content };
}
