/**
 * Checks values of JSON without decoding them: syntax, numbers within float64, depth, repeated keys. A function returns
 * the position after the value, or 0 where it refuses it.
 */
import { fewBytes } from './arena';
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  byteAt,
  COLON,
  COMMA,
  isDigit,
  isIndex,
  QUOTE,
  skipBlanks,
} from './json-reader';
import { isEscaped, points, skipString } from './skip-string';

const MAX_DEPTH: u32 = 64;
const MAX_KEYS: usize = 256;
/** A number of so many digits before its point, and of an exponent of two digits, is within float64. */
const MAX_DIGITS: usize = 200;
const MAX_EXPONENT_DIGITS: usize = 2;

/** Hashes of the keys of all open objects, and their end. */
const HASHES = memory.data(64 * 256 * 8, 8);
let hashesEnd: usize = HASHES;

/** Weight of the values so far: code points of strings plus 1, and 4 for every other value. */
export let weight: u32 = 0;
/** Elements of lists `moons` in objects of lists of planets. */
export let moons: u32 = 0;
/** True if an object has a key of digits: JavaScript changes the order of such keys. */
export let hasIndexKey: bool = false;
/** Number of elements of the last value, if it is a list; else 0. */
export let listLength: u32 = 0;

/** Forgets all values so far. */
export function beginValues(): void {
  hashesEnd = HASHES;
  weight = 0;
  moons = 0;
  hasIndexKey = false;
}

/** Length of the last key. */
export let keyLength: u32 = 0;

/** Where the keys of the next object begin. */
export function keysEnd(): usize {
  return hashesEnd;
}

/**
 * Reads a key of an object from its opening quote to its value. Refuses a key with an escape, and one that the object
 * may have already.
 * @param keys where the keys of the object begin
 */
export function skipKey(start: usize, keys: usize): usize {
  if (byteAt(start) !== QUOTE) return 0;
  const end = skipString(start + 1);
  if (!end || isEscaped) return 0;
  keyLength = <u32>(end - start - 2);
  if (!addKey(keys, start + 1, keyLength)) return 0;
  const colon = skipBlanks(end);
  return byteAt(colon) === COLON ? skipBlanks(colon + 1) : 0;
}

function addKey(keys: usize, start: usize, length: u32): bool {
  const hash = hashOf(start, length);
  for (let at = keys; at < hashesEnd; at += 8) if (load<u64>(at) === hash) return false;
  if (hashesEnd - keys === MAX_KEYS * 8) return false;
  store<u64>(hashesEnd, hash);
  hashesEnd += 8;
  if (isIndex(start, length)) hasIndexKey = true;
  return true;
}

/** Equal for equal keys; two others with the same hash only cost the way of JavaScript. */
function hashOf(start: usize, length: u32): u64 {
  let hash: u64 = length;
  let pos = start;
  let left = length;
  for (; left > 8; left -= 8, pos += 8) hash = (hash ^ load<u64>(pos)) * 0x9e3779b97f4a7c15;
  hash = (hash ^ fewBytes(pos, left)) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

/** Reads a value. @param depth number of values around it */
export function skipValue(start: usize, depth: u32): usize {
  const byte = byteAt(start);
  let end: usize = 0;
  if (byte === QUOTE) {
    end = skipString(start + 1);
    weight += points + 1;
    listLength = 0;
    return end;
  }
  if (byte === BRACKET_OPEN) return skipList(start + 1, depth, false);
  weight += 4;
  if (byte === BRACE_OPEN) end = skipObject(start + 1, depth, false);
  else if (byte === 0x6e)
    end = load<u32>(start) === 0x6c6c756e ? start + 4 : 0; // null
  else if (byte === 0x74)
    end = load<u32>(start) === 0x65757274 ? start + 4 : 0; // true
  else if (byte === 0x66)
    end = load<u32>(start + 1) === 0x65736c61 ? start + 5 : 0; // false
  else end = skipNumber(start);
  listLength = 0;
  return end;
}

/** Reads a list from the byte after its bracket. */
export function skipList(start: usize, depth: u32, arePlanets: bool): usize {
  weight += 4;
  listLength = 0;
  if (depth === MAX_DEPTH) return 0;
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACKET_CLOSE) return pos + 1;
  let count: u32 = 0;
  while (true) {
    if (arePlanets && byteAt(pos) === BRACE_OPEN) {
      weight += 4;
      pos = skipObject(pos + 1, depth + 1, true);
    } else pos = skipValue(pos, depth + 1);
    if (!pos) return 0;
    count++;
    pos = skipBlanks(pos);
    const byte = byteAt(pos);
    if (byte === COMMA) {
      pos = skipBlanks(pos + 1);
      continue;
    }
    listLength = count;
    return byte === BRACKET_CLOSE ? pos + 1 : 0;
  }
}

/** Reads an object from the byte after its brace. */
function skipObject(start: usize, depth: u32, isPlanet: bool): usize {
  if (depth === MAX_DEPTH) return 0;
  const keys = hashesEnd;
  let pos = skipBlanks(start);
  if (byteAt(pos) === BRACE_CLOSE) return pos + 1;
  while (true) {
    const key = pos + 1;
    pos = skipKey(pos, keys);
    if (!pos) return 0;
    const areMoons = isPlanet && isText(key, keyLength, 'moons');
    pos = skipValue(pos, depth + 1);
    if (!pos) return 0;
    if (areMoons) moons += listLength;
    pos = skipBlanks(pos);
    const byte = byteAt(pos);
    if (byte === COMMA) {
      pos = skipBlanks(pos + 1);
      continue;
    }
    hashesEnd = keys;
    return byte === BRACE_CLOSE ? pos + 1 : 0;
  }
}

/** True if the bytes are those of a text in ASCII. */
export function isText(start: usize, length: u32, text: string): bool {
  if (length !== <u32>text.length) return false;
  for (let i: u32 = 0; i < length; i++) if (byteAt(start + i) !== <u32>text.charCodeAt(i)) return false;
  return true;
}

/** Reads a number without its value. */
export function skipNumber(start: usize): usize {
  let pos = byteAt(start) === 0x2d ? start + 1 : start;
  const first = pos;
  pos = skipDigits(pos);
  if (pos === first || pos - first > MAX_DIGITS) return 0;
  if (byteAt(first) === 0x30 && pos - first > 1) return 0;
  if (byteAt(pos) === 0x2e) {
    const point = pos + 1;
    pos = skipDigits(point);
    if (pos === point) return 0;
  }
  if ((byteAt(pos) | 0x20) === 0x65) {
    const sign = byteAt(pos + 1);
    const exponent = sign === 0x2b || sign === 0x2d ? pos + 2 : pos + 1;
    pos = skipDigits(exponent);
    if (pos === exponent || pos - exponent > MAX_EXPONENT_DIGITS) return 0;
  }
  return pos;
}

function skipDigits(start: usize): usize {
  let pos = start;
  while (isDigit(byteAt(pos))) pos++;
  return pos;
}
