/**
 * The engine: the hot loops of a build in WebAssembly, over bytes. A function
 * returns undefined where the engine refuses the records: the JavaScript encoder takes these.
 */
import { type EngineExports, newEngine } from './engine-module.ts';

/** Position and length of a record. */
const ENTRY = 8;
/** Zeros after a record, which end every token. */
const SENTINEL = 16;
/** Total size of records that a call takes: beyond it, files could have more values than the format allows. */
const MAX_BYTES = 8 * 1024 * 1024;

let loaded: EngineExports | undefined;

/** The engine of this thread. */
function engine(): EngineExports {
  loaded ??= newEngine();
  return loaded;
}

/** Returns the bytes of a detail file for records in JSON, each valid and with the fields that it is stored with. */
export function packDetailsOf(records: readonly Uint8Array[]): Uint8Array | undefined {
  const { memory, packDetails, outputAt, outputLength } = engine();
  const entries = writeRecords(records);
  if (entries === undefined || !packDetails(entries, records.length)) return undefined;
  return new Uint8Array(memory.buffer, outputAt(), outputLength()).slice();
}

/** Writes records to the memory of the engine; returns the position of the list of them. */
function writeRecords(records: readonly Uint8Array[]): number | undefined {
  const { memory, reset, allocate } = engine();
  let size = 0;
  for (const { length } of records) size += length + SENTINEL;
  if (size > MAX_BYTES) return undefined;
  reset();
  const entries = allocate(ENTRY * records.length);
  let at = allocate(size);
  const bytes = new Uint8Array(memory.buffer);
  const list = new Uint32Array(memory.buffer, entries, 2 * records.length);
  records.forEach((record, i) => {
    bytes.set(record, at);
    list.set([at, record.length], 2 * i);
    const end = at + record.length;
    at = end + SENTINEL;
    bytes.fill(0, end, at);
  });
  return entries;
}
