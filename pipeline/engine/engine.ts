/**
 * The engine: the hot loops of a build in WebAssembly, over bytes. A function returns undefined where the engine
 * refuses the records: the JavaScript encoder takes these.
 */
import type { System } from '#format/system.ts';
import { callEngine, outputOf } from './engine-call.ts';
import { type EngineExports, SENTINEL } from './engine-module.ts';

/** A record in JSON: valid, and with the fields that it is stored with. */
export interface EngineRecord {
  readonly json: { readonly source: Buffer; readonly start: number; readonly end: number };
  /** Bits of `System.derived`. */
  readonly derived: number;
}

/** 32-bit integers in the list of records: start, end and derived fields of each. */
const RECORD_INTEGERS = 3;
/** Bytes of records that a call takes: beyond it, files could have more values than the format allows. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Numbers of a system in a chunk: x, y, z and derived fields. */
const CHUNK_NUMBERS = 4;
/** Maximum number of bytes of a UTF-16 unit in UTF-8. */
const UNIT_BYTES = 3;
/** Longer strings are written by `Buffer.write`, whose call costs as much as this number of characters. */
const SHORT = 24;

/** Returns the bytes of a detail file for records. */
export function packDetailsOf(records: readonly EngineRecord[]): Uint8Array | undefined {
  return callEngine(engine => {
    const list = writeRecords(records, engine);
    if (list === undefined || !engine.packDetails(list, records.length)) return undefined;
    return outputOf(engine);
  });
}

/** Returns the bytes of a chunk file without summary fields for systems. */
export function packChunkOf(systems: readonly System[]): Uint8Array | undefined {
  return callEngine(engine => packChunk(systems, engine));
}

function packChunk(systems: readonly System[], engine: EngineExports): Uint8Array | undefined {
  const { memory, reset, allocate } = engine;
  const count = systems.length;
  let units = 0;
  for (const { id, name, region } of systems) units += id.length + name.length + region.length;
  if (UNIT_BYTES * units > MAX_BYTES) return undefined;
  reset();
  const texts = allocate(UNIT_BYTES * units);
  const lengths = allocate(12 * count);
  const numbers = allocate(8 * CHUNK_NUMBERS * count);
  const bytes = Buffer.from(memory.buffer);
  const sizes = new Uint32Array(memory.buffer, lengths, 3 * count);
  const values = new Float64Array(memory.buffer, numbers, CHUNK_NUMBERS * count);
  let at = texts;
  const write = (text: string, index: number) => {
    const length = writeAscii(bytes, at, text) ? text.length : bytes.write(text, at);
    sizes[index] = length;
    at += length;
  };
  systems.forEach(({ id, name, region, x, y, z, derived }, i) => {
    write(id, 3 * i);
    write(name, 3 * i + 1);
    write(region, 3 * i + 2);
    values[i] = x;
    values[count + i] = y;
    values[2 * count + i] = z;
    values[3 * count + i] = derived;
  });
  engine.packChunk(texts, lengths, numbers, count);
  return outputOf(engine);
}

/** Writes a short ASCII string, faster than `write` does; returns false for any other. */
function writeAscii(bytes: Buffer, at: number, text: string): boolean {
  const { length } = text;
  if (length > SHORT) return false;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    bytes[at + i] = unit;
  }
  return true;
}

/** Writes records to the memory of the engine; returns the position of the list of them. */
function writeRecords(
  records: readonly EngineRecord[],
  { memory, reset, allocate }: EngineExports,
): number | undefined {
  let size = 0;
  for (const { json } of records) size += json.end - json.start + SENTINEL;
  if (size > MAX_BYTES) return undefined;
  reset();
  const list = allocate(4 * RECORD_INTEGERS * records.length);
  let at = allocate(size);
  const bytes = Buffer.from(memory.buffer);
  const view = new DataView(memory.buffer);
  const entries = new Uint32Array(memory.buffer, list, RECORD_INTEGERS * records.length);
  records.forEach(({ json, derived }, i) => {
    const end = at + json.source.copy(bytes, at, json.start, json.end);
    for (let zero = end; zero < end + SENTINEL; zero += 8) view.setFloat64(zero, 0);
    entries[RECORD_INTEGERS * i] = at;
    entries[RECORD_INTEGERS * i + 1] = end;
    entries[RECORD_INTEGERS * i + 2] = derived;
    at = end + SENTINEL;
  });
  return list;
}
