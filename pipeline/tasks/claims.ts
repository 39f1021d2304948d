/**
 * Id runs: a claim of each accepted record to its id. The key is the id, the ordinal of the record (so that claims to one
 * id come in the order of the input) and a hash of its content; the rest is numbers.
 */
import { hash } from 'node:crypto';
import { identityText } from '#format/record/identity.ts';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import type { SourceLocation } from '#pipeline/source/source-types.ts';
import { type Entries, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import type { IdClaim } from './duplicates.ts';

export interface Claim extends IdClaim {
  /** The ordinal: the split of the record, and its number among those that the split has accepted. */
  readonly split: number;
  readonly position: number;
  /** Number of its bucket in the split. */
  readonly bucket: number;
  /** Where it stands; the line counts from the beginning of the split. */
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Digits of split and position in the key, so that ordinals sort as texts. */
const SPLIT_DIGITS = 6;
const POSITION_DIGITS = 11;
/** Base64 characters kept of a SHA-256: 96 bits, compared among systems of one id only. */
const HASH_CHARS = 16;
/** Bytes of the key behind the id: ordinal and hash, each with the zero that ends it. */
const KEY_END_BYTES = SPLIT_DIGITS + POSITION_DIGITS + 1 + HASH_CHARS + 1;

/** Adds the claim of a system. */
export function addClaim(
  entries: Entries,
  system: System,
  origin: IdOrigin,
  { split, position, bucket }: Pick<Claim, 'split' | 'position' | 'bucket'>,
  { line, column, offset }: SourceLocation,
): void {
  const { id, x, y, z } = system;
  const ordinal = hex(split, SPLIT_DIGITS) + hex(position, POSITION_DIGITS);
  const content = hash('sha256', identityText(system), 'base64').slice(0, HASH_CHARS);
  entries.add([id, ordinal, content], [bucket, ID_ORIGINS.indexOf(origin), line, column, offset, x, y, z]);
}

export function claimAt(arena: Buffer, start: number): Claim {
  const [id, ordinal, content] = keyAt(arena, start) as [string, string, string];
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return {
    ...{ id, content, bucket: number(0), origin: ID_ORIGINS[number(1)]! },
    split: Number.parseInt(ordinal.slice(0, SPLIT_DIGITS), 16),
    position: Number.parseInt(ordinal.slice(SPLIT_DIGITS), 16),
    ...{ line: number(2), column: number(3), offset: number(4) },
    ...{ x: number(5), y: number(6), z: number(7) },
  };
}

/** True where two claims are to one id. */
export function sameId(a: Buffer, startA: number, b: Buffer, startB: number): boolean {
  const endA = keyEndAt(a, startA) - KEY_END_BYTES;
  const endB = keyEndAt(b, startB) - KEY_END_BYTES;
  if (endA - startA !== endB - startB) return false;
  return a.compare(b, startB + HEADER, endB, startA + HEADER, endA) === 0;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
