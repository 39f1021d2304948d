/**
 * Rows of systems as entries of key runs: the key has the strings of the table, then name and id; the
 * rest is mark, x, y, z, the length of the region, the region, and further fields in JSON, if any. A system is encoded
 * once, and its bytes are copied for each of its rows.
 */
import type { ResultEntry, ValueEntry } from '#format/btree/search-schemas.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { parseJson } from '#format/record/parse-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { type Entries, endAt, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace, writeKeyText } from '#pipeline/spill/key-bytes.ts';

/** Offsets in the rest: x, y, z after the mark; length of the region; region. */
const POSITION = 8;
const REGION_LENGTH = 32;
const REGION = 36;

export class SystemEncoder {
  /** Name and id, each as a string of a key. */
  #key = Buffer.allocUnsafe(256);
  #keyLength = 0;
  #rest = Buffer.allocUnsafe(256);
  #restLength = 0;

  /** Encodes the system that `add` adds. */
  set({ id, name, region, x, y, z, fields }: SystemRow): void {
    this.#key = atLeast(this.#key, keySpace(name) + keySpace(id));
    this.#keyLength = writeKeyText(this.#key, writeKeyText(this.#key, 0, name), id);
    const json = fields === undefined ? '' : jsonText(fields);
    this.#rest = atLeast(this.#rest, REGION + 3 * (region.length + json.length));
    const rest = this.#rest;
    rest.writeDoubleLE(x, POSITION);
    rest.writeDoubleLE(y, POSITION + 8);
    rest.writeDoubleLE(z, POSITION + 16);
    const length = rest.write(region, REGION);
    rest.writeUInt32LE(length, REGION_LENGTH);
    this.#restLength = REGION + length + rest.write(json, REGION + length);
  }

  /** Adds a row of the system, whose key begins with `texts`. */
  add(entries: Entries, mark: number, ...texts: readonly string[]): void {
    let space = this.#keyLength + this.#restLength;
    for (const text of texts) space += keySpace(text);
    entries.begin(space);
    for (const text of texts) entries.keyText(text);
    entries.raw(this.#key, 0, this.#keyLength).endKey();
    this.#rest.writeDoubleLE(mark, 0);
    entries.raw(this.#rest, 0, this.#restLength).end();
  }
}

/** Copies a row of a system whose key has only name and id, with further strings before these. */
export function copySystem(
  entries: Entries,
  arena: Buffer,
  start: number,
  ...texts: readonly string[]
): void {
  const [keyEnd, end] = [keyEndAt(arena, start), endAt(arena, start)];
  entries.begin(texts.reduce((sum, text) => sum + keySpace(text), end - start));
  for (const text of texts) entries.keyText(text);
  entries.raw(arena, start + HEADER, keyEnd).endKey();
  entries.raw(arena, keyEnd, end).end();
}

function atLeast(buffer: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  return buffer.length >= bytes ? buffer : Buffer.allocUnsafe(2 * bytes);
}

function markAt(buffer: Buffer, start: number): number {
  return buffer.readDoubleLE(keyEndAt(buffer, start));
}

/**
 * The system of a row.
 * @param name name and id are the last two strings of the key
 */
export function systemAt(buffer: Buffer, start: number, end: number, name: string, id: string): SystemRow {
  const at = keyEndAt(buffer, start);
  const regionEnd = at + REGION + buffer.readUInt32LE(at + REGION_LENGTH);
  return {
    id,
    name,
    x: buffer.readDoubleLE(at + POSITION),
    y: buffer.readDoubleLE(at + POSITION + 8),
    z: buffer.readDoubleLE(at + POSITION + 16),
    region: buffer.toString('utf8', at + REGION, regionEnd),
    ...(regionEnd < end && { fields: parseJson(buffer.toString('utf8', regionEnd, end)) as JsonObject }),
  };
}

/** The row of the table `results` of an entry whose key has the bucket, name and id. */
export function resultRowAt(buffer: Buffer, start: number): ResultEntry {
  const [, name, id] = keyAt(buffer, start) as [string, string, string];
  const { fields, ...system } = systemAt(buffer, start, endAt(buffer, start), name, id);
  return { ...system, values: fields!['values'] as string[] };
}

/** The row of the table `values` of an entry; its mark is the field. */
export function valueRowAt(buffer: Buffer, start: number): ValueEntry {
  const { fields, ...row } = searchedValueAt(buffer, start);
  return { ...row, systems: fields!['systems'] as number };
}

/** A searched value and a system that has it: an entry of the run `values`, without the number of systems. */
export type SearchedValue = Omit<ValueEntry, 'systems'>;

/** Returns the value and the system of an entry. */
export function searchedValueAt(buffer: Buffer, start: number): SearchedValue {
  const [, value, name, id] = keyAt(buffer, start) as [string, string, string, string];
  return { ...systemAt(buffer, start, endAt(buffer, start), name, id), value, field: markAt(buffer, start) };
}
