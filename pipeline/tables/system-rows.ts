/**
 * Rows of systems as entries of key runs: the key has the strings of the table, then name and id; the rest is mark, x,
 * y, z, the length of the region, the region, and what else the table has of a system: summary fields in JSON, strings as
 * in a key, or a number. A system is encoded once, and its bytes are copied for each of its rows.
 */
import type { ResultEntry, ValueEntry } from '#format/btree/search-schemas.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { parseJson } from '#format/record/parse-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { type Entries, endAt, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace, readKey, writeKeyText } from '#pipeline/spill/key-bytes.ts';

/** Offsets in the rest: x, y, z after the mark; length of the region; region. */
const POSITION = 8;
const REGION_LENGTH = 32;
const REGION = 36;

export class SystemEncoder {
  /** Name and id, each as a string of a key. */
  #key = Buffer.allocUnsafe(256);
  #keyLength = 0;
  #rest = Buffer.allocUnsafe(256);
  #regionEnd = 0;
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
    this.#regionEnd = REGION + length;
    this.#restLength = this.#regionEnd + (json === '' ? 0 : rest.write(json, this.#regionEnd));
  }

  /** Encodes strings after the region of the system, instead of its fields. */
  setTexts(texts: readonly string[]): void {
    const space = texts.reduce((sum, text) => sum + keySpace(text), this.#regionEnd);
    if (space > this.#rest.length) {
      const rest = Buffer.allocUnsafe(2 * space);
      this.#rest.copy(rest);
      this.#rest = rest;
    }
    this.#restLength = this.#regionEnd;
    for (const text of texts) this.#restLength = writeKeyText(this.#rest, this.#restLength, text);
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

/** Offset of the region of a row. */
export function regionStartAt(buffer: Buffer, start: number): number {
  return keyEndAt(buffer, start) + REGION;
}

/** Offset after the region of a row. */
export function regionEndAt(buffer: Buffer, start: number): number {
  const at = keyEndAt(buffer, start);
  return at + REGION + buffer.readUInt32LE(at + REGION_LENGTH);
}

/** The system of a row whose key ends with name and id, without further fields. */
export function coreAt(buffer: Buffer, start: number, key: readonly string[]): SystemRow {
  const at = keyEndAt(buffer, start);
  return {
    id: key.at(-1)!,
    name: key.at(-2)!,
    x: buffer.readDoubleLE(at + POSITION),
    y: buffer.readDoubleLE(at + POSITION + 8),
    z: buffer.readDoubleLE(at + POSITION + 16),
    region: buffer.toString('utf8', at + REGION, regionEndAt(buffer, start)),
  };
}

/** The summary fields of a row; undefined if it has none. */
export function fieldsAt(buffer: Buffer, start: number): JsonObject | undefined {
  const [at, end] = [regionEndAt(buffer, start), endAt(buffer, start)];
  return at < end ? (parseJson(buffer.toString('utf8', at, end)) as JsonObject) : undefined;
}

/** The system of a row with its summary fields. */
export function systemAt(buffer: Buffer, start: number, key: readonly string[]): SystemRow {
  const fields = fieldsAt(buffer, start);
  const system = coreAt(buffer, start, key);
  return fields === undefined ? system : { ...system, fields };
}

/** The row of the table `results` of an entry whose key has the bucket, name and id. */
export function resultRowAt(buffer: Buffer, start: number): ResultEntry {
  const values = readKey(buffer, regionEndAt(buffer, start), endAt(buffer, start));
  return { ...coreAt(buffer, start, keyAt(buffer, start)), values };
}

/** The row of the table `values` of an entry, which ends with the number of systems. */
export function valueRowAt(buffer: Buffer, start: number): ValueEntry {
  const systems = buffer.readDoubleLE(regionEndAt(buffer, start));
  return { ...searchedValueAt(buffer, start), systems };
}

/** A searched value and a system that has it: an entry of the run `values`, without the number of systems. */
export type SearchedValue = Omit<ValueEntry, 'systems'>;

/** Returns the value and the system of an entry; its mark is the field. */
export function searchedValueAt(buffer: Buffer, start: number): SearchedValue {
  const key = keyAt(buffer, start);
  const field = buffer.readDoubleLE(keyEndAt(buffer, start));
  return { ...coreAt(buffer, start, key), value: key[1]!, field };
}
