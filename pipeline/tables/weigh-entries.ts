/** Weighs entries of key runs as `weigh` weighs their rows, but from bytes: a table makes strings of each entry once. */
import { hashKey, type TableKey } from '#format/btree/keys.ts';
import { REGION, SHARED_KEY } from '#format/btree/listing-schemas.ts';
import { keyWeight, type TableSchema, type Weighed } from '#format/btree/page.ts';
import { NUMBER_WEIGHT } from '#format/btree/system-columns.ts';
import { weightOf } from '#format/columns/values.ts';
import { hashBytes } from '#format/utf8.ts';
import { endAt, groupEnd, HEADER, keyEndAt } from '#pipeline/spill/entries.ts';
import { END, keyPoints, readKey } from '#pipeline/spill/key-bytes.ts';
import { fieldsAt, regionEndAt, regionStartAt } from './system-rows.ts';

/** Returns the weight of the row of an entry, and the hash of its key. */
export type WeighEntry = (buffer: Buffer, start: number) => Weighed;

/** Entries of a table whose rows all have the same weight beside their keys. */
export function weighKeys<R>(schema: TableSchema<R>): WeighEntry {
  const weight = schema.weight(undefined as never);
  return (buffer, start) => weighEntry(buffer, start, start + HEADER, weight);
}

/** An entry of `names`. */
export function weighName(buffer: Buffer, start: number): Weighed {
  return weighEntry(buffer, start, start + HEADER, positionAndFields(buffer, start) + region(buffer, start));
}

/** An entry of `listed` as a row of the schema of one value. */
export function weighShard(buffer: Buffer, start: number): Weighed {
  return weighEntry(buffer, start, groupEnd(buffer, start), listed(buffer, start));
}

/** An entry of `listed` as a row of the schema `MEMBERS`. */
export function weighMember(buffer: Buffer, start: number): Weighed {
  const valueStart = buffer.indexOf(END, start + HEADER) + 1;
  const nameStart = groupEnd(buffer, start);
  const { hash } = weighEntry(buffer, start, start + HEADER, 0);
  const { weight } = weighEntry(buffer, start, nameStart, listed(buffer, start));
  // A value has no more code points than bytes.
  if (nameStart - 1 - valueStart <= SHARED_KEY) return { hash, weight };
  const [value] = readKey(buffer, valueStart, nameStart) as [string];
  return { hash, weight: weight + Math.max(0, keyWeight([value]) - 1 - SHARED_KEY) };
}

/** An entry of `word-rows`. */
export function weighWord(buffer: Buffer, start: number): Weighed {
  return weighEntry(buffer, start, start + HEADER, 3 * NUMBER_WEIGHT + region(buffer, start));
}

/** An entry of `value-rows`. */
export function weighValue(buffer: Buffer, start: number): Weighed {
  return weighEntry(buffer, start, start + HEADER, 5 * NUMBER_WEIGHT + region(buffer, start));
}

/** An entry of `results`. */
export function weighResult(buffer: Buffer, start: number): Weighed {
  const weight = (3 + valuesAfter(buffer, start)) * NUMBER_WEIGHT + region(buffer, start);
  return weighEntry(buffer, start, start + HEADER, weight);
}

/**
 * @param keyStart offset of the first string of the key that counts
 * @param rest weight of the row beside its key
 */
function weighEntry(buffer: Buffer, start: number, keyStart: number, rest: number): Weighed {
  const keyEnd = keyEndAt(buffer, start);
  const points = keyPoints(buffer, keyStart, keyEnd);
  if (points !== undefined)
    return { hash: hashBytes(buffer, keyStart, keyEnd - 1, 0), weight: points + rest };
  const key: TableKey = readKey(buffer, keyStart, keyEnd);
  return { hash: hashKey(key, 0), weight: keyWeight(key) + rest };
}

const REGION_BYTES = Buffer.from(`${REGION}\0`);

/** Weight of a listed system beside its key: all systems of a page of a region have the same region. */
function listed(buffer: Buffer, start: number): number {
  const from = start + HEADER;
  const isRegion =
    buffer.compare(REGION_BYTES, 0, REGION_BYTES.length, from, from + REGION_BYTES.length) === 0;
  return positionAndFields(buffer, start) + (isRegion ? 0 : region(buffer, start));
}

function positionAndFields(buffer: Buffer, start: number): number {
  const fields = fieldsAt(buffer, start);
  return 3 * NUMBER_WEIGHT + (fields === undefined ? 0 : weightOf(fields));
}

/** Code points of the region, and one. */
function region(buffer: Buffer, start: number): number {
  const end = regionEndAt(buffer, start);
  let points = 1;
  for (let at = regionStartAt(buffer, start); at < end; at++) if ((buffer[at]! & 0xc0) !== 0x80) points++;
  return points;
}

/** Number of values of a result. */
function valuesAfter(buffer: Buffer, start: number): number {
  let values = 0;
  for (const texts of readKey(buffer, regionEndAt(buffer, start), endAt(buffer, start)))
    if (texts !== '') values += texts.split(', ').length;
  return values;
}
