/** Detail files from the JSON of records: the counterpart of client/format/octree/details.ts. */
import { createTable } from './columns';
import { beginOutput, writeArrayHead, writeInteger, writeMapHead, writeName } from './message-pack';
import { beginReading, readRecord } from './read-values';
import { DERIVED_FIELDS, END, RECORD_BYTES, START } from './record-list';
import { tableLength, writeTable } from './write-columns';

/** Writes the content of a detail file for records; returns whether it could. */
export function packDetails(records: usize, count: u32): bool {
  const table = createTable();
  beginReading();
  for (let i: u32 = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const start = <usize>load<u32>(record, START);
    const end = <usize>load<u32>(record, END);
    if (readRecord(start, table, load<u32>(record, DERIVED_FIELDS)) !== end) return false;
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
