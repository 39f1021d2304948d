/**
 * Id runs: a claim of each accepted record to its id. The key is the id, the ordinal of the record (so that claims to one
 * id come in the order of the input) and a hash of its bytes; the rest is numbers.
 */
import { hash } from 'node:crypto';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import type { RawRecord } from '#pipeline/source/source-types.ts';
import { type Entries, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
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

/** Digits of split and position in the key, so that ordinals sort as strings. */
const SPLIT_DIGITS = 6;
const POSITION_DIGITS = 11;
/** Base64 characters of a SHA-256 that are kept: 96 bits, compared only among systems with the same id. */
export const HASH_CHARS = 16;
/** Bytes of the key after the id: ordinal and hash, each with its terminating zero. */
const KEY_END_BYTES = SPLIT_DIGITS + POSITION_DIGITS + 1 + HASH_CHARS + 1;

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
  const ordinal = hex(split, SPLIT_DIGITS) + hex(position, POSITION_DIGITS);
  const numbers = [split, bucket, x, y, z, run, at, ID_ORIGINS.indexOf(origin), line, column, offset];
  entries.add([id, ordinal, rawHash(raw)], numbers);
}

export function claimAt(arena: Buffer, start: number): Claim {
  const [id, ordinal, content] = keyAt(arena, start) as [string, string, string];
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return {
    ...{ id, content, position: Number.parseInt(ordinal.slice(SPLIT_DIGITS), 16) },
    ...bucketAt(arena, start),
    ...{ run: number(5), at: number(6), origin: ID_ORIGINS[number(7)]! },
    ...{ line: number(8), column: number(9), offset: number(10) },
  };
}

/** Reads only the split, bucket and position of a claim. */
export function bucketAt(arena: Buffer, start: number): Pick<Claim, 'split' | 'bucket' | 'x' | 'y' | 'z'> {
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return { split: number(0), bucket: number(1), x: number(2), y: number(3), z: number(4) };
}

/** True if two claims have the same id. */
export function sameId(a: Buffer, startA: number, b: Buffer, startB: number): boolean {
  const endA = keyEndAt(a, startA) - KEY_END_BYTES;
  const endB = keyEndAt(b, startB) - KEY_END_BYTES;
  if (endA - startA !== endB - startB) return false;
  return a.compare(b, startB + HEADER, endB, startA + HEADER, endA) === 0;
}

/** Equal for records of the same bytes in the same surroundings, which are identical systems. */
function rawHash({ bytes, key, region }: RawRecord): string {
  const content = hash('sha256', bytes, 'base64');
  if (key === undefined && region === undefined) return content.slice(0, HASH_CHARS);
  const text = JSON.stringify([key ?? null, region ?? null, content]);
  return hash('sha256', text, 'base64').slice(0, HASH_CHARS);
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
