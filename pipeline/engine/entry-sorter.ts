/** Sorts entries of key runs by the engine. */
import { callEngine } from './engine-call.ts';
import type { EngineExports } from './engine-module.ts';

/** Maximum memory of a sort: `callEngine` keeps hardly more for the next call. */
const MAX_BYTES = 56 * 1024 * 1024;
/** Memory for the sort of an entry, beside its own bytes. */
const ENTRY_BYTES = 24;
/** Bytes that the engine may read after the last entry. */
const SENTINEL = 8;
/** Sorted bytes that are copied at a time. */
const PART = 64 * 1024;

/**
 * Writes entries over `arena` in order of their keys, one after another; equal keys keep their order. Returns their
 * bytes; undefined if there are too many.
 * @param starts offsets of the entries, which become those of the sorted ones
 */
export function sortArena(arena: Buffer, starts: Uint32Array): number | undefined {
  if (arena.length + ENTRY_BYTES * starts.length > MAX_BYTES) return undefined;
  return callEngine(engine => sortBy(engine, arena, starts));
}

/** Not a closure: the loops of each closure would be compiled again. */
function sortBy(engine: EngineExports, arena: Buffer, starts: Uint32Array): number {
  const { memory, reset, allocate, sortEntries, copySorted } = engine;
  reset();
  const entries = allocate(arena.length + SENTINEL);
  const positions = allocate(4 * starts.length);
  const part = allocate(PART);
  new Uint8Array(memory.buffer).set(arena, entries);
  const places = new Uint32Array(memory.buffer, positions, starts.length);
  for (let i = 0; i < places.length; i++) places[i] = entries + starts[i]!;
  sortEntries(positions, starts.length);
  const sorted = new Uint8Array(memory.buffer, part, PART);
  let at = 0;
  for (;;) {
    const bytes = copySorted(part, PART);
    arena.set(bytes < PART ? sorted.subarray(0, bytes) : sorted, at);
    at += bytes;
    if (bytes === PART) continue;
    starts.set(new Uint32Array(memory.buffer, positions, starts.length));
    return at;
  }
}
