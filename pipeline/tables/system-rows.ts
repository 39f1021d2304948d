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
import { keySpace, readKey, writeKeyText, writeText } from '#pipeline/spill/key-bytes.ts';

/** Offsets in the rest: x, y, z after the mark; length of the region; region. */
const POSITION = 8;
const REGION_LENGTH = 32;
const REGION = 36;

export class SystemEncoder {
  /** Name and id, each as a string of a key; then the rest. */
  #bytes = Buffer.alloc(0);
  /** Of the bytes; it writes numbers faster. */
  #view = new DataView(this.#bytes.buffer);
  #keyEnd = 0;
  #regionEnd = 0;
  #end = 0;

  /** Encodes the system whose rows are added. */
  set({ id, name, region, x, y, z, fields }: SystemRow): void {
    const json = fields === undefined ? '' : jsonText(fields);
    this.#reserve(keySpace(name) + keySpace(id) + REGION + 3 * (region.length + json.length), 0);
    const at = writeKeyText(this.#bytes, writeKeyText(this.#bytes, 0, name), id);
    this.#view.setFloat64(at + POSITION, x, true);
    this.#view.setFloat64(at + POSITION + 8, y, true);
    this.#view.setFloat64(at + POSITION + 16, z, true);
    const length = writeText(this.#bytes, at + REGION, region);
    this.#view.setUint32(at + REGION_LENGTH, length, true);
    this.#keyEnd = at;
    this.#regionEnd = at + REGION + length;
    this.#end = this.#regionEnd + (json === '' ? 0 : this.#bytes.write(json, this.#regionEnd));
  }

  /** Encodes strings after the region of the system, instead of its fields. */
  setTexts(texts: readonly string[]): void {
    let space = this.#regionEnd;
    for (let i = 0; i < texts.length; i++) space += keySpace(texts[i]!);
    this.#reserve(space, this.#regionEnd);
    let end = this.#regionEnd;
    for (let i = 0; i < texts.length; i++) end = writeKeyText(this.#bytes, end, texts[i]!);
    this.#end = end;
  }

  /** Begins a row of the system: its key may begin with strings of at most `space` bytes, then comes `end`. */
  begin(entries: Entries, space = 0): Entries {
    return entries.begin(space + this.#end);
  }

  /** Ends a row of the system. */
  end(entries: Entries, mark: number): void {
    this.#view.setFloat64(this.#keyEnd, mark, true);
    entries.endWith(this.#bytes, 0, this.#keyEnd, this.#end);
  }

  #reserve(bytes: number, used: number): void {
    if (bytes <= this.#bytes.length) return;
    const more = Buffer.allocUnsafeSlow(2 * bytes);
    this.#bytes.copy(more, 0, 0, used);
    this.#bytes = more;
    this.#view = new DataView(more.buffer);
  }
}

/** Copies a row of a system whose key has only name and id, with two further strings before these. */
export function copySystem(entries: Entries, arena: Buffer, start: number, field: string, key: string): void {
  const [from, keyEnd, end] = [start + HEADER, keyEndAt(arena, start), endAt(arena, start)];
  entries.begin(keySpace(field) + keySpace(key) + end - from);
  entries.keyText(field).keyText(key).endWith(arena, from, keyEnd, end);
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
