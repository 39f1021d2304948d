/** Distinct strings, numbered in order of first appearance. */
import { allocate, allocateZeros, copyBytes, equalBytes, fewBytes, giveUp } from './arena';

/** A string in UTF-8. */
@unmanaged
export class Text {
  at: usize;
  length: u32;
  /** Number of its code points. */
  points: u32;
}

const FIRST_SLOTS: u32 = 64;
/** Half of the slots are empty: a longer search happens only if an input is made so that hashes collide. */
const MAX_SEARCH: u32 = 256;

/** A hash table with open addressing; a slot is a hash and a number + 1. */
@unmanaged
export class TextPool {
  count: u32;
  /** Size of all strings as the format counts it: code points, and 1 for each string. */
  size: u32;
  private texts: usize;
  private slots: usize;
  private slotCount: u32;

  text(index: u32): Text {
    return changetype<Text>(this.texts + <usize>index * offsetof<Text>());
  }

  /** The number of a string, which is added if it is new; gives up if the search is long. The pool refers to its bytes. */
  intern(at: usize, length: u32, points: u32): u32 {
    if ((this.count + 1) * 2 > this.slotCount) this.grow();
    const hash = hashOf(at, length);
    const mask = this.slotCount - 1;
    let slot: usize = 0;
    for (let tried: u32 = 0; ; tried++) {
      if (tried === MAX_SEARCH) giveUp();
      slot = this.slots + ((<usize>((hash + tried) & mask)) << 3);
      const entry = load<u32>(slot, 4);
      if (!entry) break;
      if (load<u32>(slot) !== hash) continue;
      const text = this.text(entry - 1);
      if (text.length === length && equalBytes(text.at, at, length)) return entry - 1;
    }
    store<u32>(slot, hash);
    store<u32>(slot, this.count + 1, 4);
    const text = this.text(this.count);
    text.at = at;
    text.length = length;
    text.points = points;
    this.size += points + 1;
    return this.count++;
  }

  /** Like `intern` for bytes that do not stay: the pool keeps a copy of new ones. */
  internCopy(at: usize, length: u32): u32 {
    const count = this.count;
    const index = this.intern(at, length, 0);
    if (this.count > count) {
      const copy = allocate(length);
      copyBytes(copy, at, length);
      this.text(index).at = copy;
    }
    return index;
  }

  private grow(): void {
    const count = this.slotCount ? this.slotCount * 2 : FIRST_SLOTS;
    const slots = allocateZeros((<usize>count) << 3);
    for (let i: u32 = 0; i < this.slotCount; i++) {
      const slot = load<u64>(this.slots + ((<usize>i) << 3));
      if (!(slot >> 32)) continue;
      let index = <u32>slot & (count - 1);
      while (load<u32>(slots + ((<usize>index) << 3), 4)) index = (index + 1) & (count - 1);
      store<u64>(slots + ((<usize>index) << 3), slot);
    }
    const texts = allocate(<usize>(count / 2) * offsetof<Text>());
    memory.copy(texts, this.texts, <usize>this.count * offsetof<Text>());
    this.texts = texts;
    this.slots = slots;
    this.slotCount = count;
  }
}

/** Mixes eight bytes at a time. The hash decides only places in a pool: no file depends on it. */
export function hashOf(at: usize, length: u32): u32 {
  let hash = <u64>length * 0x9e3779b97f4a7c15;
  for (; length > 8; at += 8, length -= 8) hash = mixed(hash ^ load<u64>(at));
  hash = mixed(hash ^ fewBytes(at, length));
  return <u32>((hash * 0xc4ceb9fe1a85ec53) >> 32);
}

function mixed(hash: u64): u64 {
  const product = hash * 0xff51afd7ed558ccd;
  return product ^ (product >> 32);
}
