/** Writes sorted columns of strings: the counterpart of client/format/columns/front-coding.ts. */
import { allocate } from './arena';
import { byteAt, isContinuation, pointsIn } from './json-reader';
import { LeafEntries } from './leaf-entries';
import { writeArrayHead, writeText } from './message-pack';
import { writeIndexes } from './write-numbers';

/** Writes one of the strings of all keys: the code points that each shares with the one before, and the rests. */
export function writeFront(entries: LeafEntries, text: u32): void {
  const count = entries.count;
  const points = allocate((<usize>count) << 2);
  const bytes = allocate((<usize>count) << 2);
  for (let i: u32 = 0; i < count; i++) {
    const at = entries.textAt(i, text);
    const shared = i === 0 ? 0 : sharedBytes(entries, i, text);
    store<u32>(bytes + ((<usize>i) << 2), shared);
    store<u32>(points + ((<usize>i) << 2), pointsIn(at, at + shared));
  }
  writeArrayHead(2);
  writeIndexes(points, count);
  writeArrayHead(count);
  for (let i: u32 = 0; i < count; i++) {
    const shared = load<u32>(bytes + ((<usize>i) << 2));
    writeText(entries.textAt(i, text) + shared, entries.textLength(i, text) - shared);
  }
}

/** Number of bytes that a string shares with the one before, in complete code points. */
function sharedBytes(entries: LeafEntries, entry: u32, text: u32): u32 {
  const a = entries.textAt(entry - 1, text);
  const b = entries.textAt(entry, text);
  const end = min(entries.textLength(entry - 1, text), entries.textLength(entry, text));
  let shared: u32 = 0;
  while (shared < end) {
    const differences = load<u64>(a + shared) ^ load<u64>(b + shared);
    if (differences) {
      shared += <u32>(ctz(differences) >> 3);
      break;
    }
    shared += 8;
  }
  if (shared >= end) return end;
  // Different code points can begin with the same bytes.
  while (isContinuation(byteAt(b + shared))) shared--;
  return shared;
}
