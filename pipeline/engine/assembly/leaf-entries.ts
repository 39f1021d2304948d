/** The entries of a leaf page (pipeline/spill/entries.ts), one after another: where their parts lie. */
import { allocate, create } from './arena';
import { byteAt, HIGHS, ONES } from './json-reader';

/** Lengths before an entry: of its key, and of the rest. */
export const HEADER: usize = 8;
/** Ends a string; an escape begins with the next byte. */
const END: u32 = 0;

@unmanaged
export class LeafEntries {
  count: u32;
  /** Number of strings of a key. */
  keys: u32;
  /** For each entry the positions of its strings, of its rest, and of its end. */
  private positions: usize;

  textAt(entry: u32, text: u32): usize {
    return load<u32>(this.positions + ((<usize>(entry * (this.keys + 2) + text)) << 2));
  }

  textLength(entry: u32, text: u32): u32 {
    return <u32>(this.textAt(entry, text + 1) - this.textAt(entry, text)) - 1;
  }

  restAt(entry: u32): usize {
    return this.textAt(entry, this.keys);
  }

  endAt(entry: u32): usize {
    return this.textAt(entry, this.keys + 1);
  }

  /** Finds the parts of all entries; returns false if a key has an escape. */
  read(start: usize): bool {
    const width = this.keys + 2;
    this.positions = allocate((<usize>(this.count * width)) << 2);
    let to = this.positions;
    for (let i: u32 = 0, at = start; i < this.count; i++) {
      const rest = at + HEADER + load<u32>(at);
      const end = rest + load<u32>(at, 4);
      let text = at + HEADER;
      for (let key: u32 = 0; key < this.keys; key++, to += 4) {
        store<u32>(to, <u32>text);
        text = textEnd(text) + 1;
        if (byteAt(text - 1) !== END) return false;
      }
      store<u32>(to, <u32>rest);
      store<u32>(to, <u32>end, 4);
      to += 8;
      at = end;
    }
    return true;
  }
}

/**
 * @param start position of the first entry; 16 bytes follow the last one
 * @returns null if a key has an escape
 */
export function readEntries(start: usize, count: u32, keys: u32): LeafEntries | null {
  const entries = create<LeafEntries>();
  entries.count = count;
  entries.keys = keys;
  return entries.read(start) ? entries : null;
}

/** Position of the end of a string, or of its first escape: eight bytes at a time. */
export function textEnd(start: usize): usize {
  let pos = start;
  while (true) {
    const bytes = load<u64>(pos) & ~ONES;
    const found = (bytes - ONES) & ~bytes & HIGHS;
    if (found) return pos + <usize>(ctz(found) >> 3);
    pos += 8;
  }
}
