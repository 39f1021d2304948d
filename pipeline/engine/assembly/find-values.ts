/**
 * Finds the values at paths in records, by the rules of client/format/facets/facet-extractor.ts. A record is known to be
 * valid, and its keys have no escapes. A position of 0 means that it is refused.
 */
import { allocate } from './arena';
import { findEnd } from './find-end';
import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  byteAt,
  COMMA,
  NONE,
  plainEnd,
  QUOTE,
  skipBlanks,
  skipScalar,
} from './json-reader';
import { childOf, fieldCount, PathNode, root } from './value-paths';
import { ESCAPED, numberOf, PLAIN, removeRepeated, SCALAR, WHOLE } from './value-table';

/** Maximum number of values of a field, also of repeated ones. */
const MAX_VALUES: u32 = 4096;
/** Comma and space. */
const SEPARATOR: u32 = 0x202c;

/** For each field the number of its values, and a list of them. */
let counts: usize = 0;
let lists: usize = 0;
let recordEnd: usize = 0;

/** Takes memory for the results. */
export function beginResults(): void {
  counts = allocate((<usize>fieldCount) << 2);
  lists = allocate((<usize>(fieldCount * MAX_VALUES)) << 2);
}

/** Position of the numbers of values of the last record, of 32 bits for each field. */
export function countsAt(): usize {
  return counts;
}

/** Position of the values of a field of the last record, as numbers of 32 bits in the table. */
export function listAt(field: u32): usize {
  return lists + ((<usize>(field * MAX_VALUES)) << 2);
}

/** Finds the values of a record, each once in a field; returns false if it refuses the record. */
export function findValues(start: usize, end: usize): bool {
  recordEnd = end;
  memory.fill(counts, 0, (<usize>fieldCount) << 2);
  if (!walk(skipBlanks(start), root)) return false;
  for (let field: u32 = 0; field < fieldCount; field++) {
    const count = counts + ((<usize>field) << 2);
    const length = load<u32>(count);
    if (length > 1) store<u32>(count, removeRepeated(listAt(field), length));
  }
  return true;
}

/** Reads a value at a node; returns the position after it. */
function walk(start: usize, node: PathNode): usize {
  const byte = byteAt(start);
  if (byte === BRACE_OPEN) return node.children.length ? walkObject(start + 1, node) : skip(start);
  if (byte === BRACKET_OPEN) return walkList(start + 1, node);
  if (!node.fields.length) return skip(start);
  if (byte === QUOTE) return readStrings(start + 1, node);
  const end = skipScalar(start);
  const isNull = byte === 0x6e;
  return isNull || addValue(start, end, SCALAR, node) ? end : 0;
}

/** Reads an array from the byte after its bracket. */
function walkList(start: usize, node: PathNode): usize {
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACKET_CLOSE) return pos + 1;
  while (true) {
    pos = walk(pos, node);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    if (byteAt(pos) !== COMMA) return pos + 1;
    pos = skipBlanks(pos + 1);
  }
}

/** Reads an object from the byte after its brace. */
function walkObject(start: usize, node: PathNode): usize {
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACE_CLOSE) return pos + 1;
  while (true) {
    const key = pos + 1;
    const keyEnd = stringEnd(key);
    const child = childOf(node, key, <u32>(keyEnd - key));
    pos = skipBlanks(skipBlanks(keyEnd + 1) + 1);
    if (!child) pos = skip(pos);
    else if (child.isWritten) return 0;
    else pos = walk(pos, child);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    if (byteAt(pos) !== COMMA) return pos + 1;
    pos = skipBlanks(pos + 1);
  }
}

/** Position after a value. */
function skip(start: usize): usize {
  const byte = byteAt(start);
  if (byte === QUOTE) return stringEnd(start + 1) + 1;
  if (byte === BRACE_OPEN || byte === BRACKET_OPEN) return findEnd(start + 1, recordEnd, 1, false);
  return skipScalar(start);
}

/** Whether the last string has an escape. */
let isEscaped: bool = false;

/** Position of the closing quote of a string; in a record that is damaged since its scan, it may be another byte. */
function stringEnd(start: usize): usize {
  let pos = start;
  isEscaped = false;
  while (true) {
    pos = plainEnd(pos);
    const byte = byteAt(pos);
    if (byte === QUOTE || byte < 0x20) return pos;
    if (byte === BACKSLASH) {
      isEscaped = true;
      pos += 2;
    }
    while (byteAt(pos) >= 0x80) pos++;
  }
}

/** Reads a string, or the parts of one, from the byte after its opening quote; returns the position after it. */
function readStrings(start: usize, node: PathNode): usize {
  const end = stringEnd(start);
  if (isEscaped) return addValue(start, end, node.isWhole ? WHOLE : ESCAPED, node) ? end + 1 : 0;
  let from = start;
  if (!node.isWhole)
    for (let pos = start; pos < end; pos++) {
      if (load<u16>(pos) !== SEPARATOR) continue;
      if (!addValue(from, pos, PLAIN, node)) return 0;
      from = pos + 2;
      pos++;
    }
  return addValue(from, end, PLAIN, node) ? end + 1 : 0;
}

/** Adds a value to the fields of a node; returns false if that cannot be done. */
function addValue(start: usize, end: usize, form: u32, node: PathNode): bool {
  if (start === end) return true;
  const number = numberOf(start, <u32>(end - start), form);
  if (number === NONE) return false;
  const fields = node.fields;
  for (let i: u32 = 0; i < fields.length; i++) {
    const field = fields.at(i);
    const count = counts + ((<usize>field) << 2);
    const length = load<u32>(count);
    if (length === MAX_VALUES) return false;
    store<u32>(listAt(field) + ((<usize>length) << 2), number);
    store<u32>(count, length + 1);
  }
  return true;
}
