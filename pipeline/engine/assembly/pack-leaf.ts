/** Leaf pages of sorted tables: the counterpart of `packTableLeaf` in client/format/btree/page.ts, for every schema. */
import { allocate, create, Vector } from './arena';
import { Column, createColumn } from './columns';
import { byteAt, pointsIn } from './json-reader';
import {
  Description,
  FIELDS,
  FLAGS,
  hasFields,
  NUMBERS,
  nextColumn,
  REGIONS,
  regionAt,
  regionEnd,
  STEPS,
  VALUES,
} from './leaf-columns';
import { LeafEntries, readEntries, textEnd } from './leaf-entries';
import {
  beginOutput,
  skipOutput,
  writeArrayHead,
  writeByte,
  writeBytesHead,
  writeInteger,
  writeMapHead,
  writeName,
  writeText,
} from './message-pack';
import { writeFront } from './write-front';
import { writeIndexes, writeNumbers } from './write-numbers';
import { writeTexts } from './write-texts';

/**
 * Writes a leaf page of entries in order. Returns false if it refuses them: a key or a value has an escape, or a system
 * has fields.
 * @param start position of the first entry; 16 bytes follow the last one
 * @param keys number of strings of a key
 * @param stored the strings that a page has, as bits
 * @param columns descriptions of the columns beside the key
 */
export function packLeaf(
  start: usize,
  count: u32,
  keys: u32,
  stored: u32,
  columns: usize,
  columnCount: u32,
): bool {
  const entries = readEntries(start, count, keys);
  if (!entries) return false;
  let fields: u32 = 3;
  for (let i: u32 = 0, at = columns; i < columnCount; i++, at = nextColumn(at)) {
    const kind = changetype<Description>(at).kind;
    if (kind === FIELDS) {
      if (hasFields(entries)) return false;
    } else if (kind !== FLAGS || hasFlags(entries)) fields++;
  }
  beginOutput();
  writeMapHead(fields);
  writeName('level');
  writeByte(0);
  writeName('rows');
  writeInteger(count);
  writeName('key');
  writeArrayHead(popcnt(stored));
  for (let text: u32 = 0; text < keys; text++) if ((stored >> text) & 1) writeFront(entries, text);
  for (let i: u32 = 0, at = columns; i < columnCount; i++, at = nextColumn(at))
    if (!writeColumn(entries, changetype<Description>(at))) return false;
  return true;
}

/** Writes a column with its name; returns false if it refuses its values. */
function writeColumn(entries: LeafEntries, column: Description): bool {
  const kind = column.kind;
  if (kind === FIELDS || (kind === FLAGS && !hasFlags(entries))) return true;
  writeText(changetype<usize>(column) + offsetof<Description>(), column.nameLength);
  if (kind === VALUES) return writeValues(entries);
  if (kind === NUMBERS) writeNumbers(numbersAt(entries, column.offset));
  else if (kind === REGIONS) writeTexts(regionsOf(entries));
  else if (kind === FLAGS) writeFlags(entries);
  else if (kind === STEPS) writeSteps(entries);
  return true;
}

/** The numbers at an offset from the beginning of the rest, or, if it is negative, from the end. */
function numbersAt(entries: LeafEntries, offset: i32): Vector<f64> {
  const numbers = create<Vector<f64>>();
  numbers.length = entries.count;
  numbers.data = allocate((<usize>entries.count) << 3);
  for (let i: u32 = 0; i < entries.count; i++) {
    const base = offset < 0 ? entries.endAt(i) : entries.restAt(i);
    store<f64>(numbers.data + ((<usize>i) << 3), load<f64>(base + offset));
  }
  return numbers;
}

function regionsOf(entries: LeafEntries): Column {
  const regions = createColumn();
  for (let i: u32 = 0; i < entries.count; i++) {
    const at = regionAt(entries, i);
    const end = regionEnd(entries, i);
    regions.addText(at, <u32>(end - at), pointsIn(at, end));
  }
  return regions;
}

/** Writes the strings after the region, a column for each; returns false if one has an escape. */
function writeValues(entries: LeafEntries): bool {
  const columns = create<Vector<Column>>();
  const end = entries.endAt(0);
  for (let pos = regionEnd(entries, 0); pos < end; pos = textEnd(pos) + 1) columns.push(createColumn());
  for (let i: u32 = 0; i < entries.count; i++) {
    let pos = regionEnd(entries, i);
    for (let field: u32 = 0; field < columns.length; field++) {
      const stop = textEnd(pos);
      if (byteAt(stop) !== 0) return false;
      columns.at(field).addText(pos, <u32>(stop - pos), pointsIn(pos, stop));
      pos = stop + 1;
    }
  }
  writeArrayHead(columns.length);
  for (let field: u32 = 0; field < columns.length; field++) writeTexts(columns.at(field));
  return true;
}

/** Whether the number at the beginning of the rest is 1. */
function flagOf(entries: LeafEntries, entry: u32): bool {
  return load<f64>(entries.restAt(entry)) === 1;
}

function hasFlags(entries: LeafEntries): bool {
  for (let i: u32 = 0; i < entries.count; i++) if (flagOf(entries, i)) return true;
  return false;
}

function writeFlags(entries: LeafEntries): void {
  writeBytesHead(entries.count);
  const flags = skipOutput(entries.count);
  for (let i: u32 = 0; i < entries.count; i++) store<u8>(flags + i, u32(flagOf(entries, i)));
}

/** Writes the places of grams, which are the second strings of keys, as steps between those of one gram. */
function writeSteps(entries: LeafEntries): void {
  const steps = allocate((<usize>entries.count) << 2);
  let before: u32 = 0;
  for (let i: u32 = 0; i < entries.count; i++) {
    const place = hexOf(entries.textAt(i, 1), entries.textLength(i, 1));
    const isSame = i > 0 && isEqualText(entries, i - 1, i);
    store<u32>(steps + ((<usize>i) << 2), isSame ? place - before : place);
    before = place;
  }
  writeIndexes(steps, entries.count);
}

/** Whether two entries have the same first string. */
function isEqualText(entries: LeafEntries, a: u32, b: u32): bool {
  const length = entries.textLength(a, 0);
  return (
    length === entries.textLength(b, 0) &&
    memory.compare(entries.textAt(a, 0), entries.textAt(b, 0), length) === 0
  );
}

/** The value of hex digits in lower case. */
function hexOf(start: usize, length: u32): u32 {
  let value: u32 = 0;
  for (let pos = start; pos < start + length; pos++) {
    const byte = byteAt(pos);
    value = (value << 4) | (byte > 0x39 ? byte - 0x57 : byte - 0x30);
  }
  return value;
}
