/** Writes columns of strings in their smallest form: the counterpart of client/format/columns/strings.ts. */
import { allocate, create, Vector } from './arena';
import { Column } from './columns';
import { byteAt, pointsIn } from './json-reader';
import { writeArrayHead, writeByte, writeText } from './message-pack';
import { TextPool } from './text-pool';
import { writeIndexes } from './write-numbers';

/** Forms of columns of strings. */
const PLAIN: u32 = 0;
const DICTIONARY: u32 = 1;
const TOKEN_LISTS: u32 = 2;
/** The bytes of ", ". */
const SEPARATOR: u32 = 0x202c;

export function writeTexts(column: Column): void {
  const rows = column.texts;
  const pool = column.pool;
  const indexed = pool.size + rows.length * indexWidth(pool.count);
  if (hasLists(column) && writeTokenLists(column, indexed)) return;
  if (indexed < column.plainSize) {
    writeArrayHead(3);
    writeByte(DICTIONARY);
    writePool(pool);
    writeIndexes(rows.data, rows.length);
    return;
  }
  writeArrayHead(2);
  writeByte(PLAIN);
  writeArrayHead(rows.length);
  for (let i: u32 = 0; i < rows.length; i++) {
    const text = pool.text(rows.at(i));
    writeText(text.at, text.length);
  }
}

/** Bytes of an index into a dictionary, by its number of entries. */
function indexWidth(entries: u32): u32 {
  return entries <= 1 ? 0 : entries <= 0x100 ? 1 : entries <= 0x10000 ? 2 : 3;
}

function writePool(pool: TextPool): void {
  writeArrayHead(pool.count);
  for (let i: u32 = 0; i < pool.count; i++) {
    const text = pool.text(i);
    writeText(text.at, text.length);
  }
}

/** Whether more than half of the strings are lists. */
function hasLists(column: Column): bool {
  const pool = column.pool;
  const isList = allocate(pool.count);
  for (let i: u32 = 0; i < pool.count; i++) {
    const text = pool.text(i);
    const end = text.at + text.length;
    store<u8>(isList + i, u32(separatorFrom(text.at, end) < end));
  }
  let lists: u32 = 0;
  for (let i: u32 = 0; i < column.texts.length; i++) lists += byteAt(isList + column.texts.at(i));
  return lists * 2 > column.texts.length;
}

/** Position of the next separator of tokens, or the end. */
export function separatorFrom(start: usize, end: usize): usize {
  for (let pos = start; pos + 1 < end; pos++) if (load<u16>(pos) === SEPARATOR) return pos;
  return end;
}

/** Writes strings as lists of tokens where that is the smallest form; returns whether it is. */
function writeTokenLists(column: Column, indexed: u32): bool {
  const pool = column.pool;
  const rows = column.texts;
  const tokens = create<TextPool>();
  /** The tokens of all distinct strings, and where those of each begin. */
  const all = create<Vector<u32>>();
  const starts = create<Vector<u32>>();
  for (let i: u32 = 0; i < pool.count; i++) {
    starts.push(all.length);
    const text = pool.text(i);
    const end = text.at + text.length;
    for (let from = text.at; ; ) {
      const to = separatorFrom(from, end);
      all.push(tokens.intern(from, <u32>(to - from), pointsIn(from, to)));
      if (to === end) break;
      from = to + 2;
    }
  }
  starts.push(all.length);
  let used: u32 = 0;
  for (let i: u32 = 0; i < rows.length; i++) used += starts.at(rows.at(i) + 1) - starts.at(rows.at(i));
  const size = tokens.size + rows.length + used * indexWidth(tokens.count);
  if (size >= column.plainSize || size >= indexed) return false;
  writeArrayHead(4);
  writeByte(TOKEN_LISTS);
  writePool(tokens);
  const counts = create<Vector<u32>>();
  const indexes = create<Vector<u32>>();
  for (let i: u32 = 0; i < rows.length; i++) {
    const end = starts.at(rows.at(i) + 1);
    counts.push(end - starts.at(rows.at(i)));
    for (let at = starts.at(rows.at(i)); at < end; at++) indexes.push(all.at(at));
  }
  writeIndexes(counts.data, counts.length);
  writeIndexes(indexes.data, indexes.length);
  return true;
}
