/** Packs leaf pages of sorted tables and weighs their rows by the engine, from entries of key runs. */
import { callEngine, outputOf } from './engine-call.ts';
import { type EngineExports, SENTINEL } from './engine-module.ts';

/** Kinds of columns, by their numbers in the engine. */
const KINDS = ['numbers', 'regions', 'fields', 'values', 'flags', 'steps'] as const;

/**
 * A column of a page. `numbers` lie at an offset from the beginning of the rest of an entry, or, if it is negative,
 * from its end; `regions` and `values` as in `system-rows`; `flags` are numbers at the beginning of the rest; `steps`
 * are places in keys. Rows with `fields` are refused.
 */
export interface LeafColumn {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly offset?: number;
}

/** How entries become a page. */
export interface LeafLayout {
  /** For each string of a key, whether pages have it. */
  readonly keys: readonly boolean[];
  /** Columns beside the key, in their order in the page. */
  readonly columns: readonly LeafColumn[];
  /** The first string of a key that is hashed, and the first that is weighed; by default all are. */
  readonly hashed?: number;
  readonly weighed?: number;
  /** Whether entries are systems of a listed value, which is the second string of their keys. */
  readonly isListed?: boolean;
}

/** The entries of a page, which the engine copies. */
export interface LeafSource {
  readonly count: number;
  readonly bytes: number;
  copyTo(buffer: Buffer, at: number): unknown;
}

/** Bytes of the entries of a page; beyond it, which a single row may be, they are refused. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Returns the bytes of a leaf page; undefined if the engine refuses the entries. */
export function packLeafOf(source: LeafSource, layout: LeafLayout): Uint8Array | undefined {
  const { keys, columns } = layout;
  let stored = 0;
  for (const [i, isStored] of keys.entries()) if (isStored) stored |= 1 << i;
  return withEntries(source, layout, (engine, entries, described) =>
    engine.packLeaf(entries, source.count, keys.length, stored, described, columns.length)
      ? outputOf(engine)
      : undefined,
  );
}

/** Returns the hash and the weight of each row, one after another; undefined if the engine refuses the entries. */
export function weighLeafOf(source: LeafSource, layout: LeafLayout): Uint32Array | undefined {
  const { keys, columns, hashed = 0, weighed = 0, isListed = false } = layout;
  return withEntries(source, layout, (engine, entries, described) => {
    const to = engine.allocate(8 * source.count);
    const isDone = engine.weighEntries(
      ...([entries, source.count, keys.length, hashed, weighed, isListed] as const),
      ...([described, columns.length, to] as const),
    );
    return isDone ? new Uint32Array(engine.memory.buffer, to, 2 * source.count).slice() : undefined;
  });
}

/** Calls the engine with entries and descriptions of columns in its memory. */
function withEntries<T>(
  { bytes, copyTo }: LeafSource,
  { columns }: LeafLayout,
  call: (engine: EngineExports, entries: number, described: number) => T | undefined,
): T | undefined {
  if (bytes > MAX_BYTES) return undefined;
  return callEngine(engine => {
    engine.reset();
    const described = writeColumns(columns, engine);
    const entries = engine.allocate(bytes + SENTINEL);
    const memory = Buffer.from(engine.memory.buffer);
    copyTo(memory, entries);
    memory.fill(0, entries + bytes, entries + bytes + SENTINEL);
    return call(engine, entries, described);
  });
}

/** Writes the descriptions of columns to the memory of the engine. */
function writeColumns(columns: readonly LeafColumn[], { memory, allocate }: EngineExports): number {
  const parts = columns.flatMap(({ name, kind, offset = 0 }) => [
    Buffer.from(Int32Array.of(KINDS.indexOf(kind), offset, name.length).buffer),
    Buffer.from(name.padEnd((name.length + 3) & ~3)),
  ]);
  const description = Buffer.concat(parts);
  const at = allocate(description.length);
  Buffer.from(memory.buffer).set(description, at);
  return at;
}
