/**
 * Id runs: a claim of each accepted record to its id. The key is the id and the ordinal of the record, so that claims to
 * one id come in the order of the input; the rest is a hash of the record's bytes, and numbers.
 */
import { hash } from 'node:crypto';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import type { RawRecord } from '#pipeline/source/source-types.ts';
import { type Entries, HEADER, keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace, readKey } from '#pipeline/spill/key-bytes.ts';
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
/** Bytes of a SHA-256 that are kept; they are compared only among systems with the same id. */
const HASH_BYTES = 12;
const NUMBERS = 11;

/** Adds the claim of a system. */
export function addClaim(
  entries: Entries,
  system: System,
  origin: IdOrigin,
  { split, position, bucket, run, at }: Pick<Claim, 'split' | 'position' | 'bucket' | 'run' | 'at'>,
  raw: RawRecord,
): void {
  const { id, x, y, z } = system;
  const { line, column, offset } = raw.location;
  entries.begin(keySpace(id) + ORDINAL_BYTES + HASH_BYTES + 8 * NUMBERS).keyText(id);
  entries.integer(split, SPLIT_BYTES).integer(position, POSITION_BYTES).endKey();
  entries.raw(rawHash(raw), 0, HASH_BYTES);
  entries.number(split).number(bucket).number(x).number(y).number(z).number(run).number(at);
  entries.number(ID_ORIGINS.indexOf(origin)).number(line).number(column).number(offset).end();
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
