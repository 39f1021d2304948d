/**
 * Distinct values of records, numbered in order of first appearance, as they are written in JSON. The table is of a fixed
 * size: a caller that finds it full clears it.
 */
import { allocate, copyBytes, equalBytes } from './arena';
import { NONE } from './json-reader';
import { hashOf } from './text-pool';

/** How a value is written: a string without escapes, one with escapes, another scalar. */
export const PLAIN: u32 = 0;
export const ESCAPED: u32 = 1;
export const SCALAR: u32 = 2;
/** An escaped string that is one value, whatever it contains. */
export const WHOLE: u32 = 3;

/** Maximum length of a value in bytes. */
const MAX_LENGTH: u32 = 1024;
const MAX_VALUES: u32 = 32768;
const MAX_BYTES: usize = 1024 * 1024;
/** Half of the slots are empty, so that a search is short; it is long if an input is made so that hashes collide. */
const SLOTS: u32 = 2 * MAX_VALUES;
const MAX_SEARCH: u32 = 96;

/** A value in UTF-8. */
@unmanaged
class Value {
  at: usize;
  length: u32;
  form: u32;
  /** The last list that has the value. */
  list: u64;
}

let slots: usize = 0;
let values: usize = 0;
let bytes: usize = 0;
let bytesUsed: usize = 0;
let count: u32 = 0;
let lists: u64 = 0;
let isFull: bool = false;

/** Takes memory for the table, after all memory was freed. */
export function beginValues(): void {
  slots = allocate((<usize>SLOTS) << 3);
  values = allocate(<usize>MAX_VALUES * offsetof<Value>());
  bytes = allocate(MAX_BYTES);
  clearValues();
}

/** Forgets all values. */
export function clearValues(): void {
  memory.fill(slots, 0, (<usize>SLOTS) << 3);
  count = 0;
  bytesUsed = 0;
  isFull = false;
}

/** Whether the table has refused a value that it takes after it is cleared. */
export function isTableFull(): bool {
  return isFull;
}

export function valueCount(): u32 {
  return count;
}

export function valueAt(index: u32): usize {
  return value(index).at;
}

export function valueLength(index: u32): u32 {
  return value(index).length;
}

export function valueForm(index: u32): u32 {
  return value(index).form;
}

function value(index: u32): Value {
  return changetype<Value>(values + <usize>index * offsetof<Value>());
}

/** The number of a value, which is added if it is new; NONE if it is too long or the table is full. */
export function numberOf(at: usize, length: u32, form: u32): u32 {
  if (length > MAX_LENGTH) return NONE;
  const hash = hashOf(at, length) + form;
  let index = hash & (SLOTS - 1);
  for (let tried: u32 = 0; tried < MAX_SEARCH; tried++, index = (index + 1) & (SLOTS - 1)) {
    const slot = slots + ((<usize>index) << 3);
    const entry = load<u32>(slot, 4);
    if (!entry) return add(slot, hash, at, length, form);
    if (load<u32>(slot) !== hash) continue;
    const known = value(entry - 1);
    if (known.length === length && known.form === form && equalBytes(known.at, at, length)) return entry - 1;
  }
  isFull = true;
  return NONE;
}

function add(slot: usize, hash: u32, at: usize, length: u32, form: u32): u32 {
  if (count === MAX_VALUES || bytesUsed + length > MAX_BYTES) {
    isFull = true;
    return NONE;
  }
  const added = value(count);
  added.at = bytes + bytesUsed;
  added.length = length;
  added.form = form;
  added.list = 0;
  copyBytes(added.at, at, length);
  bytesUsed += length;
  store<u32>(slot, hash);
  store<u32>(slot, ++count, 4);
  return count - 1;
}

/** Removes repeated values from a list; returns its new length. */
export function removeRepeated(list: usize, length: u32): u32 {
  lists++;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const index = load<u32>(list + ((<usize>i) << 2));
    const own = value(index);
    if (own.list === lists) continue;
    own.list = lists;
    store<u32>(list + ((<usize>kept) << 2), index);
    kept++;
  }
  return kept;
}
