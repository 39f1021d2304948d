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

/** Bytes of the entries of a page; beyond it, which a single row may be, they are refused. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Returns the bytes of a leaf page, which are valid until the engine is called again; undefined if the engine refuses
 * the entries.
 * @param entries in order, one after another
 */
export function packLeafOf(entries: Uint8Array, count: number, layout: LeafLayout): Uint8Array | undefined {
  const { keys, columns } = layout;
  let stored = 0;
  for (let i = 0; i < keys.length; i++) if (keys[i]) stored |= 1 << i;
  return withEntries(entries, layout, (engine, at, described) =>
    engine.packLeaf(at, count, keys.length, stored, described, columns.length) ? outputOf(engine) : undefined,
  );
}

/**
 * Returns the hash and the weight of each row, one after another, which are valid until the engine is called again;
 * undefined if the engine refuses the entries.
 * @param entries one after another
 */
export function weighLeafOf(entries: Uint8Array, count: number, layout: LeafLayout): Uint32Array | undefined {
  const { keys, columns, hashed = 0, weighed = 0, isListed = false } = layout;
  return withEntries(entries, layout, (engine, at, described) => {
    const to = engine.allocate(8 * count);
    const isDone = engine.weighEntries(
      ...([at, count, keys.length, hashed, weighed, isListed] as const),
      ...([described, columns.length, to] as const),
    );
    return isDone ? new Uint32Array(engine.memory.buffer, to, 2 * count) : undefined;
  });
}

/** Calls the engine with entries and descriptions of columns in its memory. */
function withEntries<T>(
  entries: Uint8Array,
  { columns }: LeafLayout,
  call: (engine: EngineExports, entries: number, described: number) => T | undefined,
): T | undefined {
  const { length } = entries;
  if (length > MAX_BYTES) return undefined;
  return callEngine(engine => {
    engine.reset();
    const described = writeColumns(columns, engine);
    const at = engine.allocate(length + SENTINEL);
    const memory = new Uint8Array(engine.memory.buffer);
    memory.set(entries, at);
    memory.fill(0, at + length, at + length + SENTINEL);
    return call(engine, at, described);
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
