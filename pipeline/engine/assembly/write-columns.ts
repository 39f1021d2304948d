/** Writes columns as MessagePack: the counterpart of client/format/columns/. */
import { Column, LIST, MIXED, NULL, NUMBER, OBJECT, Table, TEXT } from './columns';
import { skipOutput, writeArrayHead, writeByte, writeBytesHead, writeText } from './message-pack';
import { writeNumbers } from './write-numbers';
import { writeTexts } from './write-texts';

/** Writes the shapes, the rows and the columns of a table: the elements of an array, whose head is written. */
export function writeTable(table: Table): void {
  const shapes = table.shapes;
  writeArrayHead(shapes.count);
  for (let i: u32 = 0; i < shapes.count; i++) {
    const shape = shapes.text(i);
    const end = shape.at + shape.length;
    writeArrayHead(shape.length >> 2);
    for (let at = shape.at; at < end; at += 4) {
      const key = table.keys.text(load<u32>(at));
      writeText(key.at, key.length);
    }
  }
  writeNumbers(table.rows);
  for (let i: u32 = 0; i < table.columns.length; i++) writeColumn(table.columns.at(i));
}

/** Number of elements that `writeTable` writes. */
export function tableLength(table: Table): u32 {
  return 2 + table.columns.length;
}

function writeColumn(column: Column): void {
  const tags = column.tags;
  if (!tags.length) writeUniform(column, NULL);
  else if (!column.isMixed) writeUniform(column, column.first);
  else {
    const hasTable = column.table !== null;
    const parts =
      u32(column.numbers.length > 0) +
      u32(column.texts.length > 0) +
      u32(column.lengths.length > 0) +
      u32(hasTable);
    writeArrayHead(2 + parts);
    writeByte(MIXED);
    writeBytesHead(tags.length);
    memory.copy(skipOutput(tags.length), tags.data, tags.length);
    if (column.numbers.length > 0) writeUniform(column, NUMBER);
    if (column.texts.length > 0) writeUniform(column, TEXT);
    if (column.lengths.length > 0) writeUniform(column, LIST);
    if (hasTable) writeUniform(column, OBJECT);
  }
}

/** Writes the values of one type. */
function writeUniform(column: Column, tag: u32): void {
  if (tag === NUMBER) {
    writeHead(2, tag);
    writeNumbers(column.numbers);
  } else if (tag === TEXT) {
    writeHead(2, tag);
    writeTexts(column);
  } else if (tag === LIST) {
    writeHead(3, tag);
    writeNumbers(column.lengths);
    writeColumn(column.elements!);
  } else if (tag === OBJECT) {
    const table = column.table!;
    writeHead(1 + tableLength(table), tag);
    writeTable(table);
  } else writeHead(1, tag);
}

function writeHead(length: u32, tag: u32): void {
  writeArrayHead(length);
  writeByte(tag);
}
