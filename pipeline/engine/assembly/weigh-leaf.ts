/** Weighs entries of sorted tables: the counterpart of pipeline/tables/weigh-entries.ts, for every table. */
import { byteAt, NONE, pointsIn } from './json-reader';
import {
  Description,
  FIELDS,
  hasFields,
  NUMBERS,
  nextColumn,
  REGIONS,
  regionAt,
  regionEnd,
  STEPS,
  VALUES,
} from './leaf-columns';
import { LeafEntries, readEntries, textEnd } from './leaf-entries';
import { murmurHash } from './murmur-hash';
import { separatorFrom } from './write-texts';

/** Weight of a number in a row. */
const NUMBER_WEIGHT: u32 = 4;
/** Length up to which the value of a listed system has no weight. */
const SHARED_KEY: u32 = 32;

/**
 * Writes the hash and the weight of each entry; returns false if it refuses them, as `packLeaf` does.
 * @param start position of the first entry; 16 bytes follow the last one
 * @param hashed the first string of a key that is hashed
 * @param weighed the first string of a key that is weighed
 * @param isListed whether entries are systems of a listed value, which is the second string
 * @param columns descriptions of the columns beside the key
 * @param to integers of 32 bits, two for each entry
 */
export function weighEntries(
  start: usize,
  count: u32,
  keys: u32,
  hashed: u32,
  weighed: u32,
  isListed: bool,
  columns: usize,
  columnCount: u32,
  to: usize,
): bool {
  const entries = readEntries(start, count, keys);
  if (!entries) return false;
  let numbers: u32 = 0;
  let kinds: u32 = 0;
  for (let i: u32 = 0, at = columns; i < columnCount; i++, at = nextColumn(at)) {
    const kind = changetype<Description>(at).kind;
    kinds |= 1 << kind;
    numbers += u32(kind === NUMBERS || kind === STEPS);
  }
  if (has(kinds, FIELDS) && hasFields(entries)) return false;
  for (let i: u32 = 0; i < count; i++, to += 8) {
    const keyEnd = entries.restAt(i);
    const from = entries.textAt(i, hashed);
    let weight = pointsIn(entries.textAt(i, weighed), keyEnd) + numbers * NUMBER_WEIGHT;
    if (has(kinds, REGIONS) && !(isListed && isRegion(entries, i)))
      weight += pointsIn(regionAt(entries, i), regionEnd(entries, i)) + 1;
    if (has(kinds, VALUES)) {
      const values = valuesOf(entries, i);
      if (values === NONE) return false;
      weight += values * NUMBER_WEIGHT;
    }
    // The tables of single values hash only what they have.
    if (isListed && hashed < weighed) weight += beyondShared(entries, i);
    store<u32>(to, murmurHash(from, <u32>(keyEnd - from) - 1));
    store<u32>(to, weight, 4);
  }
  return true;
}

function has(kinds: u32, kind: u32): bool {
  return ((kinds >> kind) & 1) !== 0;
}

/** Whether the first string of an entry is "region". */
function isRegion(entries: LeafEntries, entry: u32): bool {
  const at = entries.textAt(entry, 0);
  return entries.textLength(entry, 0) === 6 && load<u32>(at) === 0x69676572 && load<u16>(at, 4) === 0x6e6f;
}

/** Code points of a listed value beyond those without weight. */
function beyondShared(entries: LeafEntries, entry: u32): u32 {
  const at = entries.textAt(entry, 1);
  const length = entries.textLength(entry, 1);
  if (length <= SHARED_KEY) return 0;
  const points = pointsIn(at, at + length);
  return points > SHARED_KEY ? points - SHARED_KEY : 0;
}

/** Number of values in the strings after the region, which are lists of them; NONE if one has an escape. */
function valuesOf(entries: LeafEntries, entry: u32): u32 {
  let values: u32 = 0;
  const end = entries.endAt(entry);
  for (let pos = regionEnd(entries, entry); pos < end; ) {
    const stop = textEnd(pos);
    if (byteAt(stop) !== 0) return NONE;
    if (pos < stop) values++;
    for (let at = separatorFrom(pos, stop); at < stop; at = separatorFrom(at + 2, stop)) values++;
    pos = stop + 1;
  }
  return values;
}
