/**
 * Id runs: a claim of each accepted record to its id. The key is the id and the ordinal of the record, so that claims to
 * one id come in the order of the input; the rest is a hash of the record's bytes, and numbers.
 */
import { hash } from 'node:crypto';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import { hashBytes, hashText } from '#format/utf8.ts';
import type { ScannedRecords } from '#pipeline/engine/record-scanner.ts';
import type { RawRecord } from '#pipeline/source/source-types.ts';
import { type Entries, HEADER, keyEndAt } from '#pipeline/spill/entries.ts';
import { keyPoints, keySpace, readKey } from '#pipeline/spill/key-bytes.ts';
import type { IdClaim } from './duplicates.ts';

export interface Claim extends IdClaim {
  /** The ordinal: the split of the record, and its number among the accepted records of the split. */
  readonly split: number;
  readonly position: number;
  /** Number of its bucket in the split, number of its record run, and offset of the record in its bucket of that run. */
  readonly bucket: number;
  readonly run: number;
  readonly at: number;
  /** Location of the record; the line is relative to the split. */
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Bytes of the ordinal at the end of the key: split and position, big-endian. */
const SPLIT_BYTES = 4;
const POSITION_BYTES = 6;
const ORDINAL_BYTES = SPLIT_BYTES + POSITION_BYTES;
/** Bytes of a SHA-256 of the record, which is compared only among systems with the same id. */
const HASH_BYTES = 12;
const NUMBERS = 11;
/** Bytes of a claim after its id. */
const REST_BYTES = ORDINAL_BYTES + HASH_BYTES + 8 * NUMBERS;

type Ordinal = Pick<Claim, 'split' | 'position'>;
type Point = Pick<Claim, 'x' | 'y' | 'z'>;

/** Adds the claim of a system; `placeClaim` completes it. */
export function addClaim(
  entries: Entries,
  ordinal: Ordinal,
  system: System,
  origin: IdOrigin,
  raw: RawRecord,
): void {
  entries.begin(keySpace(system.id) + REST_BYTES).keyText(system.id);
  endClaim(entries, ordinal, raw, system, origin);
}

/** Adds the claim of a scanned record; `placeClaim` completes it. */
export function addScannedClaim(
  entries: Entries,
  ordinal: Ordinal,
  scanned: ScannedRecords,
  i: number,
  raw: RawRecord,
): void {
  const [start, end] = [scanned.idStart(i), scanned.idEnd(i)];
  const point = { x: scanned.x(i), y: scanned.y(i), z: scanned.z(i) };
  entries.begin(end - start + 1 + REST_BYTES).keyBytes(raw.bytes, start, end);
  endClaim(entries, ordinal, raw, point, 'own');
}

function endClaim(
  entries: Entries,
  { split, position }: Ordinal,
  raw: RawRecord,
  { x, y, z }: Point,
  origin: IdOrigin,
): void {
  const { line, column, offset } = raw.location;
  entries.integer(split, SPLIT_BYTES).integer(position, POSITION_BYTES).endKey();
  entries.raw(rawHash(raw), 0, HASH_BYTES);
  entries.number(split).number(0).number(x).number(y).number(z).number(0).number(0);
  entries.number(ID_ORIGINS.indexOf(origin)).number(line).number(column).number(offset).end();
}

/** Writes to a claim where its record is. @param claim its number, in the order of adding */
export function placeClaim(
  entries: Entries,
  claim: number,
  { bucket, run, at }: Pick<Claim, 'bucket' | 'run' | 'at'>,
): void {
  const { arena } = entries;
  const numbers = keyEndAt(arena, entries.startOf(claim)) + HASH_BYTES;
  arena.writeDoubleLE(bucket, numbers + 8);
  arena.writeDoubleLE(run, numbers + 40);
  arena.writeDoubleLE(at, numbers + 48);
}

export function claimAt(arena: Buffer, start: number): Claim {
  const keyEnd = keyEndAt(arena, start);
  const [id] = readKey(arena, start + HEADER, keyEnd - ORDINAL_BYTES) as [string];
  const number = (i: number) => arena.readDoubleLE(keyEnd + HASH_BYTES + 8 * i);
  return {
    ...{ id, content: arena.toString('latin1', keyEnd, keyEnd + HASH_BYTES) },
    position: arena.readUIntBE(keyEnd - POSITION_BYTES, POSITION_BYTES),
    ...bucketAt(arena, start),
    ...{ run: number(5), at: number(6), origin: ID_ORIGINS[number(7)]! },
    ...{ line: number(8), column: number(9), offset: number(10) },
  };
}

/** Reads only the split, bucket and position of a claim. */
export function bucketAt(arena: Buffer, start: number): Pick<Claim, 'split' | 'bucket' | 'x' | 'y' | 'z'> {
  const at = keyEndAt(arena, start) + HASH_BYTES;
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return { split: number(0), bucket: number(1), x: number(2), y: number(3), z: number(4) };
}

/** `hashText` of the id of a claim. */
export function idHashAt(arena: Buffer, start: number): number {
  const id = start + HEADER;
  const end = keyEndAt(arena, start) - ORDINAL_BYTES - 1;
  // The bytes of an id with an escape are not those of the id.
  const isPlain = keyPoints(arena, id, end) !== undefined;
  return isPlain ? hashBytes(arena, id, end) : hashText(readKey(arena, id, end + 1)[0]!);
}

/** True if two claims have the same id. */
export function sameId(a: Buffer, startA: number, b: Buffer, startB: number): boolean {
  const endA = keyEndAt(a, startA) - ORDINAL_BYTES;
  const endB = keyEndAt(b, startB) - ORDINAL_BYTES;
  if (endA - startA !== endB - startB) return false;
  return a.compare(b, startB + HEADER, endB, startA + HEADER, endA) === 0;
}

/** Equal for records of the same bytes in the same surroundings, which are identical systems. */
function rawHash({ bytes, key, region }: RawRecord): Buffer {
  const content = hash('sha256', bytes, 'buffer');
  if (key === undefined && region === undefined) return content;
  return hash('sha256', JSON.stringify([key ?? null, region ?? null, content.toString('latin1')]), 'buffer');
}
