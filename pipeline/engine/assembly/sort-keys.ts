/**
 * Sorts entries of key runs by the bytes of their keys: the counterpart of pipeline/spill/sort-entries.ts. Eight bytes at
 * a time, by insertion or by a radix sort from the last byte to the first; then entries that these bytes do not separate,
 * by the next eight. (D. E. Knuth, "The Art of Computer Programming", volume 3, section 5.2.5.)
 */
import { allocate, copyBytes, create, Vector } from './arena';
import { HEADER } from './leaf-entries';

/** Bytes of keys that are sorted by at a time. */
const STEP: u32 = 8;
const RADIX: u32 = 256;
/** Fewer entries are sorted by insertion. */
const SMALL: u32 = 32;

/** The positions of all entries, the prefixes of a group, and memory for the other order of a group. */
let order: usize = 0;
let entryCount: u32 = 0;
let prefixes: usize = 0;
let nextPrefixes: usize = 0;
let nextOrder: usize = 0;
let counts: usize = 0;
/** Groups with equal bytes before a depth: three numbers for each. */
let stack: Vector<u32> = changetype<Vector<u32>>(0);
/** The entry that is copied next, how many of its bytes are copied already, and the bytes of all entries before it. */
let next: u32 = 0;
let copied: u32 = 0;
let bytesBefore: u32 = 0;

/**
 * Sorts entries; equal keys keep their order.
 * @param positions of the entries, of 32 bits; they come into order. Eight bytes follow the last entry
 */
export function sortEntries(positions: usize, count: u32): void {
  order = positions;
  entryCount = count;
  prefixes = allocate((<usize>count) << 3);
  nextPrefixes = allocate((<usize>count) << 3);
  nextOrder = allocate((<usize>count) << 2);
  counts = allocate((<usize>RADIX) << 2);
  stack = create<Vector<u32>>();
  next = copied = bytesBefore = 0;
  push(0, count, 0);
  while (stack.length) {
    stack.length -= 3;
    const at = stack.length;
    divide(stack.at(at), stack.at(at + 1), stack.at(at + 2));
  }
}

/**
 * Copies the next bytes of the sorted entries, one after another; returns their number, which is `room` until the end.
 * Offsets in all these bytes replace the positions of entries.
 */
export function copySorted(to: usize, room: u32): u32 {
  let left = room;
  while (left && next < entryCount) {
    const entry = entryAt(next);
    const length = <u32>HEADER + load<u32>(entry) + load<u32>(entry, 4);
    const bytes = min(left, length - copied);
    copyBytes(to, entry + copied, bytes);
    to += bytes;
    left -= bytes;
    copied += bytes;
    if (copied < length) break;
    store<u32>(order + ((<usize>next) << 2), bytesBefore);
    bytesBefore += length;
    next++;
    copied = 0;
  }
  return room - left;
}

function entryAt(index: u32): usize {
  return load<u32>(order + ((<usize>index) << 2));
}

/** Puts a group on the stack, if it has more than one entry. */
function push(from: u32, to: u32, depth: u32): void {
  if (to - from < 2) return;
  stack.push(from);
  stack.push(to);
  stack.push(depth);
}

/** Sorts a group by the next bytes of its keys, and puts the groups that these do not separate on the stack. */
function divide(from: u32, to: u32, depth: u32): void {
  const count = to - from;
  const entries = order + ((<usize>from) << 2);
  const first = prefixOf(entryAt(from), depth);
  let differing: u64 = 0;
  let goesOn = false;
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(from + i);
    const prefix = prefixOf(entry, depth);
    differing |= prefix ^ first;
    if (depth + STEP < load<u32>(entry)) goesOn = true;
    store<u64>(prefixes + ((<usize>i) << 3), prefix);
  }
  if (!differing) {
    if (goesOn) push(from, to, depth + STEP);
    else sortByLength(entries, count);
    return;
  }
  sortGroup(entries, count, differing);
  let start: u32 = 0;
  for (let i: u32 = 1; i <= count; i++) {
    if (i < count && prefixAt(i) === prefixAt(start)) continue;
    push(from + start, from + i, depth + STEP);
    start = i;
  }
}

/** The next bytes of a key, padded with zeros. */
function prefixOf(entry: usize, depth: u32): u64 {
  const length = load<u32>(entry);
  if (depth >= length) return 0;
  const bytes = bswap<u64>(load<u64>(entry + HEADER + depth));
  if (length - depth >= STEP) return bytes;
  const missing = (<u64>(STEP - (length - depth))) << 3;
  return (bytes >> missing) << missing;
}

function prefixAt(index: u32): u64 {
  return load<u64>(prefixes + ((<usize>index) << 3));
}

/**
 * Sorts the entries of a group by their prefixes, stably.
 * @param differing the bits in which prefixes differ
 */
function sortGroup(entries: usize, count: u32, differing: u64): void {
  if (count <= SMALL) insert(entries, count);
  else distribute(entries, count, differing);
}

function insert(entries: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const prefix = prefixAt(i);
    const entry = load<u32>(entries + ((<usize>i) << 2));
    let at = i;
    for (; at > 0 && prefixAt(at - 1) > prefix; at--) {
      store<u64>(prefixes + ((<usize>at) << 3), prefixAt(at - 1));
      store<u32>(entries + ((<usize>at) << 2), load<u32>(entries + ((<usize>(at - 1)) << 2)));
    }
    store<u64>(prefixes + ((<usize>at) << 3), prefix);
    store<u32>(entries + ((<usize>at) << 2), entry);
  }
}

function distribute(entries: usize, count: u32, differing: u64): void {
  let from = entries;
  let to = nextOrder;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if (!((differing >> shift) & 0xff)) continue;
    memory.fill(counts, 0, (<usize>RADIX) << 2);
    for (let i: u32 = 0; i < count; i++) {
      const counted = countOf(prefixAt(i), shift);
      store<u32>(counted, load<u32>(counted) + 1);
    }
    let end: u32 = 0;
    for (let at = counts; at < counts + ((<usize>RADIX) << 2); at += 4) {
      const own = load<u32>(at);
      store<u32>(at, end);
      end += own;
    }
    for (let i: u32 = 0; i < count; i++) {
      const prefix = prefixAt(i);
      const counted = countOf(prefix, shift);
      const at = load<u32>(counted);
      store<u32>(counted, at + 1);
      store<u64>(nextPrefixes + ((<usize>at) << 3), prefix);
      store<u32>(to + ((<usize>at) << 2), load<u32>(from + ((<usize>i) << 2)));
    }
    const sorted = nextPrefixes;
    nextPrefixes = prefixes;
    prefixes = sorted;
    const other = from;
    from = to;
    to = other;
  }
  if (from !== entries) memory.copy(entries, from, (<usize>count) << 2);
}

/** The position of the number of prefixes with the same byte. */
function countOf(prefix: u64, shift: u64): usize {
  return counts + ((<usize>((prefix >> shift) & 0xff)) << 2);
}

/** Sorts entries whose keys differ at most by zeros at their ends. */
function sortByLength(entries: usize, count: u32): void {
  const first = <u64>load<u32>(load<u32>(entries));
  let differing: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const length = <u64>load<u32>(load<u32>(entries + ((<usize>i) << 2)));
    differing |= length ^ first;
    store<u64>(prefixes + ((<usize>i) << 3), length);
  }
  if (differing) sortGroup(entries, count, differing);
}
