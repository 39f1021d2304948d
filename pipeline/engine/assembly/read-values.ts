/** Reads JSON values to columns. Values are known to be valid JSON; a position of 0 means that one is refused. */
import { create, equalBytes, Vector } from './arena';
import { Column, createColumn, createTable, FALSE, LIST, NULL, OBJECT, Table, TRUE } from './columns';
import { coreField, isCoreColumn } from './core-field';
import { number, readNumber } from './json-number';
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  byteAt,
  COLON,
  COMMA,
  isIndex,
  NONE,
  QUOTE,
  readText,
  skipBlanks,
  skipScalar,
  textAt,
  textLength,
  textPoints,
} from './json-reader';

/** Maximum nesting, as in client/format/json.ts. */
export const MAX_DEPTH: u32 = 256;

/** Keys of the objects that are being read, of the outermost first. */
let openKeys: Vector<u32> = changetype<Vector<u32>>(0);
/** Number of objects so far. */
let objects: u32 = 0;
/** Bits of `System.derived` of the record that is being read. */
let derivedFields: u32 = 0;

/** Prepares for reading, after memory was freed. */
export function beginReading(): void {
  openKeys = create<Vector<u32>>();
  objects = 0;
}

function readValue(start: usize, column: Column, depth: u32): usize {
  const byte = byteAt(start);
  if (byte === QUOTE) {
    const end = readText(start + 1);
    if (end) column.addText(textAt, textLength, textPoints);
    return end;
  }
  if (byte === BRACE_OPEN) {
    column.add(OBJECT);
    let table = column.table;
    if (!table) column.table = table = createTable();
    return readObject(start + 1, table, depth + 1);
  }
  if (byte === BRACKET_OPEN) return readList(start + 1, column, depth + 1);
  if (byte === 0x6e) {
    column.add(NULL);
    return load<u32>(start) === 0x6c6c756e ? start + 4 : 0;
  }
  if (byte === 0x74) {
    column.add(TRUE);
    return load<u32>(start) === 0x65757274 ? start + 4 : 0;
  }
  if (byte === 0x66) {
    column.add(FALSE);
    return load<u32>(start + 1) === 0x65736c61 ? start + 5 : 0;
  }
  const end = readNumber(start);
  if (end) column.addNumber(number);
  return end;
}

/** Reads an array from the byte after its bracket. */
function readList(start: usize, column: Column, depth: u32): usize {
  if (depth > MAX_DEPTH) return 0;
  column.add(LIST);
  let elements = column.elements;
  if (!elements) column.elements = elements = createColumn();
  let length: u32 = 0;
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACKET_CLOSE) pos++;
  else
    for (;;) {
      pos = readValue(pos, elements, depth);
      if (!pos) return 0;
      length++;
      pos = skipBlanks(pos);
      const byte = byteAt(pos++);
      if (byte === BRACKET_CLOSE) break;
      if (byte !== COMMA) return 0;
      pos = skipBlanks(pos);
    }
  column.lengths.push(length);
  return pos;
}

/** Reads the fields of a record that belong to its details. A record may have white space around it. */
export function readRecord(start: usize, table: Table, derived: u32): usize {
  derivedFields = derived;
  const pos = skipBlanks(start);
  const end = byteAt(pos) === BRACE_OPEN ? readObject(pos + 1, table, 1) : 0;
  return end ? skipBlanks(end) : 0;
}

/** Reads an object from the byte after its brace. An object at depth 1 is a record, whose core fields are skipped. */
function readObject(start: usize, table: Table, depth: u32): usize {
  if (depth > MAX_DEPTH) return 0;
  const object = ++objects;
  const firstKey = openKeys.length;
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACE_CLOSE) pos++;
  else
    for (;;) {
      pos = readKey(pos);
      if (!pos) return 0;
      if (depth === 1 && isCoreColumn(coreField(textAt, textLength), derivedFields)) pos = skipScalar(pos);
      else pos = readMember(pos, table, keyIn(table, openKeys.length - firstKey), object, depth);
      if (!pos) return 0;
      pos = skipBlanks(pos);
      const byte = byteAt(pos++);
      if (byte === BRACE_CLOSE) break;
      if (byte !== COMMA) return 0;
      pos = skipBlanks(pos);
    }
  endObject(table, firstKey);
  return pos;
}

/** Reads a key and the colon after it; returns the position of the value. */
export function readKey(start: usize): usize {
  if (byteAt(start) !== QUOTE) return 0;
  const end = readText(start + 1);
  if (!end || isIndex(textAt, textLength)) return 0;
  const colon = skipBlanks(end);
  return byteAt(colon) === COLON ? skipBlanks(colon + 1) : 0;
}

/** The number of the key that was read, which is number `place` in its object. */
function keyIn(table: Table, place: u32): u32 {
  if (table.last !== NONE) {
    // Most objects have the keys of the one before.
    const shape = table.shapes.text(table.last);
    if (place < shape.length >> 2) {
      const key = load<u32>(shape.at + ((<usize>place) << 2));
      const known = table.keys.text(key);
      if (known.length === textLength && equalBytes(known.at, textAt, textLength)) return key;
    }
  }
  const key = table.keys.intern(textAt, textLength, textPoints);
  if (key === table.columns.length) table.columns.push(createColumn());
  return key;
}

/** Reads the value of a key; refuses a key that occurs twice. */
function readMember(start: usize, table: Table, key: u32, object: u32, depth: u32): usize {
  const column = table.columns.at(key);
  if (column.lastObject === object) return 0;
  column.lastObject = object;
  openKeys.push(key);
  return readValue(start, column, depth);
}

/** Adds the shape of an object whose keys begin at an index of the open keys. */
function endObject(table: Table, firstKey: u32): void {
  const keys = openKeys.data + ((<usize>firstKey) << 2);
  const bytes = (openKeys.length - firstKey) << 2;
  openKeys.length = firstKey;
  if (table.last === NONE || !isShape(table, keys, bytes)) table.last = table.shapes.internCopy(keys, bytes);
  table.rows.push(table.last);
}

function isShape(table: Table, keys: usize, bytes: u32): bool {
  const shape = table.shapes.text(table.last);
  return shape.length === bytes && equalBytes(shape.at, keys, bytes);
}
