/** Detail files from the JSON of records: the counterpart of client/format/octree/details.ts. */
import { createTable } from './columns';
import { beginOutput, writeArrayHead, writeInteger, writeMapHead, writeName } from './message-pack';
import { beginReading, readRecord } from './read-values';
import { tableLength, writeTable } from './write-columns';

/** Bytes of an entry of the list of records: position and length. */
const ENTRY: usize = 8;

/** Writes the content of a detail file for records; returns whether it could. */
export function packDetails(records: usize, count: u32): bool {
  const table = createTable();
  beginReading();
  for (let i: u32 = 0; i < count; i++) {
    const entry = records + <usize>i * ENTRY;
    const start = <usize>load<u32>(entry);
    if (readRecord(start, table) !== start + load<u32>(entry, 4)) return false;
  }
  beginOutput();
  writeMapHead(2);
  writeName('rows');
  writeInteger(count);
  writeName('fields');
  writeArrayHead(tableLength(table));
  writeTable(table);
  return true;
}
