/**
 * The engine: the hot loops of a build in WebAssembly, over bytes. A function returns undefined where the engine
 * refuses the records: the JavaScript encoder takes these. The bytes of a file are valid until the engine is called
 * again.
 */
import type { System } from '#format/system.ts';
import { callEngine, outputOf } from './engine-call.ts';
import { type EngineExports, SENTINEL } from './engine-module.ts';

/** Bytes of a record in JSON, from `start` to `end` of a buffer. */
export interface RecordPlace {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A record in JSON: valid, and with the fields that it is stored with. */
export interface EngineRecord {
  readonly json: RecordPlace;
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

/** Returns the bytes of a detail file for the records from `start` to `end`. */
export function packDetailsOf(
  records: readonly EngineRecord[],
  start: number,
  end: number,
): Uint8Array | undefined {
  return callEngine(engine => {
    const list = writeRecords(records, start, end, engine);
    if (list === undefined || !engine.packDetails(list, end - start)) return undefined;
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
  for (let i = 0; i < count; i++) {
    const system = systems[i]!;
    units += system.id.length + system.name.length + system.region.length;
  }
  if (UNIT_BYTES * units > MAX_BYTES) return undefined;
  reset();
  const texts = allocate(UNIT_BYTES * units);
  const lengths = allocate(12 * count);
  const numbers = allocate(8 * CHUNK_NUMBERS * count);
  const bytes = Buffer.from(memory.buffer);
  const sizes = new Uint32Array(memory.buffer, lengths, 3 * count);
  const values = new Float64Array(memory.buffer, numbers, CHUNK_NUMBERS * count);
  let at = texts;
  for (let i = 0; i < count; i++) {
    const system = systems[i]!;
    const name = at + write(bytes, at, system.id);
    const region = name + write(bytes, name, system.name);
    const end = region + write(bytes, region, system.region);
    sizes[3 * i] = name - at;
    sizes[3 * i + 1] = region - name;
    sizes[3 * i + 2] = end - region;
    values[i] = system.x;
    values[count + i] = system.y;
    values[2 * count + i] = system.z;
    values[3 * count + i] = system.derived;
    at = end;
  }
  engine.packChunk(texts, lengths, numbers, count);
  return outputOf(engine);
}

/** Writes a string; returns its number of bytes. */
function write(bytes: Buffer, at: number, text: string): number {
  return writeAscii(bytes, at, text) ? text.length : bytes.write(text, at);
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
  start: number,
  end: number,
  { memory, reset, allocate }: EngineExports,
): number | undefined {
  let size = 0;
  for (let i = start; i < end; i++) {
    const { json } = records[i]!;
    size += json.end - json.start + SENTINEL;
  }
  if (size > MAX_BYTES) return undefined;
  reset();
  const list = allocate(4 * RECORD_INTEGERS * (end - start));
  let at = allocate(size);
  const bytes = Buffer.from(memory.buffer);
  const view = new DataView(memory.buffer);
  const entries = new Uint32Array(memory.buffer, list, RECORD_INTEGERS * (end - start));
  let entry = 0;
  for (let i = start; i < end; i++) {
    const { json, derived } = records[i]!;
    const stop = at + json.source.copy(bytes, at, json.start, json.end);
    for (let zero = stop; zero < stop + SENTINEL; zero += 8) view.setFloat64(zero, 0);
    entries[entry++] = at;
    entries[entry++] = stop;
    entries[entry++] = derived;
    at = stop + SENTINEL;
  }
  return list;
}
