/** Columns of JSON values while records are read: the counterpart of client/format/columns/values.ts. */
import { create, Vector } from './arena';
import { NONE } from './json-reader';
import { TextPool } from './text-pool';

/** Tags of columns: the type of their values. */
export const NULL: u32 = 0;
export const FALSE: u32 = 1;
export const TRUE: u32 = 2;
export const NUMBER: u32 = 3;
export const TEXT: u32 = 4;
export const LIST: u32 = 5;
export const OBJECT: u32 = 6;
export const MIXED: u32 = 7;

/** The values of one key, of one array or of a column of a chunk. */
@unmanaged
export class Column {
  /** The tag of each value. */
  tags: Vector<u8>;
  isMixed: bool;
  first: u8;
  numbers: Vector<f64>;
  /** The string of each value that is one, by its number in the pool. */
  texts: Vector<u32>;
  pool: TextPool;
  /** Size of all strings as the format counts it: code points, and 1 for each string. */
  plainSize: u32;
  lengths: Vector<f64>;
  elements: Column | null;
  table: Table | null;
  /** The last object that had the key of this column, to find repeated keys. */
  lastObject: u32;

  add(tag: u32): void {
    if (!this.tags.length) this.first = <u8>tag;
    else if (this.first !== <u8>tag) this.isMixed = true;
    this.tags.push(<u8>tag);
  }

  addNumber(value: f64): void {
    this.add(NUMBER);
    this.numbers.push(value);
  }

  addText(at: usize, length: u32, points: u32): void {
    this.add(TEXT);
    this.texts.push(this.pool.intern(at, length, points));
    this.plainSize += points + 1;
  }
}

/** Objects: their shapes (the distinct arrays of keys), one shape for each object, and one column for each key. */
@unmanaged
export class Table {
  keys: TextPool;
  columns: Vector<Column>;
  /** Arrays of numbers of keys, as bytes. */
  shapes: TextPool;
  /** The shape of each object. */
  rows: Vector<f64>;
  /** The shape of the last object. */
  last: u32;
}

export function createColumn(): Column {
  const column = create<Column>();
  column.tags = create<Vector<u8>>();
  column.numbers = create<Vector<f64>>();
  column.texts = create<Vector<u32>>();
  column.lengths = create<Vector<f64>>();
  column.pool = create<TextPool>();
  return column;
}

export function createTable(): Table {
  const table = create<Table>();
  table.keys = create<TextPool>();
  table.columns = create<Vector<Column>>();
  table.shapes = create<TextPool>();
  table.rows = create<Vector<f64>>();
  table.last = NONE;
  return table;
}
